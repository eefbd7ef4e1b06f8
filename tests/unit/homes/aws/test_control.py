"""CodePipeline's operations on CodePipeline."""

import pytest

from laststop.errors import DeniedError, NotFoundError, TransientError, UsageError
from laststop.homes.aws.control import PipelineControl
from laststop.pipeline.control import ControlError
from unit.homes.aws.service_fakes import LOST, fine, refusal, service


def control(*answers):
    called, script = service(*answers, name="codepipeline")
    return PipelineControl(called), script


def test_an_operation_goes_out_and_comes_back_with_codepipelines_own_members():
    port, script = control(fine({"pipelineExecutionId": "run-1"}))
    request = {
        "pipelineName": "p",
        "stageName": "Release",
        "pipelineExecutionId": "run-1",
        "retryMode": "FAILED_ACTIONS",
    }
    assert port.call("RetryStageExecution", request) == {"pipelineExecutionId": "run-1"}
    assert script.sent == [("RetryStageExecution", request)]


@pytest.mark.parametrize(
    "code",
    [
        "StageNotRetryableException",
        "ConflictException",
        "StageNotFoundException",
        "InvalidApprovalTokenException",
    ],
)
def test_a_refusal_keeps_codepipelines_code(code):
    port, _ = control(refusal(code, "because"))
    with pytest.raises(ControlError, match="because") as caught:
        port.call("RetryStageExecution", {})
    assert caught.value.aws_code == code


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PipelineNotFoundException", NotFoundError),
        ("AccessDeniedException", DeniedError),
        ("ThrottlingException", TransientError),
        ("ValidationException", UsageError),
    ],
)
def test_what_is_no_refusal_of_its_rules_is_the_error_it_is_everywhere(code, kind):
    port, _ = control(refusal(code))
    with pytest.raises(kind) as caught:
        port.call("GetPipelineState", {"name": "p"})
    assert not isinstance(caught.value, ControlError)


def test_an_operation_that_is_none_of_ours_is_refused_before_anything_is_sent():
    port, script = control(fine())
    with pytest.raises(UsageError, match="DeletePipeline"):
        port.call("DeletePipeline", {"name": "p"})
    assert script.sent == []


def test_a_start_whose_answer_is_lost_starts_no_other():
    port, script = control(LOST, fine({"pipelineExecutionId": "run-1"}))
    port.call("StartPipelineExecution", {"name": "p"})
    tokens = [request["clientRequestToken"] for _, request in script.sent]
    assert len(tokens) == 2
    assert len(set(tokens)) == 1


def test_a_start_keeps_the_token_it_brings():
    port, script = control(fine({"pipelineExecutionId": "run-1"}))
    port.call("StartPipelineExecution", {"name": "p", "clientRequestToken": "mine"})
    assert script.sent[0][1]["clientRequestToken"] == "mine"
