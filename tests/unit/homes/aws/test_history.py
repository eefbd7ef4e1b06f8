"""Reading runs from CodePipeline's own answers; the shapes are those of botocore's models."""

import pytest

from laststop.errors import ConflictError, NotFoundError
from laststop.functions.ports import RunFacts
from laststop.homes.aws.history import PipelineHistory
from unit.functions.function_fakes import bill_with
from unit.homes.aws.service_fakes import NOW, fine, refusal, service

EPOCH_SECONDS = 1763900000.5


class Runs:
    def __init__(self, *, closed: bool = True) -> None:
        self.closed = closed

    def get(self, run):
        if not self.closed:
            raise ConflictError("its sources are being read")
        return RunFacts(id=run, pipeline="p", cause="", started_at=NOW, bill=bill_with(1))


def summary(run: str, status: str = "Succeeded", **more) -> dict:
    return {
        "pipelineExecutionId": run,
        "status": status,
        "startTime": EPOCH_SECONDS,
        "sourceRevisions": [{"actionName": "routing", "revisionId": "v7", "revisionUrl": "x"}],
        "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:aws:sts::1:x"},
        **more,
    }


def attempt(action: str, status: str = "Succeeded", stage: str = "Build", **result) -> dict:
    return {
        "stageName": stage,
        "actionName": action,
        "status": status,
        "input": {},
        "output": {"executionResult": result},
    }


def history(*answers, codebuild=({},), logs=({},), runs=None):
    pipeline, script = service(*answers, name="codepipeline")
    builds, _ = service(
        *(fine(each) if isinstance(each, dict) else each for each in codebuild), name="codebuild"
    )
    lines, _ = service(*(fine(each) if isinstance(each, dict) else each for each in logs), name="logs")
    return (
        PipelineHistory(
            pipeline="p", codepipeline=pipeline, codebuild=builds, logs=lines, runs=runs or Runs()
        ),
        script,
    )


def test_runs_come_with_their_revisions_and_why_they_began():
    read, script = history(fine({"pipelineExecutionSummaries": [summary("r2", "InProgress"), summary("r1")]}))
    newest = read.newest(5)
    assert [(past.id, past.in_flight, past.sources) for past in newest] == [
        ("r2", True, {"routing": "v7"}),
        ("r1", False, {"routing": "v7"}),
    ]
    assert newest[0].started_at.timestamp() == EPOCH_SECONDS
    assert newest[0].cause == "asked by x"
    assert script.sent == [("ListPipelineExecutions", {"pipelineName": "p", "maxResults": 5})]


def test_times_are_read_as_texts_too():
    read, _ = history(
        fine({"pipelineExecutionSummaries": [summary("r1", startTime="2026-11-23T12:00:00+00:00")]})
    )
    assert read.newest(1)[0].started_at == NOW


def test_a_run_tells_where_it_stands_and_which_attempt_failed_last():
    read, _ = history(
        fine({"pipelineExecution": {"pipelineExecutionId": "r1", "status": "Failed"}}),
        fine({"pipelineExecutionSummaries": [summary("r1", "InProgress")]}),
        fine(
            {
                "actionExecutionDetails": [
                    attempt(
                        "build",
                        "Failed",
                        externalExecutionId="p-build:7",
                        errorDetails={"code": "JobFailed", "message": "Build terminated with state: FAILED"},
                    )
                ],
                "nextToken": "more",
            }
        ),
        fine(
            {
                "actionExecutionDetails": [
                    attempt("build", "Failed"),
                    attempt("lint"),
                    attempt("routing", stage="Source"),
                ]
            }
        ),
    )
    detail = read.detail("r1")
    assert (detail.past.status, detail.stage, detail.stages) == ("Failed", "Build", 2)
    assert detail.bill == bill_with(1)
    broken = detail.broken
    assert (broken.stage, broken.action, broken.attempt, broken.external_id) == (
        "Build",
        "build",
        2,
        "p-build:7",
    )
    assert broken.failure.message == "Build terminated with state: FAILED"


def test_a_run_whose_sources_are_being_read_has_no_bill_yet():
    read, _ = history(
        fine({"pipelineExecution": {"pipelineExecutionId": "r1", "status": "InProgress"}}),
        fine({"pipelineExecutionSummaries": []}),
        fine({"actionExecutionDetails": []}),
        runs=Runs(closed=False),
    )
    detail = read.detail("r1")
    assert (detail.bill, detail.broken, detail.stages) == (None, None, 0)


def test_a_run_nobody_knows_is_not_found():
    read, _ = history(refusal("PipelineExecutionNotFoundException"))
    with pytest.raises(NotFoundError):
        read.detail("r9")


def test_a_build_s_log_is_read_line_by_line():
    read, _ = history(
        fine(),
        codebuild=({"builds": [{"logs": {"groupName": "g", "streamName": "s"}}]},),
        logs=({"events": [{"message": "one\ntwo\n"}, {"message": "three\n"}]},),
    )
    assert read.log("p-build:7") == ("one", "two", "three")


@pytest.mark.parametrize(
    ("codebuild", "logs"),
    [
        (({"builds": []},), ({},)),
        (({"builds": [{"logs": {}}]},), ({},)),
        (
            ({"builds": [{"logs": {"groupName": "g", "streamName": "s"}}]},),
            (refusal("ResourceNotFoundException"),),
        ),
    ],
)
def test_a_log_that_is_not_there_yet_is_empty(codebuild, logs):
    read, _ = history(fine(), codebuild=codebuild, logs=logs)
    assert read.log("p-build:7") == ()


def test_what_is_no_build_has_no_log():
    read, script = history(fine())
    assert read.log("9c1f") == ()
    assert script.sent == []
