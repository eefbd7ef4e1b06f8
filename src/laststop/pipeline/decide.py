"""All rules of the pipeline: what follows from an input, as facts.

Theory of operation. `decide` first does what the input asks, then lets the pipeline settle: as long as a
rule applies, it adds the fact and evolves the state, from the last stage back to the first, so that a run
that leaves a stage makes room before the next one looks. The facts of one decision are committed together.

```
 Start, Begin -> waiting(first stage) --enter--> inside --group by group--> stage succeeded
                    ^      |                       |                              |
                    |      +--superseded           +--stage failed --retry--+     +--> waiting(next stage)
                    |                              +--stage stopped -retry--+     +--> run succeeded
                    +-------------------------------------------------------------+
```

A stage holds one run (its lock) and lets one wait (its inbound slot); a newer run that comes to an occupied
slot supersedes the one that waits there; a run inside a stage is never superseded.
Source: AWS CodePipeline user guide, "How pipeline executions work", read 2026-11.
"""

from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import (
    AnyInput,
    Approve,
    Begin,
    Declare,
    OverrideCondition,
    Refused,
    Report,
    Retry,
    Rollback,
    SetTransition,
    Start,
    Stop,
    TimePassed,
    Want,
)
from laststop.pipeline.reports import expire, take_report
from laststop.pipeline.settle import settle
from laststop.pipeline.starts import may_begin
from laststop.pipeline.state import Run, State
from laststop.words import facts_pipeline as f
from laststop.words.fact import Fact
from laststop.words.instants import Instant

Decision = tuple[Fact, ...] | Refused


def decide(state: State, asked: AnyInput, now: Instant) -> Decision:
    """The facts that follow from an input, or a refusal that changes nothing.

    Time never runs backwards: `now` counts as no earlier than the newest fact.
    """
    now = now if state.clock is None else max(now, state.clock)
    draft = Draft(state, now)
    refused = _answer(draft, asked)
    if refused is not None:
        return refused
    settle(draft)
    return tuple(draft.facts)


def _answer(draft: Draft, asked: AnyInput) -> Refused | None:
    """Do what the input asks, before anything settles."""
    if isinstance(asked, Declare):
        _declare(draft, asked)
        return None
    if draft.state.declaration is None:
        return Refused(code="PipelineNotFoundException", message="the pipeline is not declared yet")
    match asked:
        case Want():
            draft.tell(f.StartWanted, cause=asked.cause, anyway=asked.anyway)
        case Begin():
            _begin(draft, asked)
        case Start():
            _start(draft, asked)
        case Report():
            take_report(draft, asked)
        case Stop():
            return _stop(draft, asked)
        case Retry():
            return _retry(draft, asked)
        case SetTransition():
            return _set_transition(draft, asked)
        case Rollback() | Approve() | OverrideCondition():
            return Refused(code="ValidationException", message="stages have no gates here yet")
        case TimePassed():
            expire(draft)
    return None


def _declare(draft: Draft, asked: Declare) -> None:
    """A changed declaration cancels what runs and waits, and asks for one fresh run instead.

    Limit: CodePipeline lets running actions finish before it cancels; here they are abandoned at once.
        Either way nothing of theirs is used: outputs of an abandoned attempt are ignored.
    """
    if draft.state.declaration == asked.declaration:
        return
    first = draft.state.declaration is None
    for run in sorted(draft.state.runs.values(), key=lambda run: run.ordinal):
        if run.live:
            draft.tell(f.RunCancelled, run=run.id)
    draft.declare(asked.declaration)
    cause = "the pipeline was created" if first else "the pipeline's declaration changed"
    draft.tell(f.StartWanted, cause=cause)


def _begin(draft: Draft, asked: Begin) -> None:
    """The mark becomes a run, unless the newest run already has these heads and that is enough."""
    state = draft.state
    if state.wanted is None or may_begin(state) is not None:
        return
    carried = None if state.wanted_anyway else state.newest_bill
    if carried is not None and state.newest is not None and carried.digest == asked.heads.digest:
        draft.tell(f.StartDropped, carried_by=state.newest)
        return
    _run(draft, Start(run=asked.run, cause=state.wanted), automatic=True)


def _start(draft: Draft, asked: Start) -> None:
    _run(draft, asked, automatic=False)


def _run(draft: Draft, asked: Start, *, automatic: bool) -> None:
    declaration = draft.declaration
    variables = {v.name: v.default_value for v in declaration.variables if v.default_value is not None}
    draft.tell(
        f.RunStarted,
        run=asked.run,
        cause=asked.cause,
        pipeline_version=draft.state.version,
        automatic=automatic,
        variables={**variables, **asked.variables},
    )
    draft.wait(asked.run, declaration.stages[0].name)


def _stop(draft: Draft, asked: Stop) -> Refused | None:
    run = draft.state.runs.get(asked.run)
    if run is None or not run.live:
        return Refused(
            code="PipelineExecutionNotStoppableException", message=f"run {asked.run} is not in progress"
        )
    if run.status == "Stopping" and not asked.abandon:
        return Refused(
            code="DuplicatedStopRequestException", message=f"run {asked.run} is already being stopped"
        )
    draft.tell(f.RunStopping, run=run.id, abandon=asked.abandon, reason=asked.reason)
    if asked.abandon:
        draft.abandon_actions(run)
    return None


def _retry(draft: Draft, asked: Retry) -> Refused | None:
    state = draft.state
    if draft.declaration.stage(asked.stage) is None:
        return Refused(code="StageNotFoundException", message=f"no stage is named {asked.stage!r}")
    if state.stage(asked.stage).latest not in (None, asked.run):
        return Refused(
            code="NotLatestPipelineExecutionException",
            message=f"run {asked.run} is not the latest that entered {asked.stage}",
        )
    run = state.runs.get(asked.run)
    why_not = "it has ended, or never was" if run is None else _not_retryable(run, asked)
    if why_not:
        return Refused(
            code="StageNotRetryableException",
            message=f"{asked.stage} cannot be retried for run {asked.run}: {why_not}",
        )
    draft.tell(f.StageRetried, run=asked.run, stage=asked.stage, mode=asked.mode)
    return None


def _not_retryable(run: Run, asked: Retry) -> str:
    """Why a run cannot go on in a stage; nothing when it can.

    Failed actions may be retried while their siblings are at work; all actions only when none is.
    """
    if run.stage != asked.stage:
        return f"it is at {run.stage}"
    if not run.live:
        return ""
    if not run.inside:
        return "it waits there"
    if run.status == "Stopping":
        return "it is being stopped"
    if all(action.status != "Failed" for action in run.in_stage(asked.stage).values()):
        return "no action of it has failed"
    return "actions are in progress" if asked.mode == "ALL_ACTIONS" else ""


def _set_transition(draft: Draft, asked: SetTransition) -> Refused | None:
    if draft.declaration.stage(asked.stage) is None:
        return Refused(code="StageNotFoundException", message=f"no stage is named {asked.stage!r}")
    now = draft.state.stage(asked.stage)
    reason = "" if asked.enabled else asked.reason
    if (now.enabled, now.disabled_reason) != (asked.enabled, reason):
        draft.tell(f.TransitionSet, stage=asked.stage, enabled=asked.enabled, reason=reason)
    return None
