"""`laststop codepipeline` in front of an emulator: a pipeline that really runs there, by AWS's own calls."""

import io
import json
import os
import subprocess
import sys
import time
import zipfile

import pytest

pytestmark = pytest.mark.emulator

PROJECT = """
[project]
name = "pages"
types = ["ranking"]

[repositories]
"acme/frontend" = "./frontend"
"""
BUILDSPEC = """
version: 0.2
phases:
  build:
    commands:
      - mkdir out
      - cp page.txt out/
      - echo "$GREETING" >> out/page.txt
      - cat "$CODEBUILD_SRC_DIR_documents/names.json" >> out/page.txt
artifacts:
  base-directory: out
  files: ["**/*"]
"""
DEPLOY = """
import io, zipfile, boto3
def handler(event, context):
    job = event["CodePipeline.job"]
    pipeline = boto3.client("codepipeline")
    place = job["data"]["inputArtifacts"][0]["location"]["s3Location"]
    s3 = boto3.client("s3")
    content = s3.get_object(Bucket=place["bucketName"], Key=place["objectKey"])["Body"].read()
    if job["data"].get("continuationToken") != "again":
        pipeline.put_job_success_result(jobId=job["id"], continuationToken="again")
        return
    page = zipfile.ZipFile(io.BytesIO(content)).read("page.txt")
    if b"refuse" in page:
        details = {"type": "JobFailed", "message": "the page says refuse"}
        pipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)
        return
    s3.put_object(Bucket="site", Key="page.txt", Body=page)
    pipeline.put_job_success_result(jobId=job["id"], outputVariables={"shown": str(len(page))})
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "codepipeline.amazonaws.com"},
        }
    ],
}


def packed(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_dot_", "."), text)
    return content.getvalue()


def action(name: str, category: str, provider: str, configuration: dict, **more) -> dict:
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    reads = [{"name": each} for each in more.pop("reads", ())]
    makes = [{"name": each} for each in more.pop("makes", ())]
    return {
        "name": name,
        "actionTypeId": kind,
        "configuration": configuration,
        "inputArtifacts": reads,
        "outputArtifacts": makes,
        **more,
    }


def declaration(role: str) -> dict:
    git = {
        "ConnectionArn": "arn:aws:codeconnections:us-east-1:000000000000:connection/1",
        "FullRepositoryId": "acme/frontend",
        "BranchName": "main",
    }
    bucket = {"S3Bucket": "documents", "S3ObjectKey": "ranking.zip", "PollForSourceChanges": "false"}
    build = {"ProjectName": "pages-build", "PrimarySource": "frontend"}
    return {
        "name": "pages",
        "roleArn": role,
        "pipelineType": "V2",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "stages": [
            {
                "name": "Source",
                "actions": [
                    action("frontend", "Source", "CodeStarSourceConnection", git, makes=["frontend"]),
                    action("ranking", "Source", "S3", bucket, makes=["documents"]),
                ],
            },
            {
                "name": "Build",
                "actions": [
                    action(
                        "build", "Build", "CodeBuild", build, reads=["frontend", "documents"], makes=["site"]
                    )
                ],
            },
            {
                "name": "Release",
                "actions": [
                    action(
                        "deploy",
                        "Invoke",
                        "Lambda",
                        {"FunctionName": "pages-deploy"},
                        reads=["site"],
                        namespace="done",
                    )
                ],
            },
        ],
    }


class Stand:
    """A stand-in in a process of its own."""

    def __init__(self, aws, folder) -> None:
        self.aws = aws
        self.folder = folder
        self._process = None
        self.url = ""

    def start(self) -> None:
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LASTSTOP_"))
        } | self.aws.environment()
        environment.pop("AWS_ENDPOINT_URL")
        words = [
            "codepipeline",
            "--endpoint-url",
            self.aws.url,
            "--port",
            "0",
            "--json",
            "-C",
            str(self.folder),
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "laststop", *words], env=environment, stdout=subprocess.PIPE, text=True
        )
        self.url = json.loads(self._process.stdout.readline())["url"]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def stop(self) -> int:
        self._process.terminate()
        code = self._process.wait(20)
        self._process.stdout.close()
        return code

    def client(self):
        import boto3

        return boto3.client(
            "codepipeline",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def until(what, seconds: float = 60.0):
    ends = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < ends, "it did not come to be"
        time.sleep(0.1)
    return found


@pytest.fixture
def stand(aws, tmp_path):
    frontend = tmp_path / "frontend"
    frontend.mkdir()
    (tmp_path / "laststop.toml").write_text(PROJECT)
    (frontend / "buildspec.yml").write_text(BUILDSPEC)
    (frontend / "page.txt").write_text("hello\n")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for words in (["init", "-qb", "main"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run([*git, *words], cwd=frontend, check=True)
    for name in ("artifacts", "site"):
        aws.bucket(name)
    aws.bucket("documents", versioned=True)
    s3 = aws.client("s3")
    s3.put_object(Bucket="documents", Key="ranking.zip", Body=packed(names_dot_json='{"rerank": "1.0"}'))
    role = aws.client("iam").create_role(RoleName="pages", AssumeRolePolicyDocument=json.dumps(TRUST))
    aws.client("codebuild").create_project(
        name="pages-build",
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "ARM_CONTAINER",
            "image": "aws/codebuild/standard",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "GREETING", "value": "good day", "type": "PLAINTEXT"}],
        },
        serviceRole=role["Role"]["Arn"],
    )
    made = Stand(aws, tmp_path)
    made.start()
    aws.client("lambda").create_function(
        FunctionName="pages-deploy",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="index.handler",
        Code={"ZipFile": packed(index_dot_py=DEPLOY)},
        Environment={"Variables": {"AWS_ENDPOINT_URL_CODEPIPELINE": made.url}},
    )
    made.role = role["Role"]["Arn"]
    yield made
    if made._process.poll() is None:
        assert made.stop() == 0


def runs(client) -> list:
    return client.list_pipeline_executions(pipelineName="pages")["pipelineExecutionSummaries"]


def status(client, run: str) -> str:
    return client.get_pipeline_execution(pipelineName="pages", pipelineExecutionId=run)["pipelineExecution"][
        "status"
    ]


def test_a_pipeline_runs_in_front_of_an_emulator_and_its_events_reach_the_emulators_rules(aws, stand):
    sqs, events, client = aws.client("sqs"), aws.client("events"), stand.client()
    queue = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {
        "source": ["aws.codepipeline"],
        "detail": {"pipeline": ["pages"], "state": ["SUCCEEDED", "FAILED"]},
    }
    events.put_rule(Name="ends", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="ends", Targets=[{"Id": "queue", "Arn": arn}])

    client.create_pipeline(pipeline=declaration(stand.role))
    (first,) = until(lambda: runs(client))
    run = first["pipelineExecutionId"]
    assert first["trigger"]["triggerType"] == "CreatePipeline"
    until(lambda: status(client, run) == "Succeeded")
    page = aws.client("s3").get_object(Bucket="site", Key="page.txt")["Body"].read().decode()
    assert page == 'hello\ngood day\n{"rerank": "1.0"}'
    revisions = client.get_pipeline_execution(pipelineName="pages", pipelineExecutionId=run)[
        "pipelineExecution"
    ]["artifactRevisions"]
    newest = aws.client("s3").head_object(Bucket="documents", Key="ranking.zip")["VersionId"]
    assert {each["name"]: each["revisionId"] for each in revisions}["documents"] == newest

    def told():
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        return [body for body in bodies if body["detail-type"].startswith("CodePipeline Pipeline")]

    (event,) = until(told)
    assert event["detail"]["execution-id"] == run
    assert event["detail"]["state"] == "SUCCEEDED"


def test_a_run_can_be_pinned_and_a_functions_no_fails_it(aws, stand):
    s3, client = aws.client("s3"), stand.client()
    first = s3.head_object(Bucket="documents", Key="ranking.zip")["VersionId"]
    s3.put_object(Bucket="documents", Key="ranking.zip", Body=packed(names_dot_json='"refuse"'))
    client.create_pipeline(pipeline=declaration(stand.role))
    (made,) = until(lambda: runs(client))
    until(lambda: status(client, made["pipelineExecutionId"]) == "Failed")
    (stage,) = [
        each
        for each in client.get_pipeline_state(name="pages")["stageStates"]
        if each["stageName"] == "Release"
    ]
    error = stage["actionStates"][0]["latestExecution"]["errorDetails"]
    assert error["message"] == "the page says refuse"

    pin = {
        "actionName": "ranking",
        "revisionType": "S3_OBJECT_VERSION_ID",
        "revisionValue": first,
    }
    run = client.start_pipeline_execution(name="pages", sourceRevisions=[pin])["pipelineExecutionId"]
    until(lambda: status(client, run) == "Succeeded")
    assert b'"1.0"' in s3.get_object(Bucket="site", Key="page.txt")["Body"].read()


def test_what_was_running_when_it_was_killed_goes_on_at_the_next_start(aws, stand):
    client = stand.client()
    client.create_pipeline(pipeline=declaration(stand.role))
    (made,) = until(lambda: runs(client))
    stand.kill()
    stand.start()
    configuration = {"Variables": {"AWS_ENDPOINT_URL_CODEPIPELINE": stand.url}}
    aws.client("lambda").update_function_configuration(FunctionName="pages-deploy", Environment=configuration)
    until(lambda: status(stand.client(), made["pipelineExecutionId"]) == "Succeeded")
