"""GetPipelineState: where every stage and action stands."""

from typing import Literal

from laststop.pipeline.wire.shapes import (
    ActionStatus,
    Asking,
    ConditionStatus,
    ErrorDetails,
    ExecutionType,
    Name,
    StageStatus,
    Telling,
)
from laststop.words.instants import Instant


class GetPipelineState(Asking, frozen=True, kw_only=True):
    """Where a pipeline stands."""

    name: Name


class StageExecution(Telling, frozen=True, kw_only=True):
    """An execution in, or before, a stage."""

    pipeline_execution_id: str
    status: StageStatus
    type: ExecutionType


class TransitionState(Telling, frozen=True, kw_only=True):
    """The way into a stage."""

    enabled: bool
    last_changed_by: str | None = None
    last_changed_at: Instant | None = None
    disabled_reason: str | None = None


class CurrentRevision(Telling, frozen=True, kw_only=True):
    """What a source action gave last."""

    revision_id: str
    revision_change_id: str
    created: Instant


class ActionExecution(Telling, frozen=True, kw_only=True):
    """The newest attempt at an action; `token` is what an approval's answer has to name."""

    action_execution_id: str
    status: ActionStatus
    summary: str | None = None
    last_status_change: Instant
    token: str | None = None
    last_updated_by: str | None = None
    external_execution_id: str | None = None
    external_execution_url: str | None = None
    percent_complete: int | None = None
    error_details: ErrorDetails | None = None


class ActionState(Telling, frozen=True, kw_only=True):
    """Where an action stands; without an execution it never ran."""

    action_name: str
    current_revision: CurrentRevision | None = None
    latest_execution: ActionExecution | None = None
    entity_url: str | None = None
    revision_url: str | None = None


class RuleExecution(Telling, frozen=True, kw_only=True):
    """The newest attempt at a rule."""

    rule_execution_id: str
    status: ActionStatus
    summary: str | None = None
    last_status_change: Instant
    external_execution_id: str | None = None
    error_details: ErrorDetails | None = None


class RuleState(Telling, frozen=True, kw_only=True):
    """Where a rule stands."""

    rule_name: str
    latest_execution: RuleExecution | None = None


class ConditionExecution(Telling, frozen=True, kw_only=True):
    """How a condition came out."""

    status: ConditionStatus
    summary: str | None = None
    last_status_change: Instant | None = None


class ConditionState(Telling, frozen=True, kw_only=True):
    """One condition with its rules."""

    latest_execution: ConditionExecution
    rule_states: tuple[RuleState, ...]


class ConditionsExecution(Telling, frozen=True, kw_only=True):
    """How a gate's conditions came out together."""

    status: ConditionStatus
    summary: str | None = None


class StageConditionState(Telling, frozen=True, kw_only=True):
    """One gate of a stage."""

    latest_execution: ConditionsExecution | None = None
    condition_states: tuple[ConditionState, ...]


class RetryMetadata(Telling, frozen=True, kw_only=True):
    """How often a stage was retried for its newest execution."""

    auto_stage_retry_attempt: int | None = None
    manual_stage_retry_attempt: int | None = None
    latest_retry_trigger: Literal["AutomatedStageRetry", "ManualStageRetry"]


class StageState(Telling, frozen=True, kw_only=True):
    """Where a stage stands. `inbound_execution` is the first of those that wait before it."""

    stage_name: str
    inbound_execution: StageExecution | None = None
    inbound_executions: tuple[StageExecution, ...]
    inbound_transition_state: TransitionState
    action_states: tuple[ActionState, ...]
    latest_execution: StageExecution | None = None
    before_entry_condition_state: StageConditionState | None = None
    on_success_condition_state: StageConditionState | None = None
    on_failure_condition_state: StageConditionState | None = None
    retry_stage_metadata: RetryMetadata | None = None


class PipelineStateTold(Telling, frozen=True, kw_only=True):
    """The answer of GetPipelineState."""

    pipeline_name: str
    pipeline_version: int
    stage_states: tuple[StageState, ...]
    created: Instant
    updated: Instant


def stage_state(told: PipelineStateTold, stage: str) -> StageState | None:
    """The state of one stage, by its name."""
    return next((each for each in told.stage_states if each.stage_name == stage), None)
