"""What is asked of one stage: retry, rollback, transition, approval, override."""

from typing import Annotated, Literal

from msgspec import Meta

from laststop.pipeline.wire.shapes import Asking, DisabledReason, ExecutionId, Name, Telling
from laststop.words.facts_pipeline import RetryMode
from laststop.words.instants import Instant

TransitionType = Literal["Inbound", "Outbound"]


class RetryStageExecution(Asking, frozen=True, kw_only=True):
    """A failed or stopped execution goes on in a stage."""

    pipeline_name: Name
    stage_name: Name
    pipeline_execution_id: ExecutionId
    retry_mode: RetryMode


class RollbackStage(Asking, frozen=True, kw_only=True):
    """A stage runs again, in a new execution, with what one that once succeeded there had."""

    pipeline_name: Name
    stage_name: Name
    target_pipeline_execution_id: ExecutionId


class EnableStageTransition(Asking, frozen=True, kw_only=True):
    """The way into a stage opens."""

    pipeline_name: Name
    stage_name: Name
    transition_type: TransitionType


class DisableStageTransition(Asking, frozen=True, kw_only=True):
    """The way into a stage closes; executions wait before it."""

    pipeline_name: Name
    stage_name: Name
    transition_type: TransitionType
    reason: DisabledReason


class ApprovalResult(Asking, frozen=True, kw_only=True):
    """A person's word."""

    summary: Annotated[str, Meta(max_length=512)]
    status: Literal["Approved", "Rejected"]


class PutApprovalResult(Asking, frozen=True, kw_only=True):
    """An answer to a manual approval; `token` is the one GetPipelineState shows."""

    pipeline_name: Name
    stage_name: Name
    action_name: Name
    result: ApprovalResult
    token: ExecutionId


class Approved(Telling, frozen=True, kw_only=True):
    """When the answer was taken."""

    approved_at: Instant


class OverrideStageCondition(Asking, frozen=True, kw_only=True):
    """An execution goes on although a condition says no."""

    pipeline_name: Name
    stage_name: Name
    pipeline_execution_id: ExecutionId
    condition_type: Literal["BEFORE_ENTRY", "ON_SUCCESS"]
