"""The pipeline's live state: small, frozen, and rebuilt from facts alone.

Per stage it holds who is inside, who waits before it, who was there last and what last succeeded; per live
run its attempts, outputs and frozen variables. Ended runs leave it, except those that could still be retried;
and older versions of the declaration leave it with the last run that is pinned to them. So its size follows
the declaration, not the history.
"""

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from laststop.pipeline.declaration import ExecutionMode, Pipeline, Stage
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.facts_gates import ConditionEnd, Gate
from laststop.words.facts_pipeline import TriggerType
from laststop.words.ids import AttemptKey, RunId
from laststop.words.instants import Instant
from laststop.words.overrides import SourceOverride

ActionStatus = Literal["Idle", "InProgress", "Succeeded", "Failed", "Abandoned"]
RunStatus = Literal["InProgress", "Stopping", "Failed", "Stopped"]


class ActionRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest attempt at one action or rule; `Idle` means that a retry will start the next one.

    `code` is that of its failure.
    """

    attempt: int
    status: ActionStatus
    provider: str
    configuration: dict[str, str] = {}
    commands: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[str, ...] = ()
    started_at: Instant
    deadline_at: Instant
    job: int = 0
    token: str = ""
    artifacts: tuple[Artifact, ...] = ()
    variables: dict[str, str] = {}
    revision: Revision | None = None
    code: str = ""


class ConditionRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest examination of a condition; `Idle` means that a retry will examine it again."""

    attempt: int
    status: Literal["Idle", "InProgress"] | ConditionEnd

    @property
    def passed(self) -> bool:
        """Whether the run may go on."""
        return self.status in ("Succeeded", "Overridden")


class Retries(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How often a run was retried in a stage: by itself, by a person."""

    automatic: int = 0
    manual: int = 0


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pipeline execution that is under way, or that could still be retried.

    `ordinal` counts starts: a higher one is newer. `version` and `mode` are those of the declaration it
    started with. `stage` is where it is, `inside` whether it is in the stage or waits before it; `dormant`,
    waiting, it stays until another run comes there. `outdated`: the pipeline was updated under it, and it
    ends as soon as nothing of it is in progress. `target`, and the `artifacts` and `outputs` (namespace ->
    key -> value) it began with, are those of a rollback.
    """

    id: RunId
    ordinal: int
    version: int
    mode: ExecutionMode = "SUPERSEDED"
    cause: str
    started_at: Instant
    status: RunStatus = "InProgress"
    stage: str = ""
    inside: bool = False
    dormant: bool = False
    outdated: bool = False
    variables: dict[str, str] = {}
    overrides: tuple[SourceOverride, ...] = ()
    token: str = ""
    target: RunId | None = None
    artifacts: tuple[Artifact, ...] = ()
    outputs: dict[str, dict[str, str]] = {}
    actions: dict[str, dict[str, ActionRun]] = {}
    conditions: dict[str, dict[Gate, ConditionRun]] = {}
    bill: Bill | None = None
    retries: dict[str, Retries] = {}

    @property
    def live(self) -> bool:
        """Whether anything may still happen to it by itself."""
        return self.status in ("InProgress", "Stopping")

    @property
    def locks(self) -> bool:
        """Whether it takes part in locks and slots; runs in PARALLEL mode do not."""
        return self.mode != "PARALLEL"

    @property
    def is_rollback(self) -> bool:
        """Whether it runs one stage again with what an earlier run had."""
        return self.target is not None

    def in_stage(self, stage: str) -> dict[str, ActionRun]:
        """Its actions in a stage, by name; no rules."""
        return {name: each for name, each in self.actions.get(stage, {}).items() if ":" not in name}

    def at_gate(self, stage: str, gate: Gate) -> dict[str, ActionRun]:
        """The rules of a stage's condition, by name with its gate before it: `onSuccess:NAME`."""
        begin = f"{gate}:"
        return {name: each for name, each in self.actions.get(stage, {}).items() if name.startswith(begin)}

    def condition(self, stage: str, gate: Gate) -> ConditionRun | None:
        """How a condition stands; None while it was never examined."""
        return self.conditions.get(stage, {}).get(gate)

    def open_attempts(self) -> Iterator[tuple[AttemptKey, ActionRun]]:
        """Every attempt at an action or rule that was requested and has not ended."""
        for stage, actions in self.actions.items():
            for name, action in actions.items():
                if action.status == "InProgress":
                    yield AttemptKey(run=self.id, stage=stage, action=name, attempt=action.attempt), action


class StageSuccess(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a run had when it succeeded in a stage: all that running the stage again with it needs.

    `artifacts` and `outputs` (namespace -> key -> value) are those of the stages before it. `rollback`: the
    run was itself a way back.
    """

    run: RunId
    version: int
    bill: Bill = Bill()
    variables: dict[str, str] = {}
    artifacts: tuple[Artifact, ...] = ()
    outputs: dict[str, dict[str, str]] = {}
    rollback: bool = False


class StageState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stage's lock (`occupant`), who waits before it, and its transition.

    `inbound` is one run at most in SUPERSEDED mode, a queue in QUEUED mode. `latest` entered last, and is the
    only one that can be retried here. `success` is the last one of the current version, and what an
    automatic rollback goes back to. Runs in PARALLEL mode leave no trace here.
    """

    occupant: RunId | None = None
    inbound: tuple[RunId, ...] = ()
    latest: RunId | None = None
    success: StageSuccess | None = None
    enabled: bool = True
    disabled_reason: str = ""
    changed_by: str = ""
    changed_at: Instant | None = None


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything the rules look at. `wanted` is the cause of the run that is wanted, or None.

    `declaration` is that of `version`; `definitions` are older ones that runs are still pinned to.
    `outdated_tokens` are those of the approvals that the last update of the pipeline took back.
    """

    pipeline: str
    version: int = 0
    declaration: Pipeline | None = None
    definitions: dict[int, Pipeline] = {}
    clock: Instant | None = None
    ordinal: int = 0
    wanted: str | None = None
    wanted_anyway: bool = False
    wanted_trigger: TriggerType = "CloudWatchEvent"
    newest: RunId | None = None
    newest_bill: Bill | None = None
    outdated_tokens: tuple[str, ...] = ()
    stages: dict[str, StageState] = {}
    runs: dict[RunId, Run] = {}

    def stage(self, name: str) -> StageState:
        """The state of a stage; one that nothing was told of is empty and open."""
        return self.stages.get(name) or StageState()

    def definition(self, run: Run) -> Pipeline | None:
        """The declaration a run is pinned to."""
        return self.declaration if run.version == self.version else self.definitions.get(run.version)

    def declared(self, run: Run) -> Stage | None:
        """The stage a run is at, as the run's own declaration has it."""
        definition = self.definition(run)
        return definition.stage(run.stage) if definition else None

    def in_order(self) -> list[Run]:
        """All runs, the oldest first."""
        return sorted(self.runs.values(), key=lambda run: run.ordinal)

    def waiting(self, stage: str) -> list[Run]:
        """Live runs that wait before a stage, in the order they are let in."""
        order = {run: place for place, run in enumerate(self.stage(stage).inbound)}
        waits = [run for run in self.in_order() if run.live and not run.inside and run.stage == stage]
        return sorted(waits, key=lambda run: order.get(run.id, len(order)))

    def with_stage(self, name: str, **changes: Any) -> "State":
        """Another state of one stage."""
        return replace(self, stages={**self.stages, name: replace(self.stage(name), **changes)})

    def with_run(self, run: Run) -> "State":
        """Another state of one run, or one more run."""
        return replace(self, runs={**self.runs, run.id: run})


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(State)


def encode_state(state: State) -> bytes:
    """The state as the store keeps it; equal states give equal bytes."""
    return _encoder.encode(state)


def decode_state(body: bytes) -> State:
    """Read what `encode_state` wrote."""
    return _decoder.decode(body)
