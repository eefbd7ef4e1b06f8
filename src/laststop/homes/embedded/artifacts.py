"""The artifact store's reading side, for the functions."""

from collections.abc import Iterator
from contextlib import contextmanager

from laststop.homes.embedded.blobs import Blobs
from laststop.homes.shared.safe_zip import SafeZip
from laststop.pipeline.job import Credentials, JobArtifact


class BlobArtifacts:
    """The `Artifacts` port over the blobs: the last part of an object key is the blob's digest."""

    def __init__(self, blobs: Blobs) -> None:
        """Reads only."""
        self._blobs = blobs

    @contextmanager
    def open(self, artifact: JobArtifact, credentials: Credentials) -> Iterator[SafeZip]:
        """The artifact's zip, judged safe before anything of it is used."""
        del credentials  # on one machine the files are our own
        digest = artifact.location.s3_location.object_key.rpartition("/")[2]
        with SafeZip(self._blobs.path(digest)) as archive:
            yield archive
