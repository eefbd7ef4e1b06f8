"""How facts about stages change the state: locks, queues, retries, transitions."""

from typing import Any

from msgspec.structs import replace

from laststop.pipeline.outputs import artifacts_of, outputs_of
from laststop.pipeline.state import ActionRun, ConditionRun, Retries, Run, StageState, StageSuccess, State
from laststop.words import facts_pipeline as f
from laststop.words.bill import Bill
from laststop.words.facts_gates import Gate
from laststop.words.ids import RunId

AGAIN = ("Failed", "Abandoned")
"""What a retry of failed actions starts again."""


def without_run(state: State, run: RunId) -> State:
    """Let a run leave: from the runs, from every lock and queue, and its old declaration with it."""
    stages = {name: _vacated(stage, run) for name, stage in state.stages.items()}
    runs = {id_: each for id_, each in state.runs.items() if id_ != run}
    pinned = {each.version for each in runs.values()}
    definitions = {version: each for version, each in state.definitions.items() if version in pinned}
    return _tidy(replace(state, stages=stages, runs=runs, definitions=definitions))


def _vacated(stage: StageState, run: RunId) -> StageState:
    if run != stage.occupant and run not in stage.inbound:
        return stage
    return replace(
        stage,
        occupant=None if stage.occupant == run else stage.occupant,
        inbound=tuple(each for each in stage.inbound if each != run),
    )


def _tidy(state: State) -> State:
    """Stages that are no longer declared leave with the last run inside."""
    declared = {stage.name for stage in state.declaration.stages} if state.declaration else set()
    kept = {name: stage for name, stage in state.stages.items() if name in declared or stage.occupant}
    return state if len(kept) == len(state.stages) else replace(state, stages=kept)


def stage_entered(state: State, fact: f.StageEntered) -> State:
    """The lock is taken; the run that rested here, and could be retried until now, leaves."""
    run = replace(state.runs[fact.run], stage=fact.stage, inside=True)
    state = state.with_run(run)
    if not run.locks:
        return state
    now = state.stage(fact.stage)
    before = state.runs.get(now.latest) if now.latest is not None else None
    inbound = tuple(each for each in now.inbound if each != fact.run)
    state = state.with_stage(fact.stage, occupant=fact.run, inbound=inbound, latest=fact.run)
    if before is not None and not before.live and before.stage == fact.stage:
        return without_run(state, before.id)
    return state


def stage_retried(state: State, fact: f.StageRetried) -> State:
    """What is to be done again is idle, and the run is inside once more."""
    run = state.runs[fact.run]
    everything = fact.mode == "ALL_ACTIONS"
    actions = {
        name: replace(each, status="Idle") if everything or each.status in AGAIN else each
        for name, each in run.actions.get(fact.stage, {}).items()
    }
    conditions: dict[Gate, ConditionRun] = {
        gate: each
        if gate == "beforeEntry" and each.passed and not everything
        else replace(each, status="Idle")
        for gate, each in run.conditions.get(fact.stage, {}).items()
    }
    before = run.retries.get(fact.stage, Retries())
    counted = (
        replace(before, automatic=before.automatic + 1)
        if fact.automatic
        else replace(before, manual=before.manual + 1)
    )
    run = replace(
        run,
        status="InProgress",
        inside=True,
        stage=fact.stage,
        actions=_with(run.actions, fact.stage, actions),
        conditions=_with(run.conditions, fact.stage, conditions),
        retries={**run.retries, fact.stage: counted},
    )
    state = state.with_run(run)
    return state.with_stage(fact.stage, occupant=fact.run) if run.locks else state


def _with(
    places: dict[str, dict[Any, Any]], stage: str, inside: dict[str, ActionRun] | dict[Gate, ConditionRun]
) -> dict[str, dict[Any, Any]]:
    return {**places, stage: inside} if inside else places


def stage_left(
    state: State,
    fact: f.StageSucceeded | f.StageFailed | f.StageSkipped | f.StageStopped | f.StageCancelled,
) -> State:
    """The lock is free; a success is what a rollback can go back to."""
    run = state.runs[fact.run]
    left = state.with_run(replace(run, inside=False))
    if not run.locks:
        return left
    changes: dict[str, Any] = {"occupant": None}
    if isinstance(fact, f.StageSucceeded) and run.version == state.version:
        changes["success"] = _success(state, run, fact.stage)
    return _tidy(left.with_stage(fact.stage, **changes))


def _success(state: State, run: Run, stage: str) -> StageSuccess:
    """After a rollback, what it went back to is the success that counts."""
    definition = state.definition(run)
    return StageSuccess(
        run=run.target or run.id,
        version=run.version,
        bill=run.bill or Bill(),
        variables=run.variables,
        artifacts=tuple(artifacts_of(run, without=stage).values()),
        outputs=outputs_of(run, definition, without=stage) if definition else {},
    )


def transition_set(state: State, fact: f.TransitionSet) -> State:
    """The way in is open or closed; those that are dormant stay when it opens."""
    asleep = {id_: replace(state.runs[id_], dormant=True) for id_ in fact.dormant if id_ in state.runs}
    return replace(state, runs={**state.runs, **asleep}).with_stage(
        fact.stage,
        enabled=fact.enabled,
        disabled_reason="" if fact.enabled else fact.reason,
        changed_by=fact.by,
        changed_at=fact.at,
    )
