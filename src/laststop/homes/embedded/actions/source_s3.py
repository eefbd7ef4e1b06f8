"""`Source/AWS/S3/1`: reads the newest version of an object of the embedded store."""

from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.objects import Objects
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.artifact import Artifact
from laststop.words.bill import Revision


class S3Source:
    """Pins the object's newest version and hands on its bytes unchanged.

    Source: CodePipeline's S3 source copies the object as it is and names version id and ETag.
    """

    def __init__(self, objects: Objects, blobs: Blobs) -> None:
        """`objects` is the versioned store, `blobs` where artifacts lie."""
        self._objects = objects
        self._blobs = blobs

    def run(self, command: Command, cancelled: Cancelled) -> Outcome:
        """Reading is repeated freely: whichever version it finds is the run's."""
        del cancelled
        bucket, key = command.configuration["S3Bucket"], command.configuration["S3ObjectKey"]
        found = self._objects.newest(f"{bucket}/{key}")
        digest = self._blobs.put_bytes(found.content)
        return Succeeded(
            artifacts=tuple(
                Artifact(name=name, digest=digest, size_bytes=len(found.content)) for name in command.outputs
            ),
            revision=Revision(
                action=command.key.action,
                id=found.version_id,
                location=found.location,
                change=found.etag,
                generation=found.generation,
                summary=f"generation {found.generation}",
            ),
            variables={
                "BucketName": bucket,
                "ObjectKey": key,
                "VersionId": found.version_id,
                "ETag": found.etag,
            },
            summary=f"{found.location} generation {found.generation}",
        )
