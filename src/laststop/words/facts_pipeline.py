"""Facts of the pipeline: complete enough to rebuild its state, and named as CodePipeline names things."""

from typing import Any, Literal

from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import Instant
from laststop.words.overrides import SourceOverride

RetryMode = Literal["FAILED_ACTIONS", "ALL_ACTIONS"]
ExecutionType = Literal["STANDARD", "ROLLBACK"]
TriggerType = Literal[
    "CreatePipeline",
    "StartPipelineExecution",
    "PollForSourceChanges",
    "Webhook",
    "WebhookV2",
    "CloudWatchEvent",
    "PutActionRevision",
    "ManualRollback",
    "AutomatedRollback",
]
"""How a run came about, in CodePipeline's words."""


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


class PipelineDeleted(PipelineFact, frozen=True, kw_only=True, tag="pipeline.deleted"):
    """The pipeline is gone, with its history; one that is created under its name is another one."""


class StartWanted(PipelineFact, frozen=True, kw_only=True, tag="start.wanted"):
    """One more run is wanted. A mark, not a queue.

    `anyway`: also when the newest run had the same heads; the site may not show them, after a hold.
    """

    cause: str
    anyway: bool = False
    trigger: TriggerType = "CloudWatchEvent"


class StartDropped(PipelineFact, frozen=True, kw_only=True, tag="start.dropped"):
    """The mark was taken back: the newest run already has the newest heads."""

    carried_by: RunId


class TransitionSet(PipelineFact, frozen=True, kw_only=True, tag="transition.set"):
    """The way into a stage was opened or closed, by whom, and why.

    `dormant`: runs that wait there and stay, because the way was closed for too long; the next run that
    comes there wakes them.
    """

    stage: str
    enabled: bool
    reason: str = ""
    by: str = ""
    dormant: tuple[RunId, ...] = ()


class RunStarted(RunFact, frozen=True, kw_only=True, tag="run.started"):
    """A run was decided, and is pinned to a version of its pipeline.

    `variables` are frozen here, `overrides` pin source actions, `token` is the client's request token. A run
    of type `ROLLBACK` has the `artifacts` and output variables (`outputs`, by namespace) that its `target`
    had before the stage it runs again.
    """

    cause: str
    pipeline_version: int
    automatic: bool = False
    variables: dict[str, str] = {}
    overrides: tuple[SourceOverride, ...] = ()
    token: str = ""
    trigger: TriggerType = "CloudWatchEvent"
    detail: str = ""
    execution_type: ExecutionType = "STANDARD"
    target: RunId | None = None
    artifacts: tuple[Artifact, ...] = ()
    outputs: dict[str, dict[str, str]] = {}


class RunWaiting(StageFact, frozen=True, kw_only=True, tag="run.waiting"):
    """A run came to the way into a stage: its inbound slot, or the end of its queue."""


class BillClosed(RunFact, frozen=True, kw_only=True, tag="run.bill_closed"):
    """Every source has given its revision; nothing later reads a source again."""

    bill: Bill


class RunSucceeded(RunFact, frozen=True, kw_only=True, tag="run.succeeded"):
    """The last stage succeeded."""


class RunFailed(StageFact, frozen=True, kw_only=True, tag="run.failed"):
    """A stage failed; the run stays there until a retry, or until a newer one enters.

    `reason` is told when no action says why: variables without a value, a condition.
    """

    reason: str = ""


class RunStopping(RunFact, frozen=True, kw_only=True, tag="run.stopping"):
    """Somebody asked the run to stop."""

    abandon: bool
    reason: str = ""


class RunStopped(RunFact, frozen=True, kw_only=True, tag="run.stopped"):
    """Nothing of the run is in progress any more."""


class RunSuperseded(RunFact, frozen=True, kw_only=True, tag="run.superseded"):
    """A newer run took its place in an inbound slot."""

    by: RunId


class RunOutdated(RunFact, frozen=True, kw_only=True, tag="run.outdated"):
    """The pipeline was updated under the run: what is in progress ends, nothing else begins."""


class RunCancelled(RunFact, frozen=True, kw_only=True, tag="run.cancelled"):
    """The run ended because the pipeline was updated under it."""


class StageEntered(StageFact, frozen=True, kw_only=True, tag="stage.entered"):
    """The run holds the stage's lock."""


class StageRetried(StageFact, frozen=True, kw_only=True, tag="stage.retried"):
    """A failed or stopped run goes on in its stage."""

    mode: RetryMode
    automatic: bool = False


class StageSucceeded(StageFact, frozen=True, kw_only=True, tag="stage.succeeded"):
    """All actions of the stage succeeded; its lock is free."""


class StageFailed(StageFact, frozen=True, kw_only=True, tag="stage.failed"):
    """An action or a condition failed and none is in progress any more; the lock is free."""


class StageSkipped(StageFact, frozen=True, kw_only=True, tag="stage.skipped"):
    """The condition before the stage said no; none of its actions ran, the lock is free, the run goes on."""


class StageCancelled(StageFact, frozen=True, kw_only=True, tag="stage.cancelled"):
    """The pipeline was updated while the run was here; the lock is free."""


class StageStopped(StageFact, frozen=True, kw_only=True, tag="stage.stopped"):
    """The run was stopped here; the lock is free."""


class ActionStarted(ActionFact, frozen=True, kw_only=True, tag="action.started"):
    """An attempt was requested, with everything its provider needs, variables resolved.

    The attempt of a rule has its gate before its name: `beforeEntry:NAME`.
    """

    provider: str
    configuration: dict[str, str] = {}
    commands: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[str, ...] = ()
    deadline_at: Instant


class ActionContinued(ActionFact, frozen=True, kw_only=True, tag="action.continued"):
    """A job ended with a continuation token; the next job of the attempt gets it."""

    job: int
    token: str
    deadline_at: Instant


class ActionSucceeded(ActionFact, frozen=True, kw_only=True, tag="action.succeeded"):
    """An attempt ended well; `by` whom, when a person decided it."""

    artifacts: tuple[Artifact, ...] = ()
    variables: dict[str, str] = {}
    revision: Revision | None = None
    summary: str = ""
    external_id: str = ""
    by: str = ""


class ActionFailed(ActionFact, frozen=True, kw_only=True, tag="action.failed"):
    """An attempt ended badly; `by` whom, when a person decided it."""

    failure: Failure
    by: str = ""


class ActionAbandoned(ActionFact, frozen=True, kw_only=True, tag="action.abandoned"):
    """An attempt was given up; what its provider does meanwhile no longer matters."""


class ReportIgnored(ActionFact, frozen=True, kw_only=True, tag="report.ignored"):
    """A report came for an attempt that had ended, or never was."""

    reason: str
