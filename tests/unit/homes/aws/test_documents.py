"""Buckets that others wrote to, buckets without versions: what the documents make of them."""

import obstore
import pytest

from laststop.catalog.dealing import document_objects
from laststop.catalog.document import empty
from laststop.catalog.document_zip import pack
from laststop.errors import ConflictError, DeniedError, NotFoundError, TransientError, UsageError
from laststop.homes.aws.bucket import Bucket, _meaning
from laststop.homes.aws.documents import BucketDocuments
from laststop.homes.aws.settings import AwsSettings
from unit.homes.aws.service_fakes import KEYS

OBJECTS = document_objects(["routing"])


def text(status: int, code: str = "") -> str:
    body = f"<Error><Code>{code}</Code></Error>" if code else "<html>"
    return (
        f"Error performing PUT http://x in 1ms - Server returned non-2xx status code: {status} Some: {body}"
    )


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (text(412, "PreconditionFailed"), ConflictError),
        (text(409, "ConditionalRequestConflict"), ConflictError),
        (text(404, "NoSuchKey"), ConflictError),
        (text(404, "NoSuchBucket"), NotFoundError),
        (text(412), ConflictError),
        (text(403, "AccessDenied"), DeniedError),
        (text(400, "ExpiredToken"), DeniedError),
        (text(403, "RequestTimeTooSkewed"), DeniedError),
        (text(503, "SlowDown"), TransientError),
        (text(500), TransientError),
        ("error sending request: operation timed out", TransientError),
    ],
)
def test_what_obstore_says_is_read_by_s3s_code_or_else_by_the_status(said, kind):
    error = _meaning("PutObject", "docs/routing.zip", obstore.exceptions.GenericError(said))
    assert type(error) is kind
    assert error.place == "s3 PutObject docs/routing.zip"


def test_nobody_there_is_try_again_within_a_bound():
    settings = AwsSettings(region="eu-west-1", endpoints={"s3": "http://127.0.0.1:9"})
    bucket = Bucket("docs", settings, lambda: KEYS, retries={"max_retries": 0})
    with pytest.raises(TransientError):
        BucketDocuments(bucket, OBJECTS).head("routing")


def test_an_object_the_project_does_not_have_is_refused_by_name():
    bucket = Bucket("docs", AwsSettings(region="eu-west-1"), lambda: KEYS)
    with pytest.raises(NotFoundError, match="no document object nothing"):
        BucketDocuments(bucket, OBJECTS).head("nothing")


@pytest.mark.emulator
def test_a_document_seeded_without_metadata_is_read_for_its_generation(aws):
    aws.bucket("docs", versioned=True)
    aws.client("s3").put_object(Bucket="docs", Key="routing.zip", Body=pack(empty("routing", ["routing"])))
    documents = BucketDocuments(Bucket("docs", aws.settings, aws.keys), OBJECTS)
    assert documents.head("routing").generation == 0


@pytest.mark.emulator
def test_a_bucket_without_versions_is_refused_with_the_mend(aws):
    aws.bucket("docs")
    documents = BucketDocuments(Bucket("docs", aws.settings, aws.keys), OBJECTS)
    with pytest.raises(UsageError) as caught:
        documents.replace(empty("routing", ["routing"]), expected=None)
    assert "versioning" in caught.value.hint


@pytest.mark.emulator
def test_what_is_no_document_is_said_by_name(aws):
    aws.bucket("docs", versioned=True)
    aws.client("s3").put_object(Bucket="docs", Key="routing.zip", Body=b"something else")
    with pytest.raises(UsageError, match="routing"):
        BucketDocuments(Bucket("docs", aws.settings, aws.keys), OBJECTS).head("routing")
