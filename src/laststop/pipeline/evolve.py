"""How a fact changes the state: total, no rule, no clock. The only thing that replay calls."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.state import ActionRun, Run, StageState, State
from laststop.words import facts_pipeline as f
from laststop.words.fact import ActionFact, Fact, RunFact
from laststop.words.ids import RunId


def evolve(state: State, fact: Fact) -> State:
    """The state after a fact. A fact of another room or another pipeline changes nothing.

    A fact about a run that the state no longer holds moves the clock and nothing else.
    """
    if not isinstance(fact, f.PipelineFact | RunFact) or fact.pipeline != state.pipeline:
        return state
    clock = fact.at if state.clock is None or fact.at > state.clock else state.clock
    if isinstance(fact, RunFact) and fact.run not in state.runs and not isinstance(fact, f.RunStarted):
        return replace(state, clock=clock)
    return replace(_APPLY[type(fact)](state, fact), clock=clock)


def _with_stage(state: State, name: str, **changes: Any) -> State:
    return replace(state, stages={**state.stages, name: replace(state.stage(name), **changes)})


def _with_run(state: State, run: Run) -> State:
    return replace(state, runs={**state.runs, run.id: run})


def _with_action(state: State, fact: ActionFact, action: ActionRun) -> State:
    run = state.runs[fact.run]
    inside = {**run.in_stage(fact.stage), fact.action: action}
    return _with_run(state, replace(run, actions={**run.actions, fact.stage: inside}))


def _without_run(state: State, run: RunId) -> State:
    """Let a run leave: from the runs, and from every lock and slot."""
    stages = {name: _vacated(stage, run) for name, stage in state.stages.items()}
    return replace(state, stages=stages, runs={k: v for k, v in state.runs.items() if k != run})


def _vacated(stage: StageState, run: RunId) -> StageState:
    if run not in (stage.occupant, stage.inbound):
        return stage
    return replace(
        stage,
        occupant=None if stage.occupant == run else stage.occupant,
        inbound=None if stage.inbound == run else stage.inbound,
    )


def _declared(state: State, fact: f.PipelineDeclared) -> State:
    """A new version: runs of the old one cannot be retried any more."""
    declaration = msgspec.convert(fact.declaration, Pipeline)
    kept = {s.name: state.stage(s.name) for s in declaration.stages}
    stages = {name: replace(s, occupant=None, inbound=None, latest=None) for name, s in kept.items()}
    return replace(
        state, version=fact.version, declaration=declaration, stages=stages, runs={}, newest_bill=None
    )


def _run_started(state: State, fact: f.RunStarted) -> State:
    run = Run(
        id=fact.run,
        ordinal=state.ordinal + 1,
        cause=fact.cause,
        started_at=fact.at,
        variables=fact.variables,
    )
    state = replace(
        state,
        ordinal=run.ordinal,
        wanted=None,
        wanted_anyway=False,
        newest=fact.run,
        newest_bill=None,
    )
    return _with_run(state, run)


def _run_waiting(state: State, fact: f.RunWaiting) -> State:
    run = replace(state.runs[fact.run], stage=fact.stage, inside=False)
    return _with_stage(_with_run(state, run), fact.stage, inbound=fact.run)


def _bill_closed(state: State, fact: f.BillClosed) -> State:
    state = _with_run(state, replace(state.runs[fact.run], bill=fact.bill))
    return replace(state, newest_bill=fact.bill) if state.newest == fact.run else state


def _stage_entered(state: State, fact: f.StageEntered) -> State:
    """The lock is taken; the run that rested here, and could be retried until now, leaves."""
    before = state.stage(fact.stage).latest
    state = _with_stage(state, fact.stage, occupant=fact.run, inbound=None, latest=fact.run)
    state = _with_run(state, replace(state.runs[fact.run], stage=fact.stage, inside=True))
    rested = state.runs.get(before) if before is not None else None
    if rested is not None and not rested.live and rested.stage == fact.stage:
        return _without_run(state, rested.id)
    return state


def _stage_retried(state: State, fact: f.StageRetried) -> State:
    run = state.runs[fact.run]
    again = {
        name: replace(action, status="Idle")
        if fact.mode == "ALL_ACTIONS" or action.status in ("Failed", "Abandoned")
        else action
        for name, action in run.in_stage(fact.stage).items()
    }
    retries = run.automatic_retries
    if fact.automatic:
        retries = {**retries, fact.stage: retries.get(fact.stage, 0) + 1}
    run = replace(
        run,
        status="InProgress",
        inside=True,
        stage=fact.stage,
        actions={**run.actions, fact.stage: again},
        automatic_retries=retries,
    )
    return _with_stage(_with_run(state, run), fact.stage, occupant=fact.run)


def _stage_left(state: State, fact: f.StageSucceeded | f.StageFailed | f.StageStopped) -> State:
    changes: dict[str, Any] = {"occupant": None}
    if isinstance(fact, f.StageSucceeded):
        changes["succeeded"] = fact.run
    state = _with_stage(state, fact.stage, **changes)
    return _with_run(state, replace(state.runs[fact.run], inside=False))


def _run_rests(state: State, fact: f.RunFailed | f.RunStopped) -> State:
    """Failed or stopped: it stays while its stage would let it retry, else it leaves."""
    run = state.runs[fact.run]
    if state.stage(run.stage).latest != fact.run:
        return _without_run(state, fact.run)
    status = "Failed" if isinstance(fact, f.RunFailed) else "Stopped"
    return _with_run(state, replace(run, status=status, inside=False))


def _run_gone(state: State, fact: f.RunSucceeded | f.RunSuperseded | f.RunCancelled) -> State:
    return _without_run(state, fact.run)


def _run_stopping(state: State, fact: f.RunStopping) -> State:
    return _with_run(state, replace(state.runs[fact.run], status="Stopping"))


def _action_started(state: State, fact: f.ActionStarted) -> State:
    action = ActionRun(
        attempt=fact.attempt,
        status="InProgress",
        provider=fact.provider,
        configuration=fact.configuration,
        inputs=fact.inputs,
        outputs=fact.outputs,
        started_at=fact.at,
        deadline_at=fact.deadline_at,
    )
    return _with_action(state, fact, action)


def _action_changed(state: State, fact: ActionFact) -> State:
    action = state.runs[fact.run].in_stage(fact.stage).get(fact.action)
    if action is None or action.attempt != fact.attempt:
        return state
    match fact:
        case f.ActionContinued():
            action = replace(action, job=fact.job, token=fact.token, deadline_at=fact.deadline_at)
        case f.ActionSucceeded():
            action = replace(
                action,
                status="Succeeded",
                token="",
                artifacts=fact.artifacts,
                variables=fact.variables,
                revision=fact.revision,
            )
        case f.ActionFailed():
            action = replace(action, status="Failed", token="")
        case _:
            action = replace(action, status="Abandoned", token="")
    return _with_action(state, fact, action)


def _wanted(state: State, fact: f.StartWanted) -> State:
    anyway = state.wanted_anyway or fact.anyway
    cause = fact.cause if fact.anyway else state.wanted or fact.cause
    return replace(state, wanted=cause, wanted_anyway=anyway)


def _dropped(state: State, _: f.StartDropped) -> State:
    return replace(state, wanted=None, wanted_anyway=False)


def _unchanged(state: State, _: f.ReportIgnored) -> State:
    return state


def _transition(state: State, fact: f.TransitionSet) -> State:
    reason = "" if fact.enabled else fact.reason
    return _with_stage(state, fact.stage, enabled=fact.enabled, disabled_reason=reason)


_APPLY: dict[type[Fact], Callable[[State, Any], State]] = {
    f.PipelineDeclared: _declared,
    f.StartWanted: _wanted,
    f.StartDropped: _dropped,
    f.TransitionSet: _transition,
    f.RunStarted: _run_started,
    f.RunWaiting: _run_waiting,
    f.BillClosed: _bill_closed,
    f.RunSucceeded: _run_gone,
    f.RunFailed: _run_rests,
    f.RunStopping: _run_stopping,
    f.RunStopped: _run_rests,
    f.RunSuperseded: _run_gone,
    f.RunCancelled: _run_gone,
    f.StageEntered: _stage_entered,
    f.StageRetried: _stage_retried,
    f.StageSucceeded: _stage_left,
    f.StageFailed: _stage_left,
    f.StageStopped: _stage_left,
    f.ActionStarted: _action_started,
    f.ActionContinued: _action_changed,
    f.ActionSucceeded: _action_changed,
    f.ActionFailed: _action_changed,
    f.ActionAbandoned: _action_changed,
    f.ReportIgnored: _unchanged,
}
