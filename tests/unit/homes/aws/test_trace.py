"""The steps of a change on AWS, out of CodePipeline's own answers."""

import pytest

from laststop.homes.aws.history import Attempt
from laststop.homes.aws.trace import Eyes, _ends, _why_held
from unit.homes.aws.service_fakes import fine, service


def attempt(
    stage: str, action: str, at: float, status: str = "Succeeded", category: str = "Invoke"
) -> Attempt:
    import msgspec

    return msgspec.convert(
        {
            "stageName": stage, "actionName": action, "status": status, "lastUpdateTime": at,
            "input": {"actionTypeId": {"category": category}},
        },
        Attempt,
    )  # fmt: skip


RUN = [
    attempt("Source", "git", 10, category="Source"),
    attempt("Build", "build", 20, "Failed", "Build"),
    attempt("Build", "build", 30, category="Build"),
    attempt("Release", "deploy-site", 40),
    attempt("Release", "verify-live", 50, "InProgress"),
]


def ends(attempts, *, in_flight: bool) -> dict[str, float]:
    return {name: at.timestamp() for name, at in _ends(list(reversed(attempts)), in_flight=in_flight)}


def test_a_stage_ends_with_its_last_action_and_a_retry_counts_as_the_one_that_went_well():
    assert ends(RUN, in_flight=True) == {"Source": 10, "Build": 30, "Release / deploy-site": 40}


def test_the_last_stage_ends_with_the_run():
    done = [*RUN[:-1], attempt("Release", "verify-live", 50)]
    assert "Release" not in ends(done, in_flight=True)
    assert ends(done, in_flight=False)["Release"] == 50


def test_a_stage_that_failed_has_no_end_of_its_own():
    assert ends(RUN[:2], in_flight=False) == {"Source": 10}


def stage(name: str, **more) -> dict:
    return {"stageName": name, "inboundTransitionState": {"enabled": True}, **more}


@pytest.mark.parametrize(
    ("states", "says"),
    [
        (
            [stage("Release", inboundTransitionState={"enabled": False, "disabledReason": "freeze"},
                   inboundExecution={"pipelineExecutionId": "r", "status": "InProgress"})],
            "the way into Release is closed: freeze",
        ),
        (
            [stage("Release", inboundExecution={"pipelineExecutionId": "r", "status": "InProgress"},
                   latestExecution={"pipelineExecutionId": "older", "status": "InProgress"})],
            "waits before Release: run older is inside",
        ),
        (
            [stage("Release", inboundExecution={"pipelineExecutionId": "other", "status": "InProgress"},
                   inboundTransitionState={"enabled": False, "disabledReason": "freeze"})],
            "",
        ),
        ([stage("Release")], ""),
    ],
)  # fmt: skip
def test_what_keeps_a_run_before_a_stage_is_said(states, says):
    pipeline, script = service(fine({"stageStates": states}), name="codepipeline")
    eyes = Eyes(listing=None, history=None, proofs=None, codepipeline=pipeline, pipeline="p")
    assert _why_held(eyes, "r") == says
    assert script.sent == [("GetPipelineState", {"name": "p"})]
