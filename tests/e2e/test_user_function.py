"""A function written for Lambda, with boto3 and nothing of ours, works on its artifacts and reports."""

import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

import pytest

from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.buckets.endpoint import make_endpoint
from laststop.homes.embedded.buckets.server import ObjectServer
from laststop.homes.embedded.buckets.shelf import Shelf
from laststop.homes.embedded.functions.user_functions import Surroundings
from laststop.homes.embedded.objects import Objects
from laststop.words.failure import Failure
from unit.homes.function_workbench import KEYS, Bench, Calling
from unit.homes.home_workbench import zipped

pytestmark = pytest.mark.emulator
pytest.importorskip("boto3", reason="a function of this kind needs boto3: pip install laststop[e2e]")

FUNCTION = """
import io, json, os, zipfile
import boto3

codepipeline = boto3.client("codepipeline")
buckets = boto3.client("s3")


def handler(event, context):
    job = event["CodePipeline.job"]
    try:
        data = job["data"]
        keys = data["artifactCredentials"]
        session = boto3.Session(
            aws_access_key_id=keys["accessKeyId"],
            aws_secret_access_key=keys["secretAccessKey"],
            aws_session_token=keys["sessionToken"],
        )
        s3 = session.client("s3")
        place = data["inputArtifacts"][0]["location"]["s3Location"]
        body = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
        names = zipfile.ZipFile(io.BytesIO(body)).namelist()
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("names.json", json.dumps(names))
        place = data["outputArtifacts"][0]["location"]["s3Location"]
        s3.put_object(
            Bucket=place["bucketName"],
            Key=place["objectKey"],
            Body=made.getvalue(),
            ServerSideEncryption="aws:kms",
        )
        with open("large", "wb") as file:
            file.write(os.urandom(9 << 20))  # more than one part
        buckets.upload_file("large", "results", "a/large", ExtraArgs={"CacheControl": "no-store"})
        buckets.download_file("results", "a/large", "again")
        assert open("again", "rb").read() == open("large", "rb").read()
        if data["actionConfiguration"]["configuration"]["UserParameters"] == "fail":
            raise ValueError("as asked")
    except Exception as error:
        codepipeline.put_job_failure_result(
            jobId=job["id"], failureDetails={"type": "JobFailed", "message": f"{error!r}"}
        )
    else:
        codepipeline.put_job_success_result(
            jobId=job["id"],
            outputVariables={"files": str(len(names))},
            executionDetails={"summary": "counted", "externalExecutionId": context.aws_request_id},
        )
"""


class Endpoint(BaseHTTPRequestHandler):
    """CodePipeline's two results, as its JSON protocol carries them, written into the job book."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        book = self.server.book
        match self.headers["X-Amz-Target"].rpartition(".")[2]:
            case "PutJobSuccessResult":
                details = asked["executionDetails"]
                book.succeed(
                    asked["jobId"],
                    variables=asked["outputVariables"],
                    summary=details["summary"],
                    external_id=details["externalExecutionId"],
                )
            case "PutJobFailureResult":
                details = asked["failureDetails"]
                book.fail(asked["jobId"], Failure(code=details["type"], message=details["message"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def called(tmp_path):
    """Calls the function with some user parameters; gives the bench once it has ended."""
    ends = []

    def call(parameters):
        bench = Bench(
            tmp_path, content=zipped({"a": b"1", "b": b"2"}), outputs=("names",), UserParameters=parameters
        )
        buckets = Buckets(bench.folders.buckets, bench.blobs)
        buckets.ensure("results")
        shelf = Shelf(
            buckets=buckets,
            blobs=bench.blobs,
            objects=Objects(bench.store),
            book=bench.book,
            outputs=bench.outputs,
        )
        objects = ObjectServer(make_endpoint(shelf, lambda *_: None))
        pipeline = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        pipeline.book = bench.book
        thread = threading.Thread(target=pipeline.serve_forever, daemon=True)
        thread.start()
        ends.extend([pipeline.shutdown, pipeline.server_close, objects.stop, bench.close])
        surroundings = Surroundings(
            codepipeline_url=f"http://127.0.0.1:{pipeline.server_port}",
            s3_url=objects.start(),
            region="local",
            keys=KEYS,
        )
        calling = Calling(bench, FUNCTION, surroundings=surroundings, timeout_seconds=60)
        calling.until("returned", within=60)
        calling.cancelled.set()
        assert calling.ended() is None
        return bench, buckets

    yield call
    for end in ends:
        end()


def test_its_success_carries_output_artifact_and_variables(called):
    bench, buckets = called("go")
    told = bench.newest("action.succeeded")
    assert (told.action, told.summary, told.variables) == ("call", "counted", {"files": "2"})
    (made,) = told.artifacts
    with zipfile.ZipFile(BytesIO(bench.blobs.read(made.digest))) as archive:
        assert json.loads(archive.read("names.json")) == ["a", "b"]
    large = buckets.folder / "results/a/large"
    assert large.stat().st_size == 9 << 20
    assert buckets.facts("results", "a/large").cache_control == "no-store"


def test_its_failure_fails_the_action(called):
    bench, _ = called("fail")
    assert bench.newest("action.failed").failure == Failure(
        code="JobFailed", message="ValueError('as asked')"
    )
