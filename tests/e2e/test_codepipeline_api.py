"""A pipeline made through CodePipeline's API runs on a real server, survives it, and goes."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from e2e.workbench import project, until

CONNECTION = "arn:aws:codeconnections:local:000000000000:connection/embedded"
DECLARED = {
    "name": "nightly",
    "roleArn": "arn:aws:iam::111122223333:role/pipeline",
    "pipelineType": "V2",
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "Code",
                    "actionTypeId": {
                        "category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection", "version": "1",
                    },
                    "configuration": {
                        "ConnectionArn": CONNECTION, "FullRepositoryId": "local/frontend", "BranchName": "main",
                        "DetectChanges": "false",
                    },
                    "outputArtifacts": [{"name": "code"}],
                }
            ],
        },
        {
            "name": "Work",
            "actions": [
                {
                    "name": "Count",
                    "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
                    "commands": ["test -e buildspec.yml", "export Lines=$(wc -l < buildspec.yml)"],
                    "outputVariables": ["Lines"],
                    "inputArtifacts": [{"name": "code"}],
                    "namespace": "Counted",
                },
                {
                    "name": "Sign-off",
                    "runOrder": 2,
                    "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
                    "configuration": {"CustomData": "#{Counted.Lines} lines"},
                },
            ],
        },
    ],
}  # fmt: skip


class Api:
    """CodePipeline's protocol, spoken by hand."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, operation: str, **request: Any) -> Any:
        asked = urllib.request.Request(
            self._url,
            data=json.dumps(request).encode(),
            headers={
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": f"CodePipeline_20150709.{operation}",
            },
        )
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{operation}: {error.code} {error.read().decode()}") from error
        return json.loads(body) if body else None

    def newest(self, name: str) -> dict[str, Any] | None:
        found = self("ListPipelineExecutions", pipelineName=name, maxResults=1)["pipelineExecutionSummaries"]
        return found[0] if found else None

    def token(self, name: str) -> str | None:
        state = self("GetPipelineState", name=name)["stageStates"][1]["actionStates"][1]
        return state.get("latestExecution", {}).get("token")


def test_a_pipeline_made_through_the_api_runs_survives_the_server_and_goes(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        api = Api(up.console_url)
        assert api("CreatePipeline", pipeline=DECLARED)["pipeline"]["version"] == 1
        token = until(lambda: api.token("nightly"), "an approval that waits")
        newest = api.newest("nightly")
        assert newest["trigger"]["triggerType"] == "CreatePipeline"
        up.kill()

        api = Api(pages.up().console_url)
        assert api.token("nightly") == token, "the approval waits on"
        asked = api("ListActionExecutions", pipelineName="nightly", maxResults=1)["actionExecutionDetails"][0]
        assert asked["input"]["resolvedConfiguration"]["CustomData"].strip().endswith("lines")
        pages.run("approve", "--pipeline", "nightly", "--summary", "counted right")
        until(lambda: api.newest("nightly")["status"] == "Succeeded", "a run that succeeded")

        again = api("StartPipelineExecution", name="nightly")["pipelineExecutionId"]
        until(lambda: api.token("nightly") not in (None, token), "a second approval")
        with pytest.raises(AssertionError, match=r"400 .*is declared in pipeline\.yml"):
            api("DeletePipeline", name="pages")
        api("DeletePipeline", name="nightly")
        assert [each["name"] for each in api("ListPipelines")["pipelines"]] == ["pages"]
        assert pages.rows("SELECT 1 FROM run WHERE id = ?", again) == []
        assert pages.drift() == []


FUNCTION = """
import boto3

codepipeline = boto3.client("codepipeline")


def handler(event, context):
    job = event["CodePipeline.job"]
    if "continuationToken" not in job["data"]:
        codepipeline.put_job_success_result(jobId=job["id"], continuationToken="step-2")
        return
    context_of = codepipeline.get_job_details(jobId=job["id"])["jobDetails"]["data"]["pipelineContext"]
    codepipeline.put_job_success_result(
        jobId=job["id"],
        outputVariables={"Pipeline": context_of["pipelineName"], "Token": job["data"]["continuationToken"]},
        executionDetails={"summary": "counted", "externalExecutionId": context.aws_request_id},
    )
"""
INVOKE = {
    "name": "Call",
    "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
    "configuration": {"FunctionName": "count", "UserParameters": "x"},
    "inputArtifacts": [{"name": "code"}],
}


@pytest.mark.emulator
@pytest.mark.parametrize(
    "environment", [{}, {"LASTSTOP_TOKEN": "s3cret-of-32-characters-or-so-xx"}], ids=["here", "open"]
)
def test_a_function_written_for_lambda_reports_through_boto3_to_the_servers_own_address(
    tmp_path, environment
):
    pytest.importorskip("boto3", reason="a function of this kind needs boto3")
    with project(tmp_path, **environment) as pages:
        pages.write("count.py", FUNCTION)
        pages.write(
            "laststop.toml",
            (pages.folder / "laststop.toml").read_text() + '\n[functions]\ncount = "count.py:handler"\n',
        )
        stages = [DECLARED["stages"][0], {"name": "Work", "actions": [INVOKE]}]
        pages.write("pipelines/counted.yml", json.dumps(DECLARED | {"name": "counted", "stages": stages}))
        pages.up(*(["--host", "0.0.0.0"] if environment else []))
        until(
            lambda: pages.rows("SELECT status FROM run WHERE pipeline = 'counted' AND ended_at IS NOT NULL"),
            "an end",
        )
        told = pages.rows("SELECT status, job, variables, summary FROM attempt WHERE action = 'Call'")
        assert told == [("Succeeded", 1, '{"Pipeline":"counted","Token":"step-2"}', "counted")]
