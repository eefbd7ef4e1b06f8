"""`Source/AWS/S3/1`: reads a metadata document, or an object of one of the project's buckets."""

from laststop.engine.providers import Cancelled, Outcome
from laststop.errors import UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.objects import Objects, StoredObject
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.pipeline.overrides import RevisionType
from laststop.words.artifact import Artifact
from laststop.words.bill import Revision
from laststop.words.ids import Digest

SUMMARY_METADATA = "codepipeline-artifact-revision-summary"
"""Where S3 keeps what a revision is about, if its writer said so."""
_ETAG_DIGITS = 32


class S3Source:
    """Pins a version of the object, the newest unless the run names one, and hands on its bytes unchanged.

    Source: CodePipeline's S3 source copies the object as it is and names version id and ETag.
    """

    def __init__(self, objects: Objects, buckets: Buckets, blobs: Blobs) -> None:
        """`objects` are the metadata documents, `blobs` where artifacts lie."""
        self._objects = objects
        self._buckets = buckets
        self._blobs = blobs

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Reading is repeated freely: whichever version it finds is the run's.

        Raises: NotFoundError without such an object or version, UsageError for an override that the action
            does not allow.
        """
        del cancelled
        bucket, key = command.configuration["S3Bucket"], _key(command)
        version_id = _pinned(command, "S3_OBJECT_VERSION_ID")
        if self._objects.has(f"{bucket}/{key}"):
            found = (
                self._objects.version(f"{bucket}/{key}", version_id)
                if version_id
                else self._objects.newest(f"{bucket}/{key}")
            )
            return self._document(command, bucket, key, found)
        if version_id:
            digest, path = self._buckets.version(bucket, key, version_id)
            size_bytes = path.stat().st_size
        else:
            digest, size_bytes = self._buckets.pin(bucket, key)
        return self._object(command, bucket, key, digest, size_bytes)

    def _document(self, command: Command, bucket: str, key: str, found: StoredObject) -> Succeeded:
        revision = Revision(
            action=command.key.action,
            id=found.version_id,
            location=found.location,
            change=found.etag,
            generation=found.generation,
            summary=f"generation {found.generation}",
        )
        digest = self._blobs.put_bytes(found.content)
        summary = f"{found.location} generation {found.generation}"
        return _read(command, bucket, key, revision, digest, len(found.content), summary)

    def _object(self, command: Command, bucket: str, key: str, digest: Digest, size_bytes: int) -> Succeeded:
        said = self._buckets.facts(bucket, key).metadata.get(SUMMARY_METADATA, "")
        revision = Revision(
            action=command.key.action,
            id=digest,
            location=f"{bucket}/{key}",
            change=digest[:_ETAG_DIGITS],
            summary=said or f"version {digest[:12]}",
        )
        summary = f"{bucket}/{key} {revision.summary}"
        return _read(command, bucket, key, revision, digest, size_bytes, summary)


def _key(command: Command) -> str:
    """The object's key, or the one the run names instead.

    Raises: UsageError when the action does not let runs do so.
    """
    key = _pinned(command, "S3_OBJECT_KEY")
    if not key:
        return command.configuration["S3ObjectKey"]
    if command.configuration.get("AllowOverrideForS3ObjectKey") != "true":
        raise UsageError(
            "the run names another object key, and the action does not allow it",
            hint='set AllowOverrideForS3ObjectKey: "true" in its configuration',
        )
    return key


def _pinned(command: Command, kind: RevisionType) -> str:
    return next((each.revision_value for each in command.overrides if each.revision_type == kind), "")


def _read(
    command: Command,
    bucket: str,
    key: str,
    revision: Revision,
    digest: Digest,
    size_bytes: int,
    summary: str,
) -> Succeeded:
    return Succeeded(
        artifacts=tuple(
            Artifact(name=name, digest=digest, size_bytes=size_bytes) for name in command.outputs
        ),
        revision=revision,
        variables={
            "BucketName": bucket,
            "ETag": revision.change,
            "ObjectKey": key,
            "VersionId": revision.id,
        },
        summary=summary,
    )
