"""What every home's artifact store promises its functions: `functions.ports.Artifacts`."""

import pytest

from contract.aws_home import HOMES
from laststop.errors import LaststopError, NotFoundError, UsageError
from laststop.homes.embedded.artifacts import BlobArtifacts
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.shared.flat_zip import zip_bytes
from laststop.pipeline.job import Credentials, JobArtifact, Location, S3Location
from laststop.words.digests import digest_of

FILES = {"index.html": b"<p>one</p>", "a b/ü.txt": b"x" * 70_000, "empty.txt": b""}


class Embedded:
    def __init__(self, path) -> None:
        self._blobs = Blobs(path / "blobs")
        self.port = BlobArtifacts(self._blobs)
        self.credentials = Credentials()

    def keep(self, content: bytes) -> str:
        """Keep an artifact's zip; gives its object key."""
        return f"p/site/{self._blobs.put_bytes(content)}"


class Aws:
    """The job's own keys open its bucket."""

    def __init__(self, stack) -> None:
        from laststop.errors import DeniedError
        from laststop.homes.aws.artifacts import S3Artifacts

        def nobody():
            raise DeniedError("our own keys are not for the artifact store")

        self._stack = stack
        stack.bucket("artifacts")
        self.port = S3Artifacts(stack.settings, nobody)
        keys = stack.keys()
        self.credentials = Credentials(
            access_key_id=keys.access_key_id, secret_access_key=keys.secret_access_key
        )

    def keep(self, content: bytes) -> str:
        key = f"p/site/{digest_of(content)}"
        self._stack.client("s3").put_object(Bucket="artifacts", Key=key, Body=content)
        return key


@pytest.fixture(params=HOMES)
def place(request, tmp_path):
    return Aws(request.getfixturevalue("aws")) if request.param == "aws" else Embedded(tmp_path)


def artifact(key: str) -> JobArtifact:
    return JobArtifact(
        name="site", location=Location(s3_location=S3Location(bucket_name="artifacts", object_key=key))
    )


def test_every_file_comes_with_its_size_digest_and_content(place):
    key = place.keep(zip_bytes(FILES))
    with place.port.open(artifact(key), place.credentials) as archive:
        found = {entry.name: (entry.size_bytes, entry.digest) for entry in archive.entries()}
        contents = {name: b"".join(archive.chunks(name)) for name in found}
    assert contents == FILES
    assert found == {name: (len(content), digest_of(content)) for name, content in FILES.items()}


def test_an_artifact_that_is_gone_is_not_found(place):
    with pytest.raises(NotFoundError), place.port.open(artifact(f"p/site/{'0' * 64}"), place.credentials):
        pytest.fail("it opened")


@pytest.mark.parametrize(
    "content", [b"", b"no zip", zip_bytes(FILES)[:-30]], ids=["empty", "text", "cut off"]
)
def test_what_is_no_zip_is_refused_before_anything_of_it_is_used(place, content):
    with pytest.raises(UsageError), place.port.open(artifact(place.keep(content)), place.credentials):
        pytest.fail("it opened")


def test_a_file_the_archive_does_not_have_is_not_found(place):
    key = place.keep(zip_bytes(FILES))
    with (
        place.port.open(artifact(key), place.credentials) as archive,
        pytest.raises(LaststopError, match="no such file"),
    ):
        list(archive.chunks("nothing"))
