"""`Source/AWS/S3/1` in front of a real bucket."""

from typing import Any

from laststop.engine.providers import Cancelled, Outcome
from laststop.errors import UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.stand_in.artifact_bucket import CHUNK_BYTES
from laststop.homes.stand_in.clients import Clients, answered
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.artifact import Artifact
from laststop.words.bill import Revision

SUMMARY = "codepipeline-artifact-revision-summary"
"""The object's own word on what it is. Source: CodePipeline's S3 source action reference, read 2026-11."""


class BucketSource:
    """Pins a version of the object, the newest unless the run says otherwise, and hands on its bytes."""

    def __init__(self, clients: Clients, blobs: Blobs) -> None:
        """Nothing is read before a command comes."""
        self._clients = clients
        self._blobs = blobs

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Reading is repeated freely: whichever version it finds is the run's.

        Raises: NotFoundError without such an object or version; UsageError when the bucket has no versions.
        """
        del cancelled
        bucket, key = command.configuration["S3Bucket"], command.configuration["S3ObjectKey"]
        pins = {pin.revision_type: pin.revision_value for pin in command.overrides}
        key = pins.get("S3_OBJECT_KEY", key)
        version = pins.get("S3_OBJECT_VERSION_ID", "")
        place = f"s3://{bucket}/{key}"
        with answered(place):
            asked = {"VersionId": version} if version else {}
            found: dict[str, Any] = self._clients.of("s3").get_object(Bucket=bucket, Key=key, **asked)
            digest, size_bytes = self._blobs.put_stream(found["Body"].iter_chunks(CHUNK_BYTES))
        revision = str(found.get("VersionId") or "")
        if not revision or revision == "null":
            raise UsageError(
                "the bucket keeps no versions, so a run could not be pinned to one",
                place=place,
                hint="turn versioning on; CodePipeline asks for it as well",
            )
        etag = str(found["ETag"])
        summary = str(found.get("Metadata", {}).get(SUMMARY, "")) or f"{place} {revision}"
        return Succeeded(
            artifacts=tuple(
                Artifact(name=name, digest=digest, size_bytes=size_bytes) for name in command.outputs
            ),
            revision=Revision(
                action=command.key.action,
                id=revision,
                location=f"{bucket}/{key}",
                change=etag,
                summary=summary,
            ),
            variables={"BucketName": bucket, "ObjectKey": key, "VersionId": revision, "ETag": etag},
            summary=summary,
        )
