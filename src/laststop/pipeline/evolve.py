"""How a fact changes the state: total, no rule, no clock. The only thing that replay calls."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.evolve_attempts import (
    action_changed,
    action_started,
    condition_ended,
    condition_started,
)
from laststop.pipeline.evolve_stages import (
    stage_entered,
    stage_left,
    stage_retried,
    transition_set,
    without_run,
)
from laststop.pipeline.state import Run, State
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as f
from laststop.words.fact import Fact, RunFact

AT_REST_MAX = 50
"""So many ended runs of PARALLEL mode can still be retried; those of other modes are one per stage."""


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


def _declared(state: State, fact: f.PipelineDeclared) -> State:
    """A new version. Runs at rest cannot be retried any more; live ones are pinned to what they had."""
    declaration = msgspec.convert(fact.declaration, Pipeline)
    runs = {run.id: run for run in state.runs.values() if run.live}
    known = dict(state.definitions)
    if state.declaration is not None:
        known[state.version] = state.declaration
    pinned = {run.version for run in runs.values()}
    kept = {s.name: state.stage(s.name) for s in declaration.stages}
    kept |= {name: stage for name, stage in state.stages.items() if stage.occupant in runs}
    stages = {
        name: replace(
            stage,
            occupant=stage.occupant if stage.occupant in runs else None,
            inbound=tuple(run for run in stage.inbound if run in runs),
            latest=None,
            success=None,
        )
        for name, stage in kept.items()
    }
    return replace(
        state,
        version=fact.version,
        declaration=declaration,
        definitions={version: each for version, each in known.items() if version in pinned},
        stages=stages,
        runs=runs,
        newest_bill=None,
    )


def _deleted(state: State, _: f.PipelineDeleted) -> State:
    """As if it had never been declared; only its clock goes on."""
    return State(pipeline=state.pipeline)


def _run_started(state: State, fact: f.RunStarted) -> State:
    """A start takes the mark along; a rollback is no start: mark and newest heads stay."""
    run = Run(
        id=fact.run,
        ordinal=state.ordinal + 1,
        version=fact.pipeline_version,
        mode=state.declaration.execution_mode if state.declaration else "SUPERSEDED",
        cause=fact.cause,
        started_at=fact.at,
        variables=fact.variables,
        overrides=fact.overrides,
        token=fact.token,
        target=fact.target,
        artifacts=fact.artifacts,
        outputs=fact.outputs,
    )
    state = replace(state.with_run(run), ordinal=run.ordinal)
    if run.is_rollback:
        return state
    return replace(_dropped(state, fact), newest=fact.run, newest_bill=None)


def _run_waiting(state: State, fact: f.RunWaiting) -> State:
    """Who comes to a stage wakes those that wait there; whether it takes part in the queue says its mode."""
    awake = {run.id: replace(run, dormant=False) for run in state.waiting(fact.stage) if run.dormant}
    run = replace(state.runs[fact.run], stage=fact.stage, inside=False)
    state = replace(state, runs={**state.runs, **awake, run.id: run})
    if not run.locks:
        return state
    return state.with_stage(fact.stage, inbound=(*state.stage(fact.stage).inbound, fact.run))


def _bill_closed(state: State, fact: f.BillClosed) -> State:
    run = state.runs[fact.run]
    state = state.with_run(replace(run, bill=fact.bill))
    is_newest = state.newest == fact.run and run.version == state.version
    return replace(state, newest_bill=fact.bill) if is_newest else state


def _run_rests(state: State, fact: f.RunFailed | f.RunStopped) -> State:
    """Failed or stopped: it stays while it could be retried, else it leaves."""
    run = state.runs[fact.run]
    if run.version != state.version or not _has_begun(state, run):
        return without_run(state, fact.run)
    status = "Failed" if isinstance(fact, f.RunFailed) else "Stopped"
    state = state.with_run(replace(run, status=status, inside=False))
    at_rest = [each.id for each in state.in_order() if not each.locks and not each.live]
    for oldest in at_rest[:-AT_REST_MAX]:
        state = without_run(state, oldest)
    return state


def _has_begun(state: State, run: Run) -> bool:
    """Whether the stage it is at would let it retry: it came in, and nobody has since."""
    if run.locks:
        return state.stage(run.stage).latest == run.id
    return run.stage in run.actions or run.stage in run.conditions


def _run_gone(state: State, fact: f.RunSucceeded | f.RunSuperseded | f.RunCancelled) -> State:
    return without_run(state, fact.run)


def _run_stopping(state: State, fact: f.RunStopping) -> State:
    return state.with_run(replace(state.runs[fact.run], status="Stopping"))


def _run_outdated(state: State, fact: f.RunOutdated) -> State:
    return state.with_run(replace(state.runs[fact.run], outdated=True))


def _wanted(state: State, fact: f.StartWanted) -> State:
    anyway = state.wanted_anyway or fact.anyway
    first = state.wanted is None or fact.anyway
    return replace(
        state,
        wanted=fact.cause if first else state.wanted,
        wanted_anyway=anyway,
        wanted_trigger=fact.trigger if first else state.wanted_trigger,
    )


def _dropped(state: State, _: f.StartDropped | f.RunStarted) -> State:
    return replace(state, wanted=None, wanted_anyway=False, wanted_trigger="CloudWatchEvent")


def _unchanged(state: State, _: f.ReportIgnored) -> State:
    return state


_APPLY: dict[type[Fact], Callable[[State, Any], State]] = {
    f.PipelineDeclared: _declared,
    f.PipelineDeleted: _deleted,
    f.StartWanted: _wanted,
    f.StartDropped: _dropped,
    f.TransitionSet: transition_set,
    f.RunStarted: _run_started,
    f.RunWaiting: _run_waiting,
    f.BillClosed: _bill_closed,
    f.RunSucceeded: _run_gone,
    f.RunFailed: _run_rests,
    f.RunStopping: _run_stopping,
    f.RunStopped: _run_rests,
    f.RunSuperseded: _run_gone,
    f.RunOutdated: _run_outdated,
    f.RunCancelled: _run_gone,
    f.StageEntered: stage_entered,
    f.StageRetried: stage_retried,
    f.StageSucceeded: stage_left,
    f.StageFailed: stage_left,
    f.StageSkipped: stage_left,
    f.StageStopped: stage_left,
    f.StageCancelled: stage_left,
    g.ConditionStarted: condition_started,
    g.ConditionEnded: condition_ended,
    f.ActionStarted: action_started,
    f.ActionContinued: action_changed,
    f.ActionSucceeded: action_changed,
    f.ActionFailed: action_changed,
    f.ActionAbandoned: action_changed,
    f.ReportIgnored: _unchanged,
}
