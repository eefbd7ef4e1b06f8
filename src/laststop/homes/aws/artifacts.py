"""The pipeline's artifact store, read with the keys that came with the job."""

import errno
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laststop.errors import TransientError
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.credentials import Keys, KeySource
from laststop.homes.aws.settings import AwsSettings
from laststop.homes.shared.safe_zip import SafeZip
from laststop.pipeline.job import Credentials, JobArtifact

_UNUSUAL = re.compile(r"[^A-Za-z0-9_-]")
_FULL = (errno.ENOSPC, errno.EDQUOT)


class S3Artifacts:
    """The `Artifacts` port: an artifact is fetched whole into a file of its own, and taken away after use.

    CodePipeline's keys read its artifact bucket and nothing else, and end with the job.
    """

    def __init__(self, settings: AwsSettings, keys: KeySource) -> None:
        """`keys` are our own, for jobs that bring none."""
        self._settings = settings
        self._keys = keys

    @contextmanager
    def open(self, artifact: JobArtifact, credentials: Credentials) -> Iterator[SafeZip]:
        """The artifact's zip, judged safe before anything of it is used."""
        place = artifact.location.s3_location
        bucket = Bucket(place.bucket_name, self._settings, _source(credentials, self._keys))
        with tempfile.TemporaryDirectory(prefix="laststop-") as folder:
            path = Path(folder) / f"{_UNUSUAL.sub('_', artifact.name)}.zip"
            _fetch(bucket, place.object_key, path)
            with SafeZip(path) as archive:
                yield archive


def _fetch(bucket: Bucket, key: str, path: Path) -> None:
    try:
        with path.open("wb") as file:
            for chunk in bucket.chunks(key):
                file.write(chunk)
    except OSError as error:
        if error.errno in _FULL:
            raise TransientError(
                "the disk is full", place=str(path), hint="give the function more ephemeral storage"
            ) from error
        raise


def _source(credentials: Credentials, own: KeySource) -> KeySource:
    if not credentials.access_key_id:
        return own
    keys = Keys(
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key,
        session_token=credentials.session_token,
    )
    return lambda: keys
