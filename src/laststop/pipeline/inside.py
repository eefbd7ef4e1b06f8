"""The course of a run inside a stage: condition before, group after group, condition after."""

from laststop.pipeline.attempts import start_action
from laststop.pipeline.declaration import Action, Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.endings import leave_early, leave_failed, leave_succeeded
from laststop.pipeline.gates import examine, is_asked
from laststop.pipeline.state import ActionRun, Run
from laststop.words.ids import RunId

SIDE_BY_SIDE_MAX = 5
"""Actions of one run in PARALLEL mode at once. Source: AWS CodePipeline quotas, read 2026-11."""


def go_on(draft: Draft, run: RunId) -> None:
    """Bring a run inside a stage as far as it can get now."""
    moved = True
    while moved:
        before = len(draft.facts)
        now = draft.state.runs.get(run)
        if now is not None and now.live and now.inside:
            _step(draft, now, draft.declared_stage(now, now.stage))
        moved = len(draft.facts) > before


def _step(draft: Draft, run: Run, stage: Stage) -> None:
    actions = run.in_stage(stage.name)
    at_work = any(action.status == "InProgress" for action in actions.values())
    failed = any(action.status in ("Failed", "Abandoned") for action in actions.values())
    if run.status == "Stopping" or run.outdated:
        leave_early(draft, run, stage)
    elif is_asked(run, stage, "beforeEntry"):
        examine(draft, run, stage, "beforeEntry")
    elif at_work:
        _start_beside(draft, run, stage, failed=failed)
    elif failed:
        _fail(draft, run, stage)
    elif group := _next_group(stage, actions):
        _start(draft, run, stage, group)
    elif is_asked(run, stage, "onSuccess"):
        examine(draft, run, stage, "onSuccess")
    else:
        leave_succeeded(draft, run, stage)


def _fail(draft: Draft, run: Run, stage: Stage) -> None:
    if is_asked(run, stage, "onFailure"):
        examine(draft, run, stage, "onFailure")
    else:
        leave_failed(draft, run, stage, stage.on_failure.result if stage.on_failure else None)


def _next_group(stage: Stage, actions: dict[str, ActionRun]) -> tuple[Action, ...]:
    """The first run order that has not wholly succeeded, or nothing."""
    for order in stage.run_orders:
        group = tuple(a for a in stage.actions if a.run_order == order)
        open_ones = tuple(a for a in group if a.name not in actions or actions[a.name].status != "Succeeded")
        if open_ones:
            return open_ones
    return ()


def _start(draft: Draft, run: Run, stage: Stage, actions: tuple[Action, ...]) -> None:
    """Start actions, as many as may be at work at once."""
    free = len(actions)
    if not run.locks:
        free = SIDE_BY_SIDE_MAX - sum(a.status == "InProgress" for a in run.in_stage(stage.name).values())
    for action in actions[: max(0, free)]:
        start_action(draft, run, stage, action)


def _start_beside(draft: Draft, run: Run, stage: Stage, *, failed: bool) -> None:
    """Start what does not wait for the actions at work.

    That is failed actions which are retried, and, as long as none has failed, those of the group that had to
    wait for one of the five places of a run in PARALLEL mode.
    """
    actions = run.in_stage(stage.name)
    idle = tuple(
        action
        for action in _next_group(stage, actions)
        if (action.name in actions and actions[action.name].status == "Idle")
        or (action.name not in actions and not failed and not run.locks)
    )
    _start(draft, run, stage, idle)
