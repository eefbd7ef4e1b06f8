"""The pipeline's live state: small, frozen, and rebuilt from facts alone.

Per stage it holds who is inside, who waits in the inbound slot, who was there last and who last succeeded;
per live run its attempts, outputs and frozen variables. Ended runs leave it, except the one that a stage
would still let retry; so its size follows the declaration, not the history.
"""

from typing import Literal

import msgspec

from laststop.pipeline.declaration import Pipeline
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.ids import RunId
from laststop.words.instants import Instant

ActionStatus = Literal["Idle", "InProgress", "Succeeded", "Failed", "Abandoned"]
RunStatus = Literal["InProgress", "Stopping", "Failed", "Stopped"]


class ActionRun(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest attempt at one action; `Idle` means that a retry will start the next one."""

    attempt: int
    status: ActionStatus
    provider: str
    configuration: dict[str, str] = {}
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[str, ...] = ()
    started_at: Instant
    deadline_at: Instant
    job: int = 0
    token: str = ""
    artifacts: tuple[Artifact, ...] = ()
    variables: dict[str, str] = {}
    revision: Revision | None = None


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A pipeline execution that is under way, or that its stage would still let retry.

    `ordinal` counts starts: a higher one is newer. `stage` is where it is, `inside` whether it holds the
    stage's lock or waits in its inbound slot.
    """

    id: RunId
    ordinal: int
    cause: str
    started_at: Instant
    status: RunStatus = "InProgress"
    stage: str = ""
    inside: bool = False
    variables: dict[str, str] = {}
    actions: dict[str, dict[str, ActionRun]] = {}
    bill: Bill | None = None
    automatic_retries: dict[str, int] = {}

    @property
    def live(self) -> bool:
        """Whether anything may still happen to it by itself."""
        return self.status in ("InProgress", "Stopping")

    def in_stage(self, stage: str) -> dict[str, ActionRun]:
        """Its actions in a stage, by name."""
        return self.actions.get(stage, {})


class StageState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stage's lock (`occupant`), its one inbound slot, and its transition."""

    occupant: RunId | None = None
    inbound: RunId | None = None
    latest: RunId | None = None
    succeeded: RunId | None = None
    enabled: bool = True
    disabled_reason: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything the rules look at. `wanted` is the cause of the run that is wanted, or None."""

    pipeline: str
    version: int = 0
    declaration: Pipeline | None = None
    clock: Instant | None = None
    ordinal: int = 0
    wanted: str | None = None
    wanted_anyway: bool = False
    newest: RunId | None = None
    newest_bill: Bill | None = None
    stages: dict[str, StageState] = {}
    runs: dict[RunId, Run] = {}

    def stage(self, name: str) -> StageState:
        """The state of a declared stage."""
        return self.stages.get(name) or StageState()


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(State)


def encode_state(state: State) -> bytes:
    """The state as the store keeps it; equal states give equal bytes."""
    return _encoder.encode(state)


def decode_state(body: bytes) -> State:
    """Read what `encode_state` wrote."""
    return _decoder.decode(body)
