import msgspec
import pytest

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.control import StoredControl
from laststop.homes.embedded.store.replay import differences
from laststop.pipeline.control import ControlError
from laststop.pipeline.declaration import Pipeline, PipelineVariable
from laststop.pipeline.inputs import Declare
from laststop.words.failure import Failure
from unit.homes.home_workbench import PIPELINE, Home, draw
from unit.pipeline.good_declaration import GOOD


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve().work()


NOBODY = "00000000-0000-4000-8000-000000000000"


def run_ids(home):
    return [row.id for row in home.run_rows()]


def refused(home, operation, **request):
    before = len(home.facts())
    with pytest.raises(ControlError) as no:
        home.call(operation, pipelineName=PIPELINE, **request)
    assert len(home.facts()) == before, "a refusal changes nothing"
    assert no.value.exit_code in (2, 3)
    return no.value.aws_code


def failed_run(home):
    home.broken = Failure(code="JobFailed", message="exit status 1")
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    home.work()
    assert home.run_rows()[-1].status == "Failed"
    home.broken = None
    return run


def test_a_start_makes_a_run_and_rings(tmp_path):
    rung = []
    home = Home(tmp_path).serve().work()
    control = StoredControl(home.store, clock=home.clock, draw=draw, ring=lambda: rung.append(1))
    run = control.call("StartPipelineExecution", {"name": PIPELINE})["pipelineExecutionId"]
    assert rung == [1]
    assert run_ids(home)[-1] == run
    assert home.work().run_rows()[-1].status == "Succeeded"


def test_variables_come_with_a_start(home):
    colour = PipelineVariable(name="colour", default_value="red")
    declared = msgspec.structs.replace(msgspec.convert(GOOD, Pipeline), variables=(colour,))
    home.engine.step([Declare(declaration=declared)])
    home.call("StartPipelineExecution", name=PIPELINE, variables=[{"name": "colour", "value": "blue"}])
    assert home.facts("run.started")[-1].variables == {"colour": "blue"}


def test_a_start_that_is_asked_for_twice_under_one_token_is_one_run(home):
    """Its answer may have been lost; every AWS client sends a token."""
    first = home.call("StartPipelineExecution", name=PIPELINE, clientRequestToken="t-1")
    again = home.call("StartPipelineExecution", name=PIPELINE, clientRequestToken="t-1")
    other = home.call("StartPipelineExecution", name=PIPELINE, clientRequestToken="t-2")
    assert first == again != other
    assert len(home.facts("run.started")) == 3
    home.work()
    assert home.call("StartPipelineExecution", name=PIPELINE, clientRequestToken="t-1") == first


def test_a_run_that_waits_stops_at_once_and_one_inside_when_its_action_ends(home):
    home.executor.held.add("build-site")
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    home.work()
    home.call("StopPipelineExecution", pipelineName=PIPELINE, pipelineExecutionId=run, reason="wrong branch")
    assert (home.run_rows()[-1].status, home.run_rows()[-1].reason) == ("Stopping", "wrong branch")
    home.executor.let_go("build-site")
    home.work()
    assert home.run_rows()[-1].status == "Stopped"


def test_a_run_that_is_abandoned_waits_for_nothing(home):
    home.executor.held.add("build-site")
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    home.work()
    home.call("StopPipelineExecution", pipelineName=PIPELINE, pipelineExecutionId=run, abandon=True)
    assert home.run_rows()[-1].status == "Stopped"
    home.work()
    assert home.executor.cancelled, "the engine lets go of what still runs"


def test_a_failed_run_goes_on_where_it_ended(home):
    run = failed_run(home)
    home.call("RetryStageExecution", pipelineName=PIPELINE, stageName="Build", pipelineExecutionId=run)
    home.work()
    assert home.run_rows()[-1].status == "Succeeded"
    attempts = [(f.action, f.attempt) for f in home.facts("action.started") if f.run == run]
    assert attempts.count(("frontend", 1)) == 1, "sources are not read again"
    assert ("build-site", 2) in attempts


def test_the_way_into_a_stage_is_closed_and_opened(home):
    closed = {"pipelineName": PIPELINE, "stageName": "Build", "transitionType": "Inbound", "reason": "freeze"}
    home.call("DisableStageTransition", **closed)
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    home.work()
    assert home.run_rows()[-1].status == "InProgress"
    home.call("EnableStageTransition", pipelineName=PIPELINE, stageName="Build", transitionType="Inbound")
    home.work()
    assert next(row for row in home.run_rows() if row.id == run).status == "Succeeded"


REFUSALS = {
    "stop a run that ended": (
        "StopPipelineExecution", {"pipelineExecutionId": "ended"}, "PipelineExecutionNotStoppableException",
    ),
    "stop a run that never was": (
        "StopPipelineExecution", {"pipelineExecutionId": NOBODY}, "PipelineExecutionNotStoppableException",
    ),
    "retry in a stage that is not": (
        "RetryStageExecution", {"stageName": "Moon", "pipelineExecutionId": "ended"}, "StageNotFoundException",
    ),
    "retry a run that never was": (
        "RetryStageExecution", {"stageName": "Build", "pipelineExecutionId": NOBODY},
        "NotLatestPipelineExecutionException",
    ),
    "close a stage that is not": (
        "DisableStageTransition", {"stageName": "Moon", "reason": "x"}, "StageNotFoundException",
    ),
    "open a stage that is not": ("EnableStageTransition", {"stageName": "Moon"}, "StageNotFoundException"),
}  # fmt: skip


@pytest.mark.parametrize(("operation", "request_", "code"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_has_codepipelines_own_code_and_changes_nothing(home, operation, request_, code):
    ended = run_ids(home)[0]
    request = {key: ended if value == "ended" else value for key, value in request_.items()}
    assert refused(home, operation, **request) == code


def test_stopping_twice_is_a_duplicate(home):
    home.executor.held.add("build-site")
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    home.work()
    home.call("StopPipelineExecution", pipelineName=PIPELINE, pipelineExecutionId=run)
    assert refused(home, "StopPipelineExecution", pipelineExecutionId=run) == "DuplicatedStopRequestException"


def test_a_run_that_succeeded_is_not_retried(home):
    code = refused(home, "RetryStageExecution", stageName="Build", pipelineExecutionId=run_ids(home)[0])
    assert code == "StageNotRetryableException"


def test_a_failed_run_that_a_newer_one_passed_is_not_the_latest(home):
    run = failed_run(home)
    home.call("StartPipelineExecution", name=PIPELINE)
    home.work()
    code = refused(home, "RetryStageExecution", stageName="Build", pipelineExecutionId=run)
    assert code == "NotLatestPipelineExecutionException"


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("StartPipelineExecution", {}),
        ("StartPipelineExecution", {"name": 7}),
        ("StartPipelineExecution", {"name": PIPELINE, "moon": 1}),
        ("StopPipelineExecution", {"pipelineName": PIPELINE}),
        ("RetryStageExecution", {"pipelineName": PIPELINE, "stageName": "Build", "pipelineExecutionId": "r",
                                 "retryMode": "SOME_ACTIONS"}),
        ("DisableStageTransition", {"pipelineName": PIPELINE, "stageName": "Build", "transitionType": "Outbound"}),
    ],
    ids=str,
)  # fmt: skip
def test_a_request_codepipeline_would_refuse_is_refused(home, operation, request_):
    before = len(home.facts())
    with pytest.raises(UsageError):
        home.control.call(operation, request_)
    assert len(home.facts()) == before


def test_an_operation_that_does_not_exist_is_refused_and_the_list_of_those_that_do_named(home):
    with pytest.raises(UsageError, match="LandOnTheMoon") as no:
        home.control.call("LandOnTheMoon", {})
    assert no.value.aws_code == "UnknownOperationException"
    assert "codepipeline-api.md" in no.value.hint


@pytest.mark.parametrize("served", [True, False])
def test_a_pipeline_that_is_not_here_is_not_found(tmp_path, served):
    home = Home(tmp_path)
    if served:
        home.serve().work()
    with pytest.raises(NotFoundError, match="no pipeline is named 'moon'") as no:
        home.call("StartPipelineExecution", name="moon")
    assert "laststop up" in no.value.hint


def test_another_process_may_ask_and_the_server_goes_on_from_there(home):
    """The command line opens the store itself."""
    elsewhere = Home(home.path)
    run = elsewhere.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    elsewhere.store.close()
    home.work()
    assert home.run_rows()[-1].id == run
    assert home.run_rows()[-1].status == "Succeeded"
    assert differences(home.store) == []
