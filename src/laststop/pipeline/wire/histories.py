"""What happened: executions of actions and rules, and targets of deployments."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from laststop.pipeline.wire.shapes import (
    ActionStatus,
    Asking,
    ErrorDetails,
    ExecutionId,
    Name,
    NextToken,
    PageSize,
    Telling,
    TypeId,
)
from laststop.words.instants import Instant


class LatestFilter(Asking, frozen=True, kw_only=True):
    """Of one execution, since its newest start or retry, or since its beginning."""

    pipeline_execution_id: ExecutionId
    start_time_range: Literal["Latest", "All"]


class HistoryFilter(Asking, frozen=True, kw_only=True):
    """Which executions of actions or rules are listed."""

    pipeline_execution_id: ExecutionId | None = None
    latest_in_pipeline_execution: LatestFilter | None = None


class ListActionExecutions(Asking, frozen=True, kw_only=True):
    """Every attempt at every action, the newest first."""

    pipeline_name: Name
    filter: HistoryFilter | None = None
    max_results: PageSize = 100
    next_token: NextToken | None = None


class ListRuleExecutions(Asking, frozen=True, kw_only=True):
    """Every attempt at every rule, the newest first."""

    pipeline_name: Name
    filter: HistoryFilter | None = None
    max_results: PageSize = 100
    next_token: NextToken | None = None


class S3Place(Telling, frozen=True, kw_only=True):
    """Where an artifact lies."""

    bucket: str
    key: str


class ArtifactDetail(Telling, frozen=True, kw_only=True):
    """An artifact that went in or came out."""

    name: str
    s3location: S3Place | None = msgspec.field(default=None, name="s3location")


class ActionInput(Telling, frozen=True, kw_only=True):
    """What an attempt worked on."""

    action_type_id: TypeId
    configuration: dict[str, str]
    resolved_configuration: dict[str, str]
    role_arn: str | None = None
    region: str | None = None
    input_artifacts: tuple[ArtifactDetail, ...]
    namespace: str | None = None


class ActionResult(Telling, frozen=True, kw_only=True):
    """What its provider said."""

    external_execution_id: str | None = None
    external_execution_summary: str | None = None
    external_execution_url: str | None = None
    error_details: ErrorDetails | None = None


class ActionOutput(Telling, frozen=True, kw_only=True):
    """What an attempt left."""

    output_artifacts: tuple[ArtifactDetail, ...]
    execution_result: ActionResult | None = None
    output_variables: dict[str, str]


class ActionExecutionDetail(Telling, frozen=True, kw_only=True):
    """One attempt at one action."""

    pipeline_execution_id: str
    action_execution_id: str
    pipeline_version: int
    stage_name: str
    action_name: str
    start_time: Instant
    last_update_time: Instant
    updated_by: str | None = None
    status: ActionStatus
    input: ActionInput
    output: ActionOutput


class ActionExecutionsTold(Telling, frozen=True, kw_only=True):
    """The answer of ListActionExecutions."""

    action_execution_details: tuple[ActionExecutionDetail, ...]
    next_token: str | None = None


class RuleInput(Telling, frozen=True, kw_only=True):
    """What an attempt at a rule looked at."""

    rule_type_id: TypeId
    configuration: dict[str, str]
    resolved_configuration: dict[str, str]
    input_artifacts: tuple[ArtifactDetail, ...]


class RuleResult(Telling, frozen=True, kw_only=True):
    """What its provider said."""

    external_execution_id: str | None = None
    external_execution_summary: str | None = None
    error_details: ErrorDetails | None = None


class RuleOutput(Telling, frozen=True, kw_only=True):
    """What an attempt at a rule left."""

    execution_result: RuleResult | None = None


class RuleExecutionDetail(Telling, frozen=True, kw_only=True):
    """One attempt at one rule."""

    pipeline_execution_id: str
    rule_execution_id: str
    pipeline_version: int
    stage_name: str
    rule_name: str
    start_time: Instant
    last_update_time: Instant
    status: ActionStatus
    input: RuleInput
    output: RuleOutput


class RuleExecutionsTold(Telling, frozen=True, kw_only=True):
    """The answer of ListRuleExecutions."""

    rule_execution_details: tuple[RuleExecutionDetail, ...]
    next_token: str | None = None


class TargetFilter(Asking, frozen=True, kw_only=True):
    """Which targets are listed."""

    name: Literal["TARGET_STATUS"] | None = None
    values: tuple[Annotated[str, Meta(min_length=1)], ...] = ()


class ListDeployActionExecutionTargets(Asking, frozen=True, kw_only=True):
    """Where a deploy action put things; only deployments to instances have targets."""

    pipeline_name: Name | None = None
    action_execution_id: str
    filters: tuple[TargetFilter, ...] = ()
    max_results: PageSize = 100
    next_token: NextToken | None = None


class TargetsTold(Telling, frozen=True, kw_only=True):
    """The answer of ListDeployActionExecutionTargets; no provider here has any target."""

    targets: tuple[()]
