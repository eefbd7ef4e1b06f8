"""What every home's control promises: `pipeline.control.Control`."""

import pytest

from laststop.errors import NotFoundError, UsageError
from laststop.homes.aws.control import PipelineControl
from laststop.pipeline.control import ControlError
from unit.homes.aws.pipeline_stand_in import PipelineStandIn
from unit.homes.home_workbench import PIPELINE, Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path).serve().work()
        self.port = self._home.control

    def closed(self) -> set[str]:
        with self._home.store.view() as view:
            stages = view.state(PIPELINE).stages
        return {name for name, stage in stages.items() if not stage.enabled}


class Aws:
    """Over a stand-in of CodePipeline: no emulator has its operations."""

    def __init__(self) -> None:
        self._pipeline = PipelineStandIn()
        self.port = PipelineControl(self._pipeline.service())

    def closed(self) -> set[str]:
        return self._pipeline.closed


@pytest.fixture(params=["embedded", "aws"])
def place(request, tmp_path):
    return Aws() if request.param == "aws" else Embedded(tmp_path)


def test_a_start_gives_the_runs_id_and_the_same_token_the_same_run(place):
    first = place.port.call("StartPipelineExecution", {"name": PIPELINE, "clientRequestToken": "t-1"})
    again = place.port.call("StartPipelineExecution", {"name": PIPELINE, "clientRequestToken": "t-1"})
    other = place.port.call("StartPipelineExecution", {"name": PIPELINE})
    assert set(first) == {"pipelineExecutionId"}
    assert first == again != other


def test_a_transition_is_closed_and_opened_each_repeat_harmless(place):
    request = {"pipelineName": PIPELINE, "stageName": "Build", "transitionType": "Inbound"}
    for _ in range(2):
        assert place.port.call("DisableStageTransition", {**request, "reason": "wait"}) == {}
    assert place.closed() == {"Build"}
    for _ in range(2):
        assert place.port.call("EnableStageTransition", request) == {}
    assert place.closed() == set()


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        (
            "StopPipelineExecution",
            {"pipelineExecutionId": "11111111-1111-1111-1111-111111111111"},
            "PipelineExecutionNotStoppableException",
        ),
        (
            "DisableStageTransition",
            {"stageName": "Nope", "transitionType": "Inbound", "reason": "x"},
            "StageNotFoundException",
        ),
    ],
    ids=["stop", "transition"],
)
def test_a_no_of_the_rules_has_codepipelines_code(place, operation, request_, code):
    with pytest.raises(ControlError) as caught:
        place.port.call(operation, {"pipelineName": PIPELINE, **request_})
    assert caught.value.aws_code == code


def test_a_pipeline_that_is_not_there_is_not_found(place):
    with pytest.raises(NotFoundError):
        place.port.call("StartPipelineExecution", {"name": "another"})


def test_an_operation_that_codepipeline_does_not_have_is_refused(place):
    with pytest.raises(UsageError, match="MakeCoffee"):
        place.port.call("MakeCoffee", {"name": PIPELINE})
