"""A person lets a run on past conditions that are being examined, on a real server."""

import json

from e2e.test_codepipeline_api import DECLARED, Api
from e2e.workbench import NEEDS_PROC, processes_of, project, until

SILENT = """
def handler(event, context):
    return event["CodePipeline.job"]["id"]  # and reports nothing
"""


def rule(provider, **more):
    kind = {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"}
    return {"conditions": [{"result": "FAIL", "rules": [{"name": "wait", "ruleTypeId": kind, **more}]}]}


WORK = {
    "name": "Work",
    "beforeEntry": rule("Commands", commands=["exec sleep 3600"], inputArtifacts=[{"name": "code"}]),
    "actions": [
        {
            "name": "Count",
            "actionTypeId": {"category": "Compute", "owner": "AWS", "provider": "Commands", "version": "1"},
            "commands": ["test -e buildspec.yml"],
            "inputArtifacts": [{"name": "code"}],
        }
    ],
    "onSuccess": rule("LambdaInvoke", configuration={"FunctionName": "silent"}),
}


@NEEDS_PROC
def test_a_run_goes_on_past_a_command_that_lasts_and_a_function_that_is_silent(tmp_path):
    with project(tmp_path) as pages:
        pages.write("silent.py", SILENT)
        settings = (pages.folder / "laststop.toml").read_text()
        pages.write("laststop.toml", f'{settings}\n[functions]\nsilent = "silent.py:handler"\n')
        declared = DECLARED | {"name": "guarded", "stages": [DECLARED["stages"][0], WORK]}
        pages.write("pipelines/guarded.yml", json.dumps(declared))
        api = Api(pages.up().console_url)

        def examined(gate: str) -> str:
            stage = api("GetPipelineState", name="guarded")["stageStates"][1]
            return stage.get(f"{gate}ConditionState", {}).get("latestExecution", {}).get("status", "")

        until(lambda: processes_of(pages.folder, "sleep"), "the rule's command")
        assert examined("beforeEntry") == "InProgress"
        override = ("stage", "override", "Work", "--pipeline", "guarded")
        pages.run(*override, "--after", code=3)
        assert "goes on at Work" in pages.run(*override).stderr
        until(lambda: not processes_of(pages.folder, "sleep"), "the end of a command nobody waits for")
        assert examined("beforeEntry") == "Overridden"

        until(lambda: examined("onSuccess") == "InProgress", "the condition after")
        run = api.newest("guarded")["pipelineExecutionId"]
        pages.run(*override, code=3)
        named = {"pipelineName": "guarded", "stageName": "Work", "pipelineExecutionId": run}
        api("OverrideStageCondition", **named, conditionType="ON_SUCCESS")
        until(lambda: api.newest("guarded")["status"] == "Succeeded", "the end of the run")
        told = pages.rows(
            "SELECT action, status FROM attempt WHERE run = ? AND stage = 'Work' ORDER BY started_at", run
        )
        assert told == [
            ("beforeEntry:wait", "Abandoned"), ("Count", "Succeeded"), ("onSuccess:wait", "Abandoned"),
        ]  # fmt: skip
        assert pages.drift() == []
