import hashlib
import http.client
import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest

from laststop.homes.embedded.buckets.buckets import Buckets, ObjectFacts
from laststop.homes.embedded.buckets.endpoint import make_endpoint
from laststop.homes.embedded.buckets.server import ObjectServer
from laststop.homes.embedded.buckets.shelf import Shelf
from laststop.homes.embedded.jobs.event import job_of
from laststop.homes.embedded.objects import Objects
from laststop.pipeline.bucket_names import ARTIFACT_BUCKET
from unit.homes.function_workbench import Bench

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=x/20261101/local/s3/aws4_request, Signature=0"}


class Asking:
    def __init__(self, bench):
        self.bench = bench
        self.buckets = Buckets(bench.folders.root / "buckets", bench.blobs)
        self.changed = []
        shelf = Shelf(
            buckets=self.buckets,
            blobs=bench.blobs,
            objects=Objects(bench.store),
            book=bench.book,
            outputs=bench.outputs,
        )
        self.server = ObjectServer(make_endpoint(shelf, lambda *place: self.changed.append(place)))
        self.address = urlsplit(self.server.start())

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=10)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers={**SIGNED, **names})
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def code(self, method, path, body=None, **headers):
        answer = self.ask(method, path, body, **headers)
        return answer.status, ET.fromstring(answer.content).findtext("Code")

    def incoming(self):
        folder = self.buckets.folder / ".incoming"
        return list(folder.iterdir()) if folder.is_dir() else []


@pytest.fixture(scope="module")
def asking(tmp_path_factory):
    bench = Bench(tmp_path_factory.mktemp("home"), outputs=("report",))
    made = Asking(bench)
    made.buckets.ensure("results")
    yield made
    made.server.stop()
    bench.close()


def job_location(asking, kind):
    (artifact,) = getattr(job_of(asking.bench.command()).data, kind)
    place = artifact.location.s3_location
    assert place.bucket_name == ARTIFACT_BUCKET
    return f"/{place.bucket_name}/{place.object_key}"


def test_an_input_artifact_is_read_where_the_event_says(asking):
    answer = asking.ask("GET", job_location(asking, "input_artifacts"))
    assert (answer.status, answer.content) == (200, b"zipped")
    assert asking.ask("HEAD", job_location(asking, "input_artifacts")).headers["Content-Length"] == "6"


def test_a_range_of_an_object_is_read(asking):
    answer = asking.ask("GET", job_location(asking, "input_artifacts"), Range="bytes=1-3")
    assert (answer.status, answer.content) == (206, b"ipp")


def test_an_output_is_put_and_read_again_where_the_event_says(asking):
    place = job_location(asking, "output_artifacts")
    assert asking.code("GET", place) == (404, "NoSuchKey")
    assert asking.ask("PUT", place, b"made").status == 200
    assert asking.ask("GET", place).content == b"made"
    assert asking.bench.outputs.take(asking.bench.command())[1] == ()


def test_an_output_no_job_promised_is_refused(asking):
    place = f"/{ARTIFACT_BUCKET}/calls/report/0b54f7a2-4a55-4a7c-9d07-0f1c2d3e4f50"
    assert asking.code("PUT", place, b"x") == (403, "AccessDenied")
    assert asking.incoming() == []


def test_an_object_of_a_bucket_is_a_file_with_what_was_said_of_it(asking):
    headers = {
        "Content_Type": "text/html",
        "Cache_Control": "max-age=0",
        "x_amz_meta_who": "me",
        "x_amz_acl": "private",
    }
    put = asking.ask("PUT", "/results/a/b%20c.html", b"<p>", **headers)
    assert (asking.buckets.folder / "results/a/b c.html").read_bytes() == b"<p>"
    got = asking.ask("GET", "/results/a/b%20c.html")
    assert got.content == b"<p>"
    assert got.headers["ETag"] == put.headers["ETag"] == f'"{hashlib.sha256(b"<p>").hexdigest()[:32]}"'
    assert (got.headers["Content-Type"].split(";")[0], got.headers["Cache-Control"]) == (
        "text/html",
        "max-age=0",
    )
    assert got.headers["x-amz-meta-who"] == "me"
    assert asking.changed[-1] == ("results", "a/b c.html")


def test_an_object_that_was_copied_in_by_hand_is_one_like_any_other(asking):
    (asking.buckets.folder / "results/by-hand.txt").write_text("hello")
    assert asking.ask("GET", "/results/by-hand.txt").content == b"hello"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/nowhere/x", (404, "NoSuchKey")),
        ("/results/absent", (404, "NoSuchKey")),
        ("/results/../../laststop.db", (400, "InvalidRequest")),
        ("/results/..%2f..%2flaststop.db", (400, "InvalidRequest")),
        ("/.facts/results/x", (400, "InvalidRequest")),
        ("/results/a%00b", (400, "InvalidRequest")),
        ("/results/a?acl", (501, "NotImplemented")),
    ],
)
def test_what_is_not_there_or_leads_outside_is_refused(asking, path, answer):
    assert asking.code("GET", path) == answer


def test_a_link_that_leads_out_of_a_bucket_is_no_object(asking):
    (asking.buckets.folder / "results/link").symlink_to(asking.bench.folders.store)
    assert asking.code("GET", "/results/link") == (404, "NoSuchKey")
    assert asking.code("PUT", "/results/link", b"x") == (400, "InvalidRequest")
    assert asking.bench.folders.store.stat().st_size > 1


def test_a_file_in_the_way_of_a_folder_is_told(asking):
    asking.ask("PUT", "/results/file", b"x")
    assert asking.code("PUT", "/results/file/below", b"x") == (400, "InvalidRequest")
    assert asking.incoming() == []


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer x"}, {"Host": "evil.example"}, {"Origin": "http://evil.example"}],
    ids=["unsigned", "rebound host", "page of the web"],
)
def test_who_is_not_an_sdk_of_this_machine_is_refused(asking, headers):
    assert asking.code("GET", "/results/by-hand.txt", **headers) == (403, "AccessDenied")


def test_a_body_in_chunks_is_put_together_and_its_trailer_left_out(asking):
    body = b"3;chunk-signature=aa\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"
    headers = {
        "x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x_amz_decoded_content_length": "5",
    }
    assert (
        asking.ask("PUT", "/results/chunked", body, **headers, Content_Encoding="aws-chunked").status == 200
    )
    assert (asking.buckets.folder / "results/chunked").read_bytes() == b"abcde"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"3\r\nabc\r\n", {"Content_Encoding": "aws-chunked"}),
        (b"zz\r\nabc", {"Content_Encoding": "aws-chunked"}),
        (b"2\r\nabc\r\n0\r\n\r\n", {"Content_Encoding": "aws-chunked"}),
        (b"1\r\na\r\n0\r\n\r\n", {"Content_Encoding": "aws-chunked", "x_amz_decoded_content_length": "2"}),
        (b"abc", {"x_amz_content_sha256": "0" * 64}),
    ],
    ids=["cut", "no length", "too long a chunk", "shorter than announced", "not what was signed"],
)
def test_a_body_that_is_not_what_it_says_is_refused_and_leaves_nothing(asking, body, headers):
    assert asking.code("PUT", "/results/bad", body, **headers) == (400, "InvalidRequest")
    assert not (asking.buckets.folder / "results/bad").exists()
    assert asking.incoming() == []


def test_an_upload_in_parts_becomes_one_object(asking):
    begun = ET.fromstring(asking.ask("POST", "/results/large?uploads").content)
    upload = begun.findtext("UploadId")
    for number, part in ((2, b"two"), (1, b"one")):
        assert asking.ask("PUT", f"/results/large?partNumber={number}&uploadId={upload}", part).headers[
            "ETag"
        ]
    listed = "".join(f"<Part><PartNumber>{n}</PartNumber></Part>" for n in (1, 2))
    done = asking.ask(
        "POST",
        f"/results/large?uploadId={upload}",
        f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>",
    )
    assert done.status == 200
    assert asking.ask("GET", "/results/large").content == b"onetwo"
    assert asking.incoming() == []
    assert asking.code("POST", f"/results/large?uploadId={upload}", b"") == (404, "NoSuchKey")


def test_an_upload_that_is_given_up_leaves_nothing(asking):
    upload = ET.fromstring(asking.ask("POST", "/results/gone?uploads").content).findtext("UploadId")
    asking.ask("PUT", f"/results/gone?partNumber=1&uploadId={upload}", b"x")
    assert asking.code("PUT", f"/results/gone?partNumber=0&uploadId={upload}", b"x") == (
        400,
        "InvalidRequest",
    )
    assert asking.code("POST", f"/results/gone?uploadId={upload}", b"<PartNumber>7</PartNumber>") == (
        400,
        "InvalidRequest",
    )
    assert asking.ask("DELETE", f"/results/gone?uploadId={upload}").status == 204
    assert asking.incoming() == []


def test_objects_are_not_deleted_here(asking):
    assert asking.code("DELETE", "/results/by-hand.txt") == (501, "NotImplemented")


def test_a_version_that_a_source_read_stays_after_the_object_changed(asking):
    buckets = asking.buckets
    (buckets.folder / "results/app.zip").write_bytes(b"first")
    first, _ = buckets.pin("results", "app.zip")
    asking.ask("PUT", "/results/app.zip", b"second")
    assert asking.ask("GET", f"/results/app.zip?versionId={first}").content == b"first"
    assert asking.ask("GET", "/results/app.zip").content == b"second"
    assert asking.code("GET", f"/results/app.zip?versionId={'0' * 64}") == (404, "NoSuchKey")
    assert buckets.facts("results", "app.zip") == ObjectFacts(
        content_type=buckets.facts("results", "app.zip").content_type, versions=(first,)
    )
