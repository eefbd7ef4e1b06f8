"""A pipeline as CodePipeline declares it, decoded.

The values mirror CodePipeline's own pipeline structure; field names on the wire are its camelCase names.
Source: `PipelineDeclaration` and what it refers to in botocore's CodePipeline model (1.43).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from laststop.words.facts_gates import GATES, Gate

ExecutionMode = Literal["SUPERSEDED", "QUEUED", "PARALLEL"]
Category = Literal["Source", "Build", "Test", "Deploy", "Approval", "Invoke", "Compute"]


class _Wire(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True
):
    """Shared decoding rules: CodePipeline's spelling, no unknown keys."""


class ActionTypeId(_Wire, frozen=True, kw_only=True):
    """Which provider does the work."""

    category: Category
    owner: Literal["AWS", "ThirdParty", "Custom"]
    provider: str
    version: str = "1"

    @property
    def text(self) -> str:
        """`Source/AWS/S3/1`."""
        return f"{self.category}/{self.owner}/{self.provider}/{self.version}"


class ArtifactName(_Wire, frozen=True, kw_only=True):
    """A reference to, or a promise of, an artifact."""

    name: str
    files: tuple[str, ...] = ()


class EnvironmentVariable(_Wire, frozen=True, kw_only=True):
    """A variable of a Commands action."""

    name: str
    value: str
    type: Literal["PLAINTEXT", "SECRETS_MANAGER"] = "PLAINTEXT"


class Action(_Wire, frozen=True, kw_only=True):
    """One step: its provider, what goes in, what comes out."""

    name: str
    action_type_id: ActionTypeId
    run_order: int = 1
    configuration: dict[str, str] = {}
    input_artifacts: tuple[ArtifactName, ...] = ()
    output_artifacts: tuple[ArtifactName, ...] = ()
    namespace: str = ""
    region: str = ""
    role_arn: str = ""
    timeout_in_minutes: int | None = None
    commands: tuple[str, ...] = ()
    output_variables: tuple[str, ...] = ()
    environment_variables: tuple[EnvironmentVariable, ...] = ()

    @property
    def is_source(self) -> bool:
        """Whether it reads a source."""
        return self.action_type_id.category == "Source"


class RuleTypeId(_Wire, frozen=True, kw_only=True):
    """Which provider judges a rule."""

    category: Literal["Rule"] = "Rule"
    owner: Literal["AWS"] = "AWS"
    provider: str
    version: str = "1"

    @property
    def text(self) -> str:
        """`Rule/AWS/VariableCheck/1`."""
        return f"{self.category}/{self.owner}/{self.provider}/{self.version}"


class Rule(_Wire, frozen=True, kw_only=True):
    """One test of a condition."""

    name: str
    rule_type_id: RuleTypeId
    configuration: dict[str, str] = {}
    commands: tuple[str, ...] = ()
    input_artifacts: tuple[ArtifactName, ...] = ()
    region: str = ""
    role_arn: str = ""
    timeout_in_minutes: int | None = None


class Condition(_Wire, frozen=True, kw_only=True):
    """Rules that must all pass, and what happens when one does not."""

    result: Literal["ROLLBACK", "FAIL", "RETRY", "SKIP"] | None = None
    rules: tuple[Rule, ...] = ()


class StageConditions(_Wire, frozen=True, kw_only=True):
    """The conditions at one gate of a stage; CodePipeline takes exactly one."""

    conditions: tuple[Condition, ...]


class RetryConfiguration(_Wire, frozen=True, kw_only=True):
    """What an automatic retry runs again."""

    retry_mode: Literal["FAILED_ACTIONS", "ALL_ACTIONS"] = "FAILED_ACTIONS"


class OnFailure(_Wire, frozen=True, kw_only=True):
    """What happens when a stage fails: a result, or conditions that decide about one."""

    result: Literal["ROLLBACK", "RETRY", "FAIL", "SKIP"] | None = None
    retry_configuration: RetryConfiguration | None = None
    conditions: tuple[Condition, ...] = ()


class Blocker(_Wire, frozen=True, kw_only=True):
    """Reserved by CodePipeline; an empty list of them is what older tools print."""

    name: str
    type: Literal["Schedule"]


class Stage(_Wire, frozen=True, kw_only=True):
    """Actions that share one lock, and the gates around them."""

    name: str
    actions: tuple[Action, ...]
    before_entry: StageConditions | None = None
    on_success: StageConditions | None = None
    on_failure: OnFailure | None = None
    blockers: tuple[Blocker, ...] = ()

    @property
    def run_orders(self) -> tuple[int, ...]:
        """The run orders that occur, ascending; actions of equal order run side by side."""
        return tuple(sorted({action.run_order for action in self.actions}))

    def action(self, name: str) -> Action | None:
        """The action of that name."""
        return next((action for action in self.actions if action.name == name), None)

    def condition(self, gate: Gate) -> Condition | None:
        """The condition at a gate, if there is one."""
        at = {"beforeEntry": self.before_entry, "onSuccess": self.on_success, "onFailure": self.on_failure}
        around = at[gate]
        return next(iter(around.conditions), None) if around else None

    def rule(self, attempt: str) -> Rule | None:
        """The rule whose attempts are named so: `beforeEntry:NAME`."""
        gate, _, name = attempt.partition(":")
        found = (self.condition(each) for each in GATES if each == gate)
        return next((rule for one in found if one for rule in one.rules if rule.name == name), None)


class PipelineVariable(_Wire, frozen=True, kw_only=True):
    """A variable of the whole pipeline."""

    name: str
    default_value: str | None = None
    description: str = ""


class ArtifactStore(_Wire, frozen=True, kw_only=True):
    """Where artifacts are kept on AWS; the embedded home keeps them in its own store."""

    type: Literal["S3"] = "S3"
    location: str = ""
    encryption_key: dict[str, str] | None = None


class Patterns(_Wire, frozen=True, kw_only=True):
    """Globs of what a filter lets through; excludes win over includes."""

    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


class PushFilter(_Wire, frozen=True, kw_only=True):
    """Which pushes start a run: all kinds of patterns that stand here must let one through."""

    branches: Patterns | None = None
    file_paths: Patterns | None = None
    tags: Patterns | None = None


class PullRequestFilter(_Wire, frozen=True, kw_only=True):
    """Which events of pull requests start a run."""

    events: tuple[Literal["OPEN", "UPDATED", "CLOSED"], ...] = ()
    branches: Patterns | None = None
    file_paths: Patterns | None = None


class GitConfiguration(_Wire, frozen=True, kw_only=True):
    """The source action a trigger is about, and its filters; one that matches is enough."""

    source_action_name: str
    push: tuple[PushFilter, ...] = ()
    pull_request: tuple[PullRequestFilter, ...] = ()


class Trigger(_Wire, frozen=True, kw_only=True):
    """What starts a run when something happens in a repository."""

    provider_type: Literal["CodeStarSourceConnection"]
    git_configuration: GitConfiguration


class Pipeline(_Wire, frozen=True, kw_only=True):
    """The whole declaration."""

    name: str
    stages: tuple[Stage, ...]
    role_arn: str = ""
    version: int = 1
    pipeline_type: Literal["V1", "V2"] = "V2"
    execution_mode: ExecutionMode = "SUPERSEDED"
    artifact_store: ArtifactStore | None = None
    artifact_stores: dict[str, ArtifactStore] = {}
    variables: tuple[PipelineVariable, ...] = ()
    triggers: tuple[Trigger, ...] = ()

    def stage(self, name: str) -> Stage | None:
        """The stage of that name."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def stage_after(self, name: str) -> Stage | None:
        """The stage that follows, or None after the last."""
        names = [stage.name for stage in self.stages]
        follows = names.index(name) + 1
        return self.stages[follows] if follows < len(names) else None

    def sources(self) -> Iterator[Action]:
        """The source actions, in declared order."""
        return (action for stage in self.stages for action in stage.actions if action.is_source)
