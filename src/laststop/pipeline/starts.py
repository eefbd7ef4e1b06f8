"""How runs begin: asked for by somebody, or by the mark, and what the mark still waits for."""

from laststop.pipeline import limits
from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import Begin, Refused, Start
from laststop.pipeline.pins import unusable_pin
from laststop.pipeline.refusals import full, invalid
from laststop.pipeline.state import State
from laststop.words import facts_pipeline as f
from laststop.words.ids import RunId


def run_with_token(state: State, token: str) -> RunId | None:
    """The run that was started under a client's request token, as long as the state holds it.

    Limit: callers look in their tables as well, which keep it as long as the run's history.
    """
    return next((run.id for run in state.in_order() if token and run.token == token), None)


def start(draft: Draft, asked: Start) -> Refused | None:
    """A run, whatever the sources say; the same request token again changes nothing."""
    if run_with_token(draft.state, asked.token) is not None or asked.run in draft.state.runs:
        return None
    declared = {variable.name for variable in draft.declaration.variables}
    for name, value in asked.variables.items():
        if name not in declared:
            return invalid(f"the pipeline declares no variable {name!r}")
        if not 1 <= len(value) <= limits.VARIABLE_VALUE_CHARACTERS_MAX:
            most = limits.VARIABLE_VALUE_CHARACTERS_MAX
            return invalid(f"variable {name} has {len(value)} characters; 1 to {most} fit")
    for pin in asked.revisions:
        why_not = unusable_pin(draft.declaration, pin)
        if why_not:
            return invalid(why_not)
    if limit := full(draft.state):
        return limit
    _run(draft, asked, automatic=False)
    return None


def begin(draft: Draft, asked: Begin) -> None:
    """The mark becomes a run, unless the newest run already has these heads and that is enough."""
    state = draft.state
    if state.wanted is None or may_begin(state, at_once=asked.at_once) is not None:
        return
    carried = None if state.wanted_anyway else state.newest_bill
    if carried is not None and state.newest is not None and carried.digest == asked.heads.digest:
        draft.tell(f.StartDropped, carried_by=state.newest)
        return
    _run(draft, Start(run=asked.run, cause=state.wanted, trigger=state.wanted_trigger), automatic=True)


def _run(draft: Draft, asked: Start, *, automatic: bool) -> None:
    """Freeze the variables; a run that lacks a value fails at once, and CodePipeline wants it so."""
    before = draft.state
    declaration = draft.declaration
    defaults = {v.name: v.default_value for v in declaration.variables if v.default_value is not None}
    variables = defaults | asked.variables
    missing = [v.name for v in declaration.variables if v.name not in variables]
    first = declaration.stages[0].name
    draft.tell(
        f.RunStarted,
        run=asked.run,
        cause=asked.cause,
        pipeline_version=before.version,
        automatic=automatic,
        variables=variables,
        overrides=asked.revisions,
        token=asked.token,
        trigger=asked.trigger,
        detail=asked.detail,
    )
    if missing:
        reason = f"Values for required variables haven't been provided: {', '.join(missing)}"
        draft.tell(f.RunFailed, run=asked.run, stage=first, reason=reason)
    else:
        draft.wait(asked.run, first)
    reads_the_newest = not missing and not asked.revisions
    if before.wanted is not None and not automatic and not reads_the_newest:
        draft.tell(
            f.StartWanted, cause=before.wanted, anyway=before.wanted_anyway, trigger=before.wanted_trigger
        )


def may_begin(state: State, *, at_once: bool = False) -> str | None:
    """None when a wanted run may be decided now; else what it waits for, in a sentence.

    `at_once` leaves nothing to wait for but the limit.

    In SUPERSEDED mode a run is decided as late as it can be: when the stage after the sources is free and
    nothing waits anywhere. So one run is under way, the mark waits behind it, and the next run has the
    newest heads. In QUEUED mode every change is to be run, so the mark only waits while a run is queued that
    has not read the sources yet; in PARALLEL mode it waits for nothing but the limit.
    """
    if state.declaration is None:
        return "the pipeline is not declared yet"
    limit = full(state)
    if limit is not None:
        return limit.message
    if at_once:
        return None
    match state.declaration.execution_mode:
        case "SUPERSEDED":
            return _blocked(state)
        case "QUEUED":
            first = state.declaration.stages[0].name
            queued = [run.id for run in state.waiting(first) if not run.dormant]
            return f"run {queued[0]} waits before {first}" if queued else None
        case _:
            return None


def _blocked(state: State) -> str | None:
    stages = state.declaration.stages if state.declaration else ()
    for stage in stages:
        for run in state.waiting(stage.name):
            if not run.dormant:
                return f"run {run.id} waits before {stage.name}"
    for stage in stages[:2]:
        now = state.stage(stage.name)
        if now.occupant is not None:
            return f"{stage.name} is held by run {now.occupant}"
        if not now.enabled:
            return f"the way into {stage.name} is closed: {now.disabled_reason or 'no reason given'}"
    return None


def wants_to_begin(state: State, *, at_once: bool = False) -> bool:
    """Whether a `Begin` would do something now."""
    return state.wanted is not None and may_begin(state, at_once=at_once) is None
