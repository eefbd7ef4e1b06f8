"""Facts of the pipeline: complete enough to rebuild its state, and named as CodePipeline names things."""

from typing import Any, Literal

from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import Instant

RetryMode = Literal["FAILED_ACTIONS", "ALL_ACTIONS"]


class PipelineFact(Fact, frozen=True, kw_only=True):
    """A fact about a pipeline as a whole."""

    pipeline: str

    @property
    def subject(self) -> str:
        """The pipeline."""
        return self.pipeline


class PipelineDeclared(PipelineFact, frozen=True, kw_only=True, tag="pipeline.declared"):
    """The pipeline was created or updated; `version` grows by one each time."""

    version: int
    declaration: dict[str, Any]


class StartWanted(PipelineFact, frozen=True, kw_only=True, tag="start.wanted"):
    """One more run is wanted. A mark, not a queue.

    `anyway`: also when the newest run had the same heads; the site may not show them, after a hold.
    """

    cause: str
    anyway: bool = False


class StartDropped(PipelineFact, frozen=True, kw_only=True, tag="start.dropped"):
    """The mark was taken back: the newest run already has the newest heads."""

    carried_by: RunId


class TransitionSet(PipelineFact, frozen=True, kw_only=True, tag="transition.set"):
    """The way into a stage was opened or closed."""

    stage: str
    enabled: bool
    reason: str = ""


class RunStarted(RunFact, frozen=True, kw_only=True, tag="run.started"):
    """A run was decided."""

    cause: str
    pipeline_version: int
    automatic: bool = False
    variables: dict[str, str] = {}


class RunWaiting(StageFact, frozen=True, kw_only=True, tag="run.waiting"):
    """A run came to the inbound slot of a stage."""


class BillClosed(RunFact, frozen=True, kw_only=True, tag="run.bill_closed"):
    """Every source has given its revision; nothing later reads a source again."""

    bill: Bill


class RunSucceeded(RunFact, frozen=True, kw_only=True, tag="run.succeeded"):
    """The last stage succeeded."""


class RunFailed(StageFact, frozen=True, kw_only=True, tag="run.failed"):
    """A stage failed; the run stays there until a retry, or until a newer one enters."""


class RunStopping(RunFact, frozen=True, kw_only=True, tag="run.stopping"):
    """Somebody asked the run to stop."""

    abandon: bool
    reason: str = ""


class RunStopped(RunFact, frozen=True, kw_only=True, tag="run.stopped"):
    """Nothing of the run is in progress any more."""


class RunSuperseded(RunFact, frozen=True, kw_only=True, tag="run.superseded"):
    """A newer run took its place in an inbound slot."""

    by: RunId


class RunCancelled(RunFact, frozen=True, kw_only=True, tag="run.cancelled"):
    """The pipeline was updated under the run."""


class StageEntered(StageFact, frozen=True, kw_only=True, tag="stage.entered"):
    """The run holds the stage's lock."""


class StageRetried(StageFact, frozen=True, kw_only=True, tag="stage.retried"):
    """A failed or stopped run goes on in its stage."""

    mode: RetryMode
    automatic: bool = False


class StageSucceeded(StageFact, frozen=True, kw_only=True, tag="stage.succeeded"):
    """All actions of the stage succeeded; its lock is free."""


class StageFailed(StageFact, frozen=True, kw_only=True, tag="stage.failed"):
    """An action failed and none is in progress any more; the lock is free."""


class StageStopped(StageFact, frozen=True, kw_only=True, tag="stage.stopped"):
    """The run was stopped here; the lock is free."""


class ActionStarted(ActionFact, frozen=True, kw_only=True, tag="action.started"):
    """An attempt was requested, with everything its provider needs, variables resolved."""

    provider: str
    configuration: dict[str, str] = {}
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[str, ...] = ()
    deadline_at: Instant


class ActionContinued(ActionFact, frozen=True, kw_only=True, tag="action.continued"):
    """A job ended with a continuation token; the next job of the attempt gets it."""

    job: int
    token: str
    deadline_at: Instant


class ActionSucceeded(ActionFact, frozen=True, kw_only=True, tag="action.succeeded"):
    """An attempt ended well."""

    artifacts: tuple[Artifact, ...] = ()
    variables: dict[str, str] = {}
    revision: Revision | None = None
    summary: str = ""
    external_id: str = ""


class ActionFailed(ActionFact, frozen=True, kw_only=True, tag="action.failed"):
    """An attempt ended badly."""

    failure: Failure


class ActionAbandoned(ActionFact, frozen=True, kw_only=True, tag="action.abandoned"):
    """An attempt was given up; what its provider does meanwhile no longer matters."""


class ReportIgnored(ActionFact, frozen=True, kw_only=True, tag="report.ignored"):
    """A report came for an attempt that had ended, or never was."""

    reason: str
