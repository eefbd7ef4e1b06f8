"""A real server calls a function that knows nothing but boto3, and that reports to our CodePipeline."""

import io
import zipfile

import pytest

from e2e.workbench import NEEDS_PROC, processes_of, project, until

pytestmark = pytest.mark.emulator
pytest.importorskip("boto3", reason="a function of this kind needs boto3: pip install laststop[e2e]")
pytest.importorskip(
    "laststop.console.codepipeline", reason="the console does not serve CodePipeline's protocol"
)

PIPELINE = """\
name: pages
pipelineType: V2
stages:
  - name: Source
    actions:
      - name: bundle
        actionTypeId: {category: Source, owner: AWS, provider: S3, version: "1"}
        configuration: {S3Bucket: uploads, S3ObjectKey: app.zip}
        outputArtifacts: [{name: bundle}]
  - name: Call
    actions:
      - name: count
        namespace: counted
        actionTypeId: {category: Invoke, owner: AWS, provider: Lambda, version: "1"}
        configuration: {FunctionName: count, UserParameters: "#{codepipeline.PipelineExecutionId}"}
        inputArtifacts: [{name: bundle}]
        outputArtifacts: [{name: site}]
  - name: Deploy
    actions:
      - name: put
        actionTypeId: {category: Deploy, owner: AWS, provider: S3, version: "1"}
        configuration: {BucketName: public, Extract: "true", ObjectKey: "v#{counted.files}"}
        inputArtifacts: [{name: site}]
"""
FUNCTIONS = """
[functions.count]
handler = "functions/count.py:handler"
pass = ["PASSWORD"]
"""
COUNT = """
import io, os, time, zipfile
import boto3

codepipeline = boto3.client("codepipeline")


def handler(event, context):
    job = event["CodePipeline.job"]
    data = job["data"]
    print("secret", os.environ["PASSWORD"])
    if "continuationToken" not in data:
        codepipeline.put_job_success_result(jobId=job["id"], continuationToken="second half")
        return
    details = codepipeline.get_job_details(jobId=job["id"])["jobDetails"]["data"]
    context_of = details["pipelineContext"]
    assert context_of["pipelineName"] == "pages", details
    keys = data["artifactCredentials"]
    s3 = boto3.client(
        "s3",
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
    )
    place = data["inputArtifacts"][0]["location"]["s3Location"]
    body = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    names = zipfile.ZipFile(io.BytesIO(body)).namelist()
    if "wait" in names:
        print("waiting", flush=True)
        time.sleep(600)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("index.html", f"{len(names)} files")
    place = data["outputArtifacts"][0]["location"]["s3Location"]
    s3.put_object(Bucket=place["bucketName"], Key=place["objectKey"], Body=made.getvalue())
    codepipeline.put_job_success_result(
        jobId=job["id"],
        outputVariables={"files": str(len(names))},
        executionDetails={"summary": "counted", "percentComplete": 100},
    )
"""


def bundle(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return content.getvalue()


@pytest.fixture
def pages(tmp_path):
    with project(tmp_path, PASSWORD="tell-nobody") as made:
        made.write("pipeline.yml", PIPELINE)
        made.write("functions/count.py", COUNT)
        made.write("laststop.toml", (made.folder / "laststop.toml").read_text() + FUNCTIONS)
        yield made


def logs(pages):
    return "".join(
        path.read_text() for path in (pages.folder / ".laststop/logs").rglob("Call-count-*.ndjson")
    )


def put(pages, *names):
    uploads = pages.folder / ".laststop/buckets/uploads"
    until(uploads.is_dir, "a bucket for the source")
    (uploads / "app.zip").write_bytes(bundle(*names))


def test_an_unchanged_function_continues_reports_and_hands_on_its_output(pages):
    up = pages.up()
    put(pages, "a", "b")
    page = pages.folder / ".laststop/buckets/public/v2/index.html"
    until(page.is_file, "what the function made", seconds=60)
    assert page.read_text() == "2 files"
    pages.wait_for_run("Succeeded")
    assert "tell-nobody" not in logs(pages)
    assert "secret ***" in logs(pages)
    assert pages.drift() == []
    assert up.end() == 0, up.said


@NEEDS_PROC
def test_a_function_ends_with_a_server_that_is_killed_and_is_called_again_by_the_next(pages):
    up = pages.up()
    put(pages, "wait")
    until(lambda: "waiting" in logs(pages), "a function under way", seconds=60)
    up.kill()
    until(lambda: not processes_of(pages.folder), "an end of everything the server started")
    again = pages.up()
    until(lambda: logs(pages).count("waiting") > 1, "the function, called again", seconds=60)
    run = pages.json("run", "list")[0]["id"]
    pages.run("run", "stop", run, "--abandon")
    pages.wait_for_run("Stopped")
    until(lambda: not processes_of(pages.folder, "python"), "an end of the function that nobody waits for")
    assert again.end() == 0, again.said
