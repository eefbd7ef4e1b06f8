"""The same orders, in the embedded home and, as if it were AWS, over CodePipeline's protocol."""

import json

import pytest

from codepipeline.declared import examined, pipeline
from codepipeline.driver import Driver
from laststop.cli.app import run as run_words
from laststop.console.server import ConsoleServer

FLOW = ("Code", "Compile", "Check")


class Commands:
    """`commands("run", "start")` for the pipeline `shop`, in one of the homes."""

    def __init__(self, driver, capsys, words) -> None:
        self.driver, self._capsys, self._words = driver, capsys, words

    def __call__(self, *words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        folder = str(self.driver.bench.home.project.root)
        got = run_words([*words, "-C", folder, *self._words])
        told = self._capsys.readouterr()
        assert got == code, told.err
        return told.out + told.err if not told.out else told.out

    def json(self, *words: str):
        return json.loads(self(*words, "--json"))

    def start(self, *words: str) -> str:
        return self.json("run", "start", *words)["id"]

    def through(self, *actions: str) -> None:
        for action in actions:
            self.driver.end("shop", action)

    def status(self, run: str) -> str:
        return self.driver.status("shop", run)


@pytest.fixture(params=["embedded", "aws"])
def commands(bench, capsys, monkeypatch, request):
    driver = Driver(bench)
    driver.call("CreatePipeline", pipeline=pipeline())
    words = ["--pipeline", "shop"]
    if request.param == "embedded":
        yield Commands(driver, capsys, words)
        return
    server = ConsoleServer(driver.app, host="127.0.0.1", port=0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_CODEPIPELINE", server.start())
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    yield Commands(driver, capsys, [*words, "--home", "aws"])
    server.stop()


def test_a_run_starts_with_variables_and_revisions_once_per_token(commands):
    pinned = ("--set", "go=no", "--revision", f"Code={'a' * 40}", "--token", "once")
    run = commands.start(*pinned)
    assert commands.start(*pinned) == run
    kept = commands.driver.state("shop").runs[run]
    assert (kept.variables, kept.overrides[0].revision_type) == ({"go": "no"}, "COMMIT_ID")
    assert "asked for it" in kept.cause
    assert "NAME=VALUE" in commands("run", "start", "--set", "go", code=2)
    assert "no variable" in commands("run", "start", "--set", "moon=1", code=2)


def test_runs_are_listed_shown_and_stopped(commands):
    run = commands.start()
    assert run[:8] in commands("run", "list")
    assert run in commands("run", "show", "latest")
    commands("run", "stop", run[:8], "--reason", "wrong branch")
    assert commands.status(run) == "Stopping"
    assert "already being stopped" in commands("run", "stop", run, code=3)
    commands("run", "stop", run, "--abandon")
    assert commands.status(run) == "Stopped"
    assert "moon" in commands("run", "show", "moon", code=2)


def test_a_failed_run_goes_on_where_it_ended(commands):
    run = commands.start()
    commands.through("Code")
    commands.driver.end("shop", "Compile", fails="a missing semicolon")
    assert "a missing semicolon" in commands("run", "show", run)
    assert "goes on at Build" in commands("run", "retry", "latest")
    commands.through("Compile", "Check")
    assert commands.status(run) == "InProgress"


def test_an_approval_is_found_and_answered(commands):
    run = commands.start()
    assert "no approval waits" in commands("approve", code=2)
    commands.through(*FLOW)
    assert commands.json("approve", "--list") == [{"stage": "Release", "action": "Sign-off", "run": run}]
    assert "no approval waits at Moon" in commands("approve", "Moon", code=2)
    commands("approve", "Release/Sign-off", "--summary", "looked at the preview")
    commands.through("Ship")
    assert commands.status(run) == "Succeeded"


def test_a_rejection_fails_the_run(commands):
    run = commands.start()
    commands.through(*FLOW)
    commands("approve", "--reject", "--summary", "the colours")
    assert commands.status(run) == "Failed"
    assert "the colours" in commands("run", "show", run)


def test_approvals_of_parallel_runs_are_told_apart(commands):
    commands.driver.call("UpdatePipeline", pipeline=pipeline(mode="PARALLEL"))
    runs = [commands.start(), commands.start()]
    for run in runs:
        for action in FLOW:
            commands.driver.end("shop", action, run=run)
    assert "several approvals wait" in commands("approve", code=2)
    assert commands.json("approve", "--run", runs[0])["run"] == runs[0]
    assert commands.json("approve")["run"] == runs[1]


def test_the_way_into_a_stage_is_closed_and_opened(commands):
    commands("stage", "disable", "Build", "--reason", "freeze until Monday")
    run = commands.start()
    commands.through("Code")
    assert commands.driver.stage("shop", "Build")["inboundExecutions"][0]["pipelineExecutionId"] == run
    commands("stage", "enable", "Build")
    commands.through("Compile")
    assert "Moon" in commands("stage", "enable", "Moon", code=2)


def finished(commands) -> str:
    run = commands.start()
    commands.through(*FLOW)
    commands("approve")
    commands.through("Ship")
    return run


def test_a_stage_goes_back_to_the_last_but_one_or_to_the_run_that_is_named(commands):
    assert "succeeded in Release" in commands("stage", "rollback", "Release", code=2)
    first, _ = finished(commands), finished(commands)
    told = commands.json("stage", "rollback", "Release")
    assert told["target"] == first
    commands("approve", "--reject")
    named = commands.json("stage", "rollback", "Release", "--to", first[:8])
    assert (named["target"], commands.status(named["id"])) == (first, "InProgress")
    assert "cannot be rolled back" in commands("stage", "rollback", "Source", "--to", first, code=3)


def test_two_runs_are_compared(commands):
    first = finished(commands)
    second = commands.start("--set", "go=no")
    commands.through("Code")
    told = commands.json("run", "compare", second)
    assert (told["before"], told["after"]) == (first, second)
    changed = {each["what"] for each in told["inputs"] if each["before"] != each["after"]}
    assert changed == {"#{variables.go}"}
    assert "differs" in commands("run", "compare", second, first[:8])


def test_a_condition_that_does_not_wait_cannot_be_overridden(commands):
    assert "no run is at Release" in commands("stage", "override", "Release", code=2)
    finished(commands)
    commands("stage", "override", "Release", code=3)


def test_a_run_is_followed_to_its_end_and_the_exit_code_says_how_it_went(commands):
    run = commands.start()
    commands.through("Code")
    commands.driver.end("shop", "Compile", fails="a missing semicolon")
    told = commands("run", "show", run, "--follow", code=1)
    assert "Code" in told
    assert "Compile" in told
    assert f"run {run[:8]} Failed" in told


def test_a_run_is_let_on_past_a_condition_that_is_being_examined(commands):
    commands.driver.call("UpdatePipeline", pipeline=examined())
    run = commands.start()
    commands.through("Code")
    assert f"run {run[:8]} goes on at Release" in commands("stage", "override", "Release")
    commands("approve")
    commands("stage", "override", "Release", code=3)
    commands("stage", "override", "Release", "--after", "--run", run[:8])
    assert commands.status(run) == "Succeeded"
