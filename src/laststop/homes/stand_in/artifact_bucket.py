"""Artifacts where functions on the other side can reach them: in the pipeline's artifact bucket.

The stand-in keeps artifacts as blobs of its own and shows a function those it is given, under a key that
follows from their content; what a function uploads becomes a blob when its job has ended.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.jobs.event import output_id_of
from laststop.homes.stand_in.clients import Clients, answered
from laststop.pipeline.due import Command
from laststop.pipeline.job import JobArtifact, Location, S3Location
from laststop.words.artifact import Artifact

_PIPELINE_CHARACTERS = 20
_ARTIFACT_CHARACTERS = 10
CHUNK_BYTES = 1 << 20


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """An object."""

    bucket: str
    key: str


class ArtifactBucket:
    """The artifacts of all pipelines, each pipeline's in the bucket its declaration names.

    Concurrency: any thread.
    """

    def __init__(self, clients: Clients, blobs: Blobs, bucket_of: Callable[[str], str]) -> None:
        """`bucket_of` tells a pipeline's artifact bucket."""
        self._clients = clients
        self._blobs = blobs
        self._bucket_of = bucket_of

    def shown(self, command: Command, artifact: Artifact) -> JobArtifact:
        """An input, uploaded if it is not there yet, as a job's event names it.

        Raises: what `answered` raises.
        """
        place = self._place(command, artifact.name, artifact.digest)
        s3 = self._clients.of("s3")
        with answered(f"s3://{place.bucket}/{place.key}"):
            if not self._stands(place, artifact.size_bytes):
                s3.upload_file(str(self._blobs.path(artifact.digest)), place.bucket, place.key)
        return _located(artifact.name, place)

    def promised(self, command: Command, name: str) -> JobArtifact:
        """Where a function is to upload an output."""
        return _located(name, self._place(command, name, output_id_of(command, name)))

    def take(self, command: Command) -> tuple[tuple[Artifact, ...], tuple[str, ...]]:
        """The outputs that were uploaded, now kept, and the names of those that were not."""
        taken: list[Artifact] = []
        missing: list[str] = []
        for name in command.outputs:
            place = self._place(command, name, output_id_of(command, name))
            try:
                digest, size_bytes = self._blobs.put_stream(self._chunks(place))
            except NotFoundError:
                missing.append(name)
                continue
            taken.append(Artifact(name=name, digest=digest, size_bytes=size_bytes))
        return tuple(taken), tuple(missing)

    def _stands(self, place: Place, size_bytes: int) -> bool:
        try:
            with answered(place.key):
                head = self._clients.of("s3").head_object(Bucket=place.bucket, Key=place.key)
        except NotFoundError:
            return False
        return int(head["ContentLength"]) == size_bytes

    def _chunks(self, place: Place) -> Iterator[bytes]:
        with answered(f"s3://{place.bucket}/{place.key}"):
            found: Any = self._clients.of("s3").get_object(Bucket=place.bucket, Key=place.key)
            yield from found["Body"].iter_chunks(CHUNK_BYTES)

    def _place(self, command: Command, name: str, last: str) -> Place:
        bucket = self._bucket_of(command.pipeline)
        if not bucket:
            raise UsageError(
                f"the pipeline {command.pipeline} names no artifact bucket",
                hint="set artifactStore.location in its declaration",
            )
        key = f"{command.pipeline[:_PIPELINE_CHARACTERS]}/{name[:_ARTIFACT_CHARACTERS]}/{last}"
        return Place(bucket=bucket, key=key)


def _located(name: str, place: Place) -> JobArtifact:
    return JobArtifact(
        name=name,
        location=Location(s3_location=S3Location(bucket_name=place.bucket, object_key=place.key)),
    )
