"""Reports of jobs, also those that come twice, too long, or to a pipeline that does not know them."""

import pytest

from laststop.errors import NotFoundError, TransientError
from laststop.homes.aws.jobs import PipelineJobs
from laststop.words.failure import Failure
from unit.homes.aws.pipeline_stand_in import PIPELINE, PipelineStandIn
from unit.homes.aws.service_fakes import refusal, service


@pytest.fixture
def pipeline():
    made = PipelineStandIn()
    made.job("j", "run-1")
    return made


def test_the_context_of_a_job_names_its_run_stage_and_action_and_is_asked_once(pipeline):
    jobs = PipelineJobs(pipeline.service())
    found = jobs.context("j")
    assert found == jobs.context("j")
    assert (found.pipeline, found.key.run, found.key.stage, found.key.action) == (
        PIPELINE,
        "run-1",
        "Release",
        "deploy-site",
    )
    assert pipeline.asked == ["GetJobDetails"]


def test_an_unknown_job_has_no_context_and_takes_no_report(pipeline):
    jobs = PipelineJobs(pipeline.service())
    with pytest.raises(NotFoundError):
        jobs.context("nobody")
    with pytest.raises(NotFoundError):
        jobs.succeed("nobody")


def test_a_success_has_its_summary_and_its_variables(pipeline):
    PipelineJobs(pipeline.service()).succeed("j", summary="live: r1", variables={"RELEASE": "live"})
    assert pipeline.reports == [
        (
            "PutJobSuccessResult",
            {
                "jobId": "j",
                "executionDetails": {"summary": "live: r1"},
                "outputVariables": {"RELEASE": "live"},
            },
        )
    ]


def test_a_success_that_says_nothing_sends_no_empty_members(pipeline):
    PipelineJobs(pipeline.service()).succeed("j", variables={})
    assert pipeline.reports == [("PutJobSuccessResult", {"jobId": "j"})]


@pytest.mark.parametrize("again", ["succeed", "go_on", "fail"])
def test_a_second_report_is_a_success_and_changes_nothing(pipeline, again):
    jobs = PipelineJobs(pipeline.service())
    jobs.succeed("j")
    {
        "succeed": lambda: jobs.succeed("j", summary="twice"),
        "go_on": lambda: jobs.go_on("j", token="t"),
        "fail": lambda: jobs.fail("j", Failure(code="JobFailed", message="late")),
    }[again]()
    assert len(pipeline.reports) == 1


def test_a_continuation_has_its_token(pipeline):
    PipelineJobs(pipeline.service()).go_on("j", token="round 2")
    assert pipeline.reports == [("PutJobSuccessResult", {"jobId": "j", "continuationToken": "round 2"})]


@pytest.mark.parametrize(
    ("code", "type_"),
    [
        ("JobFailed", "JobFailed"),
        ("InvalidInput", "ConfigurationError"),
        ("Denied", "PermissionError"),
        ("TryAgain", "SystemUnavailable"),
        ("Conflict", "JobFailed"),
        ("COMMAND_EXECUTION_ERROR", "JobFailed"),
    ],
)
def test_a_failure_is_of_a_type_that_codepipeline_knows(pipeline, code, type_):
    PipelineJobs(pipeline.service()).fail("j", Failure(code=code, message="why"))
    assert pipeline.reports == [
        ("PutJobFailureResult", {"jobId": "j", "failureDetails": {"type": type_, "message": "why"}})
    ]


def test_texts_are_cut_to_what_codepipeline_takes(pipeline):
    pipeline.job("k", "run-1")
    jobs = PipelineJobs(pipeline.service())
    jobs.succeed("j", summary="s" * 9000, variables={"V": "v" * 9000})
    jobs.fail("k", Failure(code="JobFailed", message="m" * 9000))
    (_, success), (_, failed) = pipeline.reports
    assert len(success["executionDetails"]["summary"]) == 2048
    assert len(success["outputVariables"]["V"]) == 1000
    assert len(failed["failureDetails"]["message"]) == 5000


def test_a_report_that_cannot_be_given_is_try_again():
    called, _ = service(refusal("ThrottlingException"), name="codepipeline")
    with pytest.raises(TransientError):
        PipelineJobs(called).succeed("j")
