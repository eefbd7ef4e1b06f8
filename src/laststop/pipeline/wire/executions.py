"""Executions: started, stopped, looked at, listed."""

from typing import Annotated

from msgspec import Meta

from laststop.pipeline.declaration import ExecutionMode
from laststop.pipeline.wire.shapes import (
    Asking,
    ExecutionId,
    ExecutionStatus,
    ExecutionType,
    Name,
    NextToken,
    PageSize,
    RequestToken,
    RevisionId,
    StopReason,
    Telling,
    VariableName,
    VariableValue,
)
from laststop.words.facts_pipeline import TriggerType
from laststop.words.instants import Instant
from laststop.words.overrides import RevisionType


class VariableAsked(Asking, frozen=True, kw_only=True):
    """A pipeline variable's value for one execution."""

    name: VariableName
    value: VariableValue


class RevisionAsked(Asking, frozen=True, kw_only=True):
    """What one source action is to take instead of the newest."""

    action_name: Name
    revision_type: RevisionType
    revision_value: RevisionId


class StartPipelineExecution(Asking, frozen=True, kw_only=True):
    """A new execution, whatever the sources say."""

    name: Name
    variables: Annotated[tuple[VariableAsked, ...], Meta(max_length=50)] = ()
    client_request_token: RequestToken | None = None
    source_revisions: Annotated[tuple[RevisionAsked, ...], Meta(max_length=50)] = ()


class StopPipelineExecution(Asking, frozen=True, kw_only=True):
    """An execution ends: after what is in progress, or at once."""

    pipeline_name: Name
    pipeline_execution_id: ExecutionId
    abandon: bool = False
    reason: StopReason = ""


class ExecutionNamed(Telling, frozen=True, kw_only=True):
    """Which execution was started, stopped, retried or rolled back."""

    pipeline_execution_id: str


class GetPipelineExecution(Asking, frozen=True, kw_only=True):
    """One execution."""

    pipeline_name: Name
    pipeline_execution_id: ExecutionId


class ArtifactRevision(Telling, frozen=True, kw_only=True):
    """What one source action gave, by the name of its artifact."""

    name: str
    revision_id: str
    revision_change_identifier: str | None = None
    revision_summary: str | None = None
    created: Instant | None = None


class ResolvedVariable(Telling, frozen=True, kw_only=True):
    """A pipeline variable as it was frozen at the start."""

    name: str
    resolved_value: str


class Trigger(Telling, frozen=True, kw_only=True):
    """How an execution came about."""

    trigger_type: TriggerType
    trigger_detail: str


class RollbackMetadata(Telling, frozen=True, kw_only=True):
    """What a rollback goes back to."""

    rollback_target_pipeline_execution_id: str


class PipelineExecution(Telling, frozen=True, kw_only=True):
    """One execution in full."""

    pipeline_name: str
    pipeline_version: int
    pipeline_execution_id: str
    status: ExecutionStatus
    status_summary: str | None = None
    artifact_revisions: tuple[ArtifactRevision, ...]
    variables: tuple[ResolvedVariable, ...]
    trigger: Trigger
    execution_mode: ExecutionMode
    execution_type: ExecutionType
    rollback_metadata: RollbackMetadata | None = None


class PipelineExecutionTold(Telling, frozen=True, kw_only=True):
    """The answer of GetPipelineExecution."""

    pipeline_execution: PipelineExecution


class SucceededInStage(Asking, frozen=True, kw_only=True):
    """Only executions that succeeded in a stage: what a rollback may go back to."""

    stage_name: Name | None = None


class ExecutionFilter(Asking, frozen=True, kw_only=True):
    """Which executions are listed."""

    succeeded_in_stage: SucceededInStage | None = None


class ListPipelineExecutions(Asking, frozen=True, kw_only=True):
    """Executions, the newest first."""

    pipeline_name: Name
    max_results: PageSize = 100
    filter: ExecutionFilter | None = None
    next_token: NextToken | None = None


class SourceRevision(Telling, frozen=True, kw_only=True):
    """What one source action gave."""

    action_name: str
    revision_id: str
    revision_summary: str | None = None


class StopTrigger(Telling, frozen=True, kw_only=True):
    """Why an execution was stopped."""

    reason: str


class ExecutionSummary(Telling, frozen=True, kw_only=True):
    """One line of a list of executions."""

    pipeline_execution_id: str
    status: ExecutionStatus
    status_summary: str | None = None
    start_time: Instant
    last_update_time: Instant
    source_revisions: tuple[SourceRevision, ...]
    trigger: Trigger
    stop_trigger: StopTrigger | None = None
    execution_mode: ExecutionMode
    execution_type: ExecutionType
    rollback_metadata: RollbackMetadata | None = None


class ExecutionsTold(Telling, frozen=True, kw_only=True):
    """The answer of ListPipelineExecutions."""

    pipeline_execution_summaries: tuple[ExecutionSummary, ...]
    next_token: str | None = None
