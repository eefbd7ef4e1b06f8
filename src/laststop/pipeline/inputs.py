"""What may be asked of the rules: a closed set of inputs, and the one way they say no."""

from typing import Literal

import msgspec

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.state import StageSuccess
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.facts_pipeline import RetryMode, TriggerType
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from laststop.words.overrides import SourceOverride


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """The root of the closed set."""


class Declare(Input, frozen=True, kw_only=True):
    """The pipeline's declaration as its file has it now; an equal one changes nothing."""

    declaration: Pipeline


class Delete(Input, frozen=True, kw_only=True):
    """The pipeline goes, with its history and whatever runs in it."""


class Want(Input, frozen=True, kw_only=True):
    """A source changed; or, `anyway`, a run is wanted even if none did since the newest run."""

    cause: str
    anyway: bool = False
    trigger: TriggerType = "CloudWatchEvent"


class Begin(Input, frozen=True, kw_only=True):
    """Turn the mark into a run, if the rules allow one now; `heads` is what its sources would give.

    `at_once` is CodePipeline's own rule: a source that moved begins a run, whatever is under way.
    """

    run: RunId
    heads: Bill
    at_once: bool = False


class Start(Input, frozen=True, kw_only=True):
    """Somebody asks for a run, whatever the sources say.

    `token` is the client's request token: a second start with the same one is the first one's echo.
    `revisions` pins source actions; `trigger` and `detail` are kept with the run.
    """

    run: RunId
    cause: str
    variables: dict[str, str] = {}
    revisions: tuple[SourceOverride, ...] = ()
    token: str = ""
    trigger: TriggerType = "StartPipelineExecution"
    detail: str = ""


class Succeeded(msgspec.Struct, frozen=True, kw_only=True):
    """A provider's good end."""

    artifacts: tuple[Artifact, ...] = ()
    variables: dict[str, str] = {}
    revision: Revision | None = None
    summary: str = ""
    external_id: str = ""


class Continued(msgspec.Struct, frozen=True, kw_only=True):
    """A job's end with a continuation token."""

    token: str


class Report(Input, frozen=True, kw_only=True):
    """What became of one job of an attempt."""

    key: AttemptKey
    job: int
    outcome: Succeeded | Continued | Failure


class Stop(Input, frozen=True, kw_only=True):
    """End a run: wait for what is in progress, or abandon it."""

    run: RunId
    abandon: bool = False
    reason: str = ""


class Retry(Input, frozen=True, kw_only=True):
    """Go on with a failed or stopped run in the stage where it ended."""

    run: RunId
    stage: str
    mode: RetryMode = "FAILED_ACTIONS"


class Rollback(Input, frozen=True, kw_only=True):
    """Run a stage again, as a new run, with what a run that once succeeded there had.

    `past` is what the target had when it succeeded in the stage, as the tables tell it; None when it never
    did. `known` is whether there is such a run at all.
    """

    run: RunId
    stage: str
    target: RunId
    past: StageSuccess | None = None
    known: bool = True
    by: str = ""


class SetTransition(Input, frozen=True, kw_only=True):
    """Open or close the way into a stage, or, `Outbound`, the way out of it: that into the next one."""

    stage: str
    enabled: bool
    direction: Literal["Inbound", "Outbound"] = "Inbound"
    reason: str = ""
    by: str = ""


class Approve(Input, frozen=True, kw_only=True):
    """A person's answer to a manual approval; `token` is the one the waiting attempt shows."""

    stage: str
    action: str
    token: str
    approved: bool
    summary: str = ""
    by: str = ""


class OverrideCondition(Input, frozen=True, kw_only=True):
    """Let a run go on although a stage's condition says no."""

    run: RunId
    stage: str
    gate: Literal["BEFORE_ENTRY", "ON_SUCCESS"]


class TimePassed(Input, frozen=True, kw_only=True):
    """Nothing happened but time."""


AnyInput = (
    Declare
    | Delete
    | Want
    | Begin
    | Start
    | Report
    | Stop
    | Retry
    | Rollback
    | SetTransition
    | Approve
    | OverrideCondition
    | TimePassed
)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The rules say no: CodePipeline's own error code, and why in a sentence."""

    code: str
    message: str
