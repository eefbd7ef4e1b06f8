"""A run's facts as EventBridge events, member by member."""

from datetime import timedelta

from laststop.pipeline.event_context import followed
from laststop.pipeline.eventbridge import KINDS, Origin, StateChange, state_changes
from laststop.words import facts_pipeline as f
from laststop.words.artifact import Artifact
from laststop.words.facts import Recorded
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, Digest, RunId
from unit.homes.home_workbench import EPOCH

RUN = RunId("01234567-0000-4000-8000-000000000000")
ORIGIN = Origin(account="111122223333", region="eu-west-1", bucket="store")
SITE = Artifact(name="site-as-built", digest=Digest("d" * 64), size_bytes=1)
ABOUT = {"pipeline": "translations", "run": RUN}
BUILD = {**ABOUT, "stage": "Build"}
ACTION = {**BUILD, "action": "build-site", "attempt": 1}


def at(seconds: float):
    return EPOCH + timedelta(seconds=seconds)


STARTED = f.RunStarted(
    **ABOUT, at=at(0), cause="a push", pipeline_version=3, trigger="WebhookV2", detail="acme/frontend@v1"
)
ENTERED = f.StageEntered(**BUILD, at=at(1))
BEGAN = f.ActionStarted(
    **ACTION, at=at(2), provider="Build/AWS/CodeBuild/1", inputs=(SITE,), deadline_at=at(3600)
)
FAILED = f.ActionFailed(**ACTION, at=at(3), failure=Failure(code="JobFailed", message="exit status 1"))
STAGE_FAILED = f.StageFailed(**BUILD, at=at(4))
RUN_FAILED = f.RunFailed(**BUILD, at=at(4))
RETRIED = f.StageRetried(**BUILD, at=at(5), mode="FAILED_ACTIONS")


def told(*facts) -> list[StateChange]:
    """The events of the last fact, with those before it as the run's story."""
    recorded = Recorded(seq=len(facts), fact=facts[-1])
    return list(state_changes(recorded, followed(facts), ORIGIN))


def states(*facts) -> list[tuple[str, str]]:
    return [(each.detail_type.split()[1], each.detail.state) for each in told(*facts)]


def test_a_pipelines_event_has_every_member_that_aws_documents() -> None:
    (event,) = told(STARTED)
    values = event.values()
    assert values.pop("id")
    assert values == {
        "version": "0",
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline",
        "account": "111122223333",
        "time": "2026-11-23T12:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn:aws:codepipeline:eu-west-1:111122223333:translations"],
        "detail": {
            "pipeline": "translations",
            "execution-id": RUN,
            "start-time": "2026-11-23T12:00:00.123Z",
            "state": "STARTED",
            "version": 3.0,
            "pipeline-execution-attempt": 1.0,
            "execution-trigger": {"trigger-type": "WebhookV2", "trigger-detail": "acme/frontend@v1"},
        },
    }


def test_a_stages_event_names_the_stage_and_after_a_retry_its_time() -> None:
    assert told(STARTED, ENTERED)[0].values()["detail"] == {
        "pipeline": "translations",
        "execution-id": RUN,
        "start-time": "2026-11-23T12:00:00.123Z",
        "stage": "Build",
        "state": "STARTED",
        "version": 3.0,
        "pipeline-execution-attempt": 1.0,
    }
    pipeline, stage = told(STARTED, ENTERED, BEGAN, FAILED, STAGE_FAILED, RUN_FAILED, RETRIED)
    assert (pipeline.detail.state, stage.detail.state) == ("RESUMED", "RESUMED")
    assert stage.values()["detail"]["pipeline-execution-attempt"] == 2.0
    assert stage.values()["detail"]["stage-last-retry-attempt-time"] == "2026-11-23T12:00:05.123Z"


def test_an_actions_event_names_its_type_artifacts_and_result() -> None:
    (event,) = told(STARTED, ENTERED, BEGAN, FAILED)
    assert event.detail_type == "CodePipeline Action Execution State Change"
    assert event.values()["detail"] == {
        "pipeline": "translations",
        "execution-id": RUN,
        "start-time": "2026-11-23T12:00:02.123Z",
        "stage": "Build",
        "action": "build-site",
        "action-execution-id": AttemptKey(run=RUN, stage="Build", action="build-site", attempt=1).id,
        "state": "FAILED",
        "region": "eu-west-1",
        "type": {"owner": "AWS", "category": "Build", "provider": "CodeBuild", "version": "1"},
        "version": 3.0,
        "pipeline-execution-attempt": 1.0,
        "input-artifacts": [
            {
                "name": "site-as-built",
                "s3location": {"bucket": "store", "key": f"translations/site-as-bu/{'d' * 64}"},
            }
        ],
        "execution-result": {
            "external-execution-url": "",
            "external-execution-summary": "exit status 1",
            "external-execution-id": "",
            "error-code": "JobFailed",
        },
    }


def test_an_action_that_succeeded_names_its_outputs_and_no_error() -> None:
    done = f.ActionSucceeded(**ACTION, at=at(3), artifacts=(SITE,), summary="built", external_id="b:1")
    detail = told(STARTED, ENTERED, BEGAN, done)[0].values()["detail"]
    assert detail["output-artifacts"][0]["name"] == "site-as-built"
    assert detail["execution-result"] == {
        "external-execution-url": "",
        "external-execution-summary": "built",
        "external-execution-id": "b:1",
    }


def test_every_state_that_aws_documents_is_told() -> None:
    begun = (STARTED, ENTERED, BEGAN)
    assert states(STARTED) == [("Pipeline", "STARTED")]
    assert states(*begun) == [("Action", "STARTED")]
    assert states(*begun, f.ActionAbandoned(**ACTION, at=at(3))) == [("Action", "ABANDONED")]
    assert states(*begun, f.RunStopping(**ABOUT, at=at(3), abandon=False, reason="no")) == [
        ("Pipeline", "STOPPING"),
        ("Stage", "STOPPING"),
    ]
    assert states(*begun, f.StageStopped(**BUILD, at=at(3))) == [("Stage", "STOPPED")]
    assert states(*begun, f.RunStopped(**ABOUT, at=at(3))) == [("Pipeline", "STOPPED")]
    assert states(*begun, f.StageSucceeded(**BUILD, at=at(3))) == [("Stage", "SUCCEEDED")]
    assert states(*begun, f.RunSucceeded(**ABOUT, at=at(3))) == [("Pipeline", "SUCCEEDED")]
    assert states(*begun, STAGE_FAILED) == [("Stage", "FAILED")]
    assert states(*begun, RUN_FAILED) == [("Pipeline", "FAILED")]
    assert states(*begun, f.StageCancelled(**BUILD, at=at(3))) == [("Stage", "CANCELED")]
    assert states(*begun, f.RunCancelled(**ABOUT, at=at(3))) == [("Pipeline", "CANCELED")]
    assert states(STARTED, f.RunSuperseded(**ABOUT, at=at(3), by=RunId("r2"))) == [("Pipeline", "SUPERSEDED")]


def test_a_run_that_is_stopped_while_it_waits_has_no_stage_to_stop() -> None:
    stopping = f.RunStopping(**ABOUT, at=at(3), abandon=False, reason="too late")
    (event,) = told(STARTED, stopping)
    assert event.values()["detail"]["stop-execution-comments"] == "too late"
    left = f.StageSucceeded(**BUILD, at=at(2))
    assert states(STARTED, ENTERED, left, stopping) == [("Pipeline", "STOPPING")]


def test_rules_waiting_and_skipped_stages_have_no_events() -> None:
    rule = {**BUILD, "action": "beforeEntry:on-main", "attempt": 1}
    judged = f.ActionStarted(**rule, at=at(1), provider="Rule/AWS/VariableCheck/1", deadline_at=at(9))
    assert told(STARTED, judged) == []
    assert told(STARTED, f.RunWaiting(**BUILD, at=at(1))) == []
    assert told(STARTED, f.StageSkipped(**BUILD, at=at(1))) == []
    assert "stage.skipped" not in KINDS


def test_a_repetition_has_the_same_id_and_no_two_events_share_one() -> None:
    pipeline, stage = told(STARTED, ENTERED, RETRIED)
    again = told(STARTED, ENTERED, RETRIED)
    assert [each.id for each in again] == [pipeline.id, stage.id]
    assert pipeline.id != stage.id


def test_a_run_whose_beginning_is_forgotten_is_told_of_all_the_same() -> None:
    (event,) = told(FAILED)
    assert event.values()["detail"]["type"]["provider"] == ""
    assert event.values()["detail"]["start-time"] == "2026-11-23T12:00:03.123Z"
