"""Our facts as the events CodePipeline sends to EventBridge, in their exact shape.

Source: AWS CodePipeline user guide, "Monitoring CodePipeline events" with its samples, read 2026-11. There
are events of pipelines, stages and actions; none of conditions, their rules, waiting or skipped stages.
"""

import uuid
from collections.abc import Iterator
from typing import Any, Final, Literal

import msgspec

from laststop.pipeline.event_context import RunContext
from laststop.words.artifact import Artifact
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.facts import Recorded
from laststop.words.facts_pipeline import ActionFailed, ActionSucceeded, RunStopping
from laststop.words.instants import Instant, instant_text

Level = Literal["Pipeline", "Stage", "Action"]

_PIPELINE: Final = {
    "run.started": "STARTED",
    "run.stopping": "STOPPING",
    "run.stopped": "STOPPED",
    "run.succeeded": "SUCCEEDED",
    "run.failed": "FAILED",
    "run.superseded": "SUPERSEDED",
    "run.cancelled": "CANCELED",
    "stage.retried": "RESUMED",
}
_STAGE: Final = {
    "stage.entered": "STARTED",
    "stage.retried": "RESUMED",
    "run.stopping": "STOPPING",
    "stage.stopped": "STOPPED",
    "stage.succeeded": "SUCCEEDED",
    "stage.failed": "FAILED",
    "stage.cancelled": "CANCELED",
}
_ACTION: Final = {
    "action.started": "STARTED",
    "action.succeeded": "SUCCEEDED",
    "action.failed": "FAILED",
    "action.abandoned": "ABANDONED",
}
KINDS: Final = frozenset((*_PIPELINE, *_STAGE, *_ACTION))
"""The kinds of facts that lead to events."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where events say they come from; `bucket` holds the artifacts."""

    account: str = "000000000000"
    region: str = "local"
    bucket: str = "artifacts"

    def arn(self, pipeline: str) -> str:
        """The pipeline's ARN."""
        return f"arn:aws:codepipeline:{self.region}:{self.account}:{pipeline}"


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", omit_defaults=True):
    """EventBridge's spelling; members with a default are left out when they have nothing to say."""


class ExecutionTrigger(_Wire, frozen=True, kw_only=True):
    """What started the run."""

    trigger_type: str
    trigger_detail: str


class S3Location(_Wire, frozen=True, kw_only=True):
    """Where an artifact lies."""

    bucket: str
    key: str


class EventArtifact(_Wire, frozen=True, kw_only=True):
    """An artifact of an action."""

    name: str
    s3location: S3Location


class ActionType(_Wire, frozen=True, kw_only=True):
    """Which provider did the work."""

    owner: str
    category: str
    provider: str
    version: str


class ExecutionResult(_Wire, frozen=True, kw_only=True):
    """How an action ended; `error_code` only when it failed."""

    external_execution_url: str
    external_execution_summary: str
    external_execution_id: str
    error_code: str = ""


class PipelineDetail(_Wire, frozen=True, kw_only=True):
    """The detail of a pipeline's event."""

    pipeline: str
    execution_id: str
    start_time: str
    state: str
    version: float
    pipeline_execution_attempt: float
    execution_trigger: ExecutionTrigger
    stop_execution_comments: str = ""


class StageDetail(_Wire, frozen=True, kw_only=True):
    """The detail of a stage's event."""

    pipeline: str
    execution_id: str
    start_time: str
    stage: str
    state: str
    version: float
    pipeline_execution_attempt: float
    stage_last_retry_attempt_time: str = ""


class ActionDetail(_Wire, frozen=True, kw_only=True):
    """The detail of an action's event."""

    pipeline: str
    execution_id: str
    start_time: str
    stage: str
    action: str
    action_execution_id: str
    state: str
    region: str
    type: ActionType
    version: float
    pipeline_execution_attempt: float
    input_artifacts: tuple[EventArtifact, ...]
    output_artifacts: tuple[EventArtifact, ...] = ()
    execution_result: ExecutionResult | None = None


class StateChange(_Wire, frozen=True, kw_only=True):
    """One event, envelope and all. Its id follows from the fact, so a repetition has the same."""

    version: str
    id: str
    detail_type: str
    source: str
    account: str
    time: str
    region: str
    resources: tuple[str, ...]
    detail: PipelineDetail | StageDetail | ActionDetail

    def values(self) -> dict[str, Any]:
        """The event as plain values, as patterns and functions take it."""
        plain: dict[str, Any] = msgspec.json.decode(self.json())
        return plain

    def json(self) -> bytes:
        """The event as it is sent."""
        return msgspec.json.encode(self)


def state_changes(recorded: Recorded, context: RunContext, origin: Origin) -> tuple[StateChange, ...]:
    """The events of a fact, the wider before the narrower; `context` is the run's, this fact included."""
    return tuple(_changes(recorded.fact, recorded.seq, context, origin))


def _changes(fact: Fact, seq: int, context: RunContext, origin: Origin) -> Iterator[StateChange]:
    if not isinstance(fact, RunFact):
        return
    state = _PIPELINE.get(fact.kind)
    if state:
        yield _event("Pipeline", fact, seq, origin, _pipeline_detail(fact, state, context))
    state = _STAGE.get(fact.kind)
    stage = fact.stage if isinstance(fact, StageFact) else context.stage
    if state and stage:
        yield _event("Stage", fact, seq, origin, _stage_detail(fact, stage, state, context))
    state = _ACTION.get(fact.kind)
    if state and isinstance(fact, ActionFact) and ":" not in fact.action:  # a rule is no action
        yield _event("Action", fact, seq, origin, _action_detail(fact, state, context, origin))


def _event(
    level: Level,
    fact: RunFact,
    seq: int,
    origin: Origin,
    detail: PipelineDetail | StageDetail | ActionDetail,
) -> StateChange:
    return StateChange(
        version="0",
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{fact.run}/{seq}/{level}")),
        detail_type=f"CodePipeline {level} Execution State Change",
        source="aws.codepipeline",
        account=origin.account,
        time=instant_text(fact.at)[:19] + "Z",  # whole seconds, as all of EventBridge's
        region=origin.region,
        resources=(origin.arn(fact.pipeline),),
        detail=detail,
    )


def _pipeline_detail(fact: RunFact, state: str, context: RunContext) -> PipelineDetail:
    return PipelineDetail(
        pipeline=fact.pipeline,
        execution_id=fact.run,
        start_time=_time(context.started_at, fact),
        state=state,
        version=float(context.pipeline_version),
        pipeline_execution_attempt=float(context.attempt),
        execution_trigger=ExecutionTrigger(
            trigger_type=context.trigger_type, trigger_detail=context.trigger_detail
        ),
        stop_execution_comments=fact.reason if isinstance(fact, RunStopping) else "",
    )


def _stage_detail(fact: RunFact, stage: str, state: str, context: RunContext) -> StageDetail:
    retried_at = context.retried_at.get(stage)
    return StageDetail(
        pipeline=fact.pipeline,
        execution_id=fact.run,
        start_time=_time(context.started_at, fact),
        stage=stage,
        state=state,
        version=float(context.pipeline_version),
        pipeline_execution_attempt=float(context.attempt),
        stage_last_retry_attempt_time=instant_text(retried_at) if retried_at else "",
    )


def _action_detail(fact: ActionFact, state: str, context: RunContext, origin: Origin) -> ActionDetail:
    known = context.action(fact)
    category, owner, provider, version = known.provider.split("/") if known else ("", "", "", "")
    outputs = fact.artifacts if isinstance(fact, ActionSucceeded) else ()
    return ActionDetail(
        pipeline=fact.pipeline,
        execution_id=fact.run,
        start_time=_time(known.started_at if known else None, fact),
        stage=fact.stage,
        action=fact.action,
        action_execution_id=fact.key.id,
        state=state,
        region=origin.region,
        type=ActionType(owner=owner, category=category, provider=provider, version=version),
        version=float(context.pipeline_version),
        pipeline_execution_attempt=float(context.attempt),
        input_artifacts=_located(fact, known.inputs if known else (), origin),
        output_artifacts=_located(fact, outputs, origin),
        execution_result=_result(fact),
    )


def _result(fact: ActionFact) -> ExecutionResult | None:
    if isinstance(fact, ActionSucceeded):
        return ExecutionResult(
            external_execution_url="",
            external_execution_summary=fact.summary,
            external_execution_id=fact.external_id,
        )
    if isinstance(fact, ActionFailed):
        return ExecutionResult(
            external_execution_url="",
            external_execution_summary=fact.failure.message,
            external_execution_id="",
            error_code=fact.failure.code,
        )
    return None


def _located(fact: ActionFact, artifacts: tuple[Artifact, ...], origin: Origin) -> tuple[EventArtifact, ...]:
    return tuple(
        EventArtifact(
            name=artifact.name,
            s3location=S3Location(
                bucket=origin.bucket, key=f"{fact.pipeline[:20]}/{artifact.name[:10]}/{artifact.digest}"
            ),
        )
        for artifact in artifacts
    )


def _time(at: Instant | None, fact: Fact) -> str:
    """When it began; of a run whose beginning the journal no longer has, when this fact happened."""
    return instant_text(at or fact.at)
