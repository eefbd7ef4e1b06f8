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
    Begin,
    Declare,
    Refused,
    Report,
    Retry,
    SetTransition,
    Start,
    Stop,
    TimePassed,
    Want,
)
from laststop.pipeline.reports import expire, take_report
from laststop.pipeline.settle import settle
from laststop.pipeline.starts import may_begin
from laststop.pipeline.state import State
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
            draft.tell(f.StartWanted, cause=asked.cause)
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
    """The mark becomes a run, unless the newest run already has these heads."""
    state = draft.state
    if state.wanted is None or may_begin(state) is not None:
        return
    carried = state.newest_bill
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
    run = state.runs.get(asked.run)
    if run is None or state.stage(asked.stage).latest != asked.run:
        return Refused(
            code="NotLatestPipelineExecutionException",
            message=f"run {asked.run} is not the latest in {asked.stage}: a newer one entered it",
        )
    if run.live or run.stage != asked.stage:
        return Refused(
            code="StageNotRetryableException",
            message=f"run {asked.run} did not fail in {asked.stage}; it is {run.status} at {run.stage}",
        )
    if state.stage(asked.stage).occupant is not None:
        return Refused(code="ConflictException", message=f"{asked.stage} is held by another run")
    draft.tell(f.StageRetried, run=run.id, stage=asked.stage, mode=asked.mode)
    return None


def _set_transition(draft: Draft, asked: SetTransition) -> Refused | None:
    if draft.declaration.stage(asked.stage) is None:
        return Refused(code="StageNotFoundException", message=f"no stage is named {asked.stage!r}")
    if draft.state.stage(asked.stage).enabled != asked.enabled:
        draft.tell(f.TransitionSet, stage=asked.stage, enabled=asked.enabled, reason=asked.reason)
    return None
