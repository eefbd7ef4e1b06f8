"""What every home's side of a job promises its function: `functions.ports.Jobs`."""

import pytest

from laststop.engine.providers import Outcome
from laststop.errors import NotFoundError
from laststop.functions.ports import JobContext
from laststop.homes.aws.jobs import PipelineJobs
from laststop.homes.embedded.actions.invoke import OneJob
from laststop.pipeline.inputs import Continued, Succeeded
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from unit.homes.aws.pipeline_stand_in import PIPELINE, PipelineStandIn

JOB = "job-1"
KEY = AttemptKey(run=RunId("run-1"), stage="Release", action="deploy-site", attempt=1)


class Embedded:
    def __init__(self) -> None:
        self.port = OneJob(JOB, JobContext(pipeline=PIPELINE, key=KEY))

    def told(self):
        """(how it ended, what was said) of the report that counted; None before it."""
        outcome: Outcome | None = self.port.outcome
        match outcome:
            case None:
                return None
            case Succeeded(summary=summary, variables=variables):
                return "succeeded", (summary, variables)
            case Continued(token=token):
                return "continued", token
            case Failure(message=message):
                return "failed", message


class Aws:
    """Over a stand-in of CodePipeline: no emulator has its jobs."""

    def __init__(self) -> None:
        self._pipeline = PipelineStandIn()
        self._pipeline.job(JOB, KEY.run, stage=KEY.stage, action=KEY.action)
        self.port = PipelineJobs(self._pipeline.service())

    def told(self):
        if not self._pipeline.reports:
            return None
        ((operation, request),) = self._pipeline.reports
        if operation == "PutJobFailureResult":
            return "failed", request["failureDetails"]["message"]
        if "continuationToken" in request:
            return "continued", request["continuationToken"]
        summary = request.get("executionDetails", {}).get("summary", "")
        return "succeeded", (summary, request.get("outputVariables", {}))


@pytest.fixture(params=["embedded", "aws"])
def place(request):
    return Aws() if request.param == "aws" else Embedded()


REPORTS = {
    "succeeded": lambda port: port.succeed(JOB, summary="live: r1", variables={"RELEASE": "live"}),
    "continued": lambda port: port.go_on(JOB, token="round 2"),
    "failed": lambda port: port.fail(JOB, Failure(code="JobFailed", message="why")),
}


def test_the_context_says_which_run_stage_and_action_the_job_is_for(place):
    found = place.port.context(JOB)
    assert (found.pipeline, found.key.run, found.key.stage, found.key.action) == (
        PIPELINE,
        KEY.run,
        KEY.stage,
        KEY.action,
    )


@pytest.mark.parametrize("first", sorted(REPORTS))
def test_a_report_is_told_as_it_was_given(place, first):
    assert place.told() is None
    REPORTS[first](place.port)
    said = {"succeeded": ("live: r1", {"RELEASE": "live"}), "continued": "round 2", "failed": "why"}
    assert place.told() == (first, said[first])


@pytest.mark.parametrize("second", sorted(REPORTS))
@pytest.mark.parametrize("first", sorted(REPORTS))
def test_the_first_report_counts_and_a_second_one_is_harmless(place, first, second):
    REPORTS[first](place.port)
    before = place.told()
    REPORTS[second](place.port)
    assert place.told() == before


def test_nobody_knows_another_job(place):
    with pytest.raises(NotFoundError):
        place.port.context("job-2")
    with pytest.raises(NotFoundError):
        place.port.succeed("job-2")
    assert place.told() is None
