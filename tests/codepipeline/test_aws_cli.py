"""The real AWS CLI, and boto3, drive a served console: a whole session, as a person would type it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codepipeline.declared import pipeline
from codepipeline.driver import Driver
from laststop.console.server import ConsoleServer

AWS = shutil.which("aws", path=str(Path(sys.executable).parent))
pytestmark = [
    pytest.mark.emulator,
    pytest.mark.skipif(AWS is None, reason="the AWS CLI is part of the e2e extra"),
    pytest.mark.skipif(importlib.util.find_spec("boto3") is None, reason="boto3 is part of the e2e extra"),
]
KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "local"}
CLOSED = ("--pipeline-name", "shop", "--stage-name", "Build", "--transition-type", "Inbound")


class Shell:
    """`aws codepipeline …` against an address; each command is a process of its own."""

    def __init__(self, url: str, home: Path, **keys: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._environment = clean | {
            "AWS_ENDPOINT_URL_CODEPIPELINE": url, "AWS_CONFIG_FILE": str(home / "none"), "AWS_PAGER": "",
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "none"), "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1", "NO_PROXY": "127.0.0.1", **(keys or KEYS),
        }  # fmt: skip

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AWS, "codepipeline", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def __call__(self, *words: str):
        done = self.run(*words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, code: str, *words: str) -> None:
        done = self.run(*words)
        assert done.returncode != 0
        assert f"({code})" in done.stderr, done.stderr


@pytest.fixture
def served(bench):
    """The bench's console behind a socket."""
    made = Driver(bench)
    server = ConsoleServer(made.app, host="127.0.0.1", port=0)
    made.url = server.start()
    yield made
    server.stop()


@pytest.fixture
def aws(served, tmp_path):
    return Shell(served.url, tmp_path)


def release(driver, *, through=("Code", "Compile", "Check")):
    """What a server would do until the approval waits."""
    for action in through:
        driver.end("shop", action)


def test_a_session(served, aws, tmp_path):
    declaration = tmp_path / "shop.json"
    declaration.write_text(json.dumps({"pipeline": pipeline(), "tags": [{"key": "team", "value": "web"}]}))
    created = aws("create-pipeline", "--cli-input-json", f"file://{declaration}")
    assert (created["pipeline"]["version"], created["tags"][0]["value"]) == (1, "web")
    aws.refused("PipelineNameInUseException", "create-pipeline", "--cli-input-json", f"file://{declaration}")
    first = served.begin("shop")
    release(served)
    state = aws("get-pipeline-state", "--name", "shop")
    waiting = state["stageStates"][2]["actionStates"][0]["latestExecution"]
    assert (waiting["status"], state["stageStates"][1]["latestExecution"]["status"]) == (
        "InProgress",
        "Succeeded",
    )

    answer = ("put-approval-result", "--pipeline-name", "shop", "--stage-name", "Release", "--action-name", "Sign-off",
              "--result", "summary=looks good,status=Approved", "--token", waiting["token"])  # fmt: skip
    assert aws(*answer)["approvedAt"]
    aws.refused("ApprovalAlreadyCompletedException", *answer)
    served.end("shop", "Ship")
    got = aws("get-pipeline-execution", "--pipeline-name", "shop", "--pipeline-execution-id", first)[
        "pipelineExecution"
    ]
    assert (got["status"], got["trigger"]["triggerType"]) == ("Succeeded", "CreatePipeline")
    assert got["artifactRevisions"][0]["name"] == "code"

    _retry(served, aws)
    _wait_and_stop(served, aws)
    _go_back(served, aws, first)
    _page_by_page(aws)
    _update_and_delete(aws, tmp_path)


def _retry(served, aws):
    start = ("start-pipeline-execution", "--name", "shop", "--client-request-token", "once")
    run = aws(*start)["pipelineExecutionId"]
    assert aws(*start)["pipelineExecutionId"] == run, "the second start is the first one's echo"
    served.end("shop", "Code")
    served.end("shop", "Compile", fails="a missing semicolon")
    failed = aws("get-pipeline-state", "--name", "shop")["stageStates"][1]
    assert failed["latestExecution"] == {"pipelineExecutionId": run, "status": "Failed", "type": "STANDARD"}
    assert failed["actionStates"][0]["latestExecution"]["errorDetails"]["message"] == "a missing semicolon"
    retry = (
        "retry-stage-execution",
        "--pipeline-name",
        "shop",
        "--stage-name",
        "Build",
        "--retry-mode",
        "FAILED_ACTIONS",
    )
    assert aws(*retry, "--pipeline-execution-id", run)["pipelineExecutionId"] == run
    retried = aws("get-pipeline-state", "--name", "shop")["stageStates"][1]["retryStageMetadata"]
    assert retried == {"manualStageRetryAttempt": 1, "latestRetryTrigger": "ManualStageRetry"}
    release(served, through=("Compile", "Check"))
    served.approve("shop")
    served.end("shop", "Ship")
    assert served.status("shop", run) == "Succeeded"
    aws.refused("StageNotRetryableException", *retry, "--pipeline-execution-id", run)


def _wait_and_stop(served, aws):
    aws("disable-stage-transition", *CLOSED, "--reason", "freeze until Monday")
    run = aws("start-pipeline-execution", "--name", "shop", "--variables", "name=go,value=yes")[
        "pipelineExecutionId"
    ]
    served.end("shop", "Code")
    build = aws("get-pipeline-state", "--name", "shop")["stageStates"][1]
    assert build["inboundExecutions"][0]["pipelineExecutionId"] == run
    transition = build["inboundTransitionState"]
    assert (transition["enabled"], transition["disabledReason"]) == (False, "freeze until Monday")
    assert transition["lastChangedBy"]
    aws("enable-stage-transition", *CLOSED)
    stop = ("stop-pipeline-execution", "--pipeline-name", "shop", "--pipeline-execution-id", run)
    assert aws(*stop, "--reason", "wrong branch")["pipelineExecutionId"] == run
    aws.refused("DuplicatedStopRequestException", *stop)
    aws(*stop, "--abandon")
    listed = aws("list-pipeline-executions", "--pipeline-name", "shop")["pipelineExecutionSummaries"][0]
    assert (listed["pipelineExecutionId"], listed["status"]) == (run, "Stopped")


def _go_back(served, aws, first):
    succeeded = aws("list-pipeline-executions", "--pipeline-name", "shop",
                    "--filter", "succeededInStage={stageName=Release}")["pipelineExecutionSummaries"]  # fmt: skip
    assert first in [each["pipelineExecutionId"] for each in succeeded]
    back = aws("rollback-stage", "--pipeline-name", "shop", "--stage-name", "Release",
               "--target-pipeline-execution-id", first)["pipelineExecutionId"]  # fmt: skip
    served.approve("shop")
    served.end("shop", "Ship")
    got = aws("get-pipeline-execution", "--pipeline-name", "shop", "--pipeline-execution-id", back)[
        "pipelineExecution"
    ]
    assert (got["status"], got["executionType"]) == ("Succeeded", "ROLLBACK")
    assert got["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == first
    aws.refused("UnableToRollbackStageException", "rollback-stage", "--pipeline-name", "shop", "--stage-name", "Source",
                "--target-pipeline-execution-id", first)  # fmt: skip


def _page_by_page(aws):
    every = aws("list-action-executions", "--pipeline-name", "shop")["actionExecutionDetails"]
    paged = aws("list-action-executions", "--pipeline-name", "shop", "--page-size", "3")[
        "actionExecutionDetails"
    ]
    assert [each["actionExecutionId"] for each in paged] == [each["actionExecutionId"] for each in every]
    assert len(every) > 6
    one = aws("list-pipeline-executions", "--pipeline-name", "shop", "--max-items", "2")
    two = aws(
        "list-pipeline-executions",
        "--pipeline-name",
        "shop",
        "--max-items",
        "2",
        "--starting-token",
        one["NextToken"],
    )
    seen = [each["pipelineExecutionId"] for page in (one, two) for each in page["pipelineExecutionSummaries"]]
    assert len(set(seen)) == 4
    aws.refused("InvalidNextTokenException", "list-pipeline-executions", "--pipeline-name", "shop", "--no-paginate",
                "--next-token", "bm9uc2Vuc2U")  # fmt: skip


def _update_and_delete(aws, tmp_path):
    declaration = tmp_path / "update.json"
    told = aws("get-pipeline", "--name", "shop")["pipeline"]
    declaration.write_text(json.dumps({"pipeline": told | {"executionMode": "QUEUED"}}))
    assert aws("update-pipeline", "--cli-input-json", f"file://{declaration}")["pipeline"]["version"] == 2
    assert (
        aws("get-pipeline", "--name", "shop", "--pipeline-version", "1")["pipeline"]["executionMode"]
        == "SUPERSEDED"
    )
    assert "shop" in [each["name"] for each in aws("list-pipelines")["pipelines"]]
    aws.refused("ValidationException", "delete-pipeline", "--name", "translations")
    assert aws("delete-pipeline", "--name", "shop") is None
    aws.refused("PipelineNotFoundException", "get-pipeline", "--name", "shop")


def test_beyond_this_machine_only_our_keys_open_it(bench, tmp_path):
    token = "s3cret-of-32-characters-or-so-xx"
    server = ConsoleServer(bench.app(host="0.0.0.0", token=token), host="127.0.0.1", port=0)
    url = server.start()
    try:
        owner = Shell(
            url,
            tmp_path,
            AWS_ACCESS_KEY_ID="laststop",
            AWS_SECRET_ACCESS_KEY=token,
            AWS_DEFAULT_REGION="eu-west-1",
        )
        assert owner("list-pipelines")["pipelines"]
        Shell(url, tmp_path).refused("UnrecognizedClientException", "list-pipelines")
    finally:
        server.stop()


def test_boto3_pages_and_raises_its_own_exceptions(served):
    import boto3

    client = boto3.client("codepipeline", endpoint_url=served.url, region_name="local",
                          aws_access_key_id="any", aws_secret_access_key="any")  # fmt: skip
    client.create_pipeline(pipeline=pipeline())
    for _ in range(3):
        client.start_pipeline_execution(name="shop")
    pages = list(client.get_paginator("list_pipeline_executions").paginate(
        pipelineName="shop", PaginationConfig={"PageSize": 1}))  # fmt: skip
    assert [len(page["pipelineExecutionSummaries"]) for page in pages] == [1, 1, 1]
    started = pages[0]["pipelineExecutionSummaries"][0]["startTime"]
    assert started.tzinfo is not None
    with pytest.raises(client.exceptions.PipelineNotFoundException, match="no pipeline is named 'moon'"):
        client.get_pipeline(name="moon")
