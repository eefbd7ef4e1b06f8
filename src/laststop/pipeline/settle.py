"""The rules that apply by themselves: groups follow groups, stages follow stages, locks pass on."""

from laststop.errors import UsageError
from laststop.pipeline.declaration import Action, Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.state import ActionRun, Run
from laststop.pipeline.timeouts import time_allowed
from laststop.pipeline.variables import resolve_configuration
from laststop.words import facts_pipeline as f
from laststop.words.artifact import Artifact
from laststop.words.bill import bill_of
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey


def settle(draft: Draft) -> None:
    """Apply the rules until none applies, the last stage first: room is made before it is looked for."""
    stages = draft.declaration.stages[::-1]
    moved = True
    while moved:
        before = len(draft.facts)
        _stop_waiting(draft)
        for stage in stages:
            _go_on(draft, stage)
            _admit(draft, stage)
        moved = len(draft.facts) > before


def _stop_waiting(draft: Draft) -> None:
    """A run that is asked to stop while it waits stops at once."""
    for run in draft.state.runs.values():
        if run.status == "Stopping" and not run.inside:
            draft.tell(f.RunStopped, run=run.id)


def _admit(draft: Draft, stage: Stage) -> None:
    """Let the waiting run in, when the stage is free and its transition open."""
    now = draft.state.stage(stage.name)
    if now.inbound is None or now.occupant is not None or not now.enabled:
        return
    draft.tell(f.StageEntered, run=now.inbound, stage=stage.name)
    _go_on(draft, stage)


def _go_on(draft: Draft, stage: Stage) -> None:
    """Bring the run inside a stage as far as it can get now."""
    occupant = draft.state.stage(stage.name).occupant
    if occupant is None:
        return
    run = draft.state.runs[occupant]
    actions = run.in_stage(stage.name)
    if any(action.status == "InProgress" for action in actions.values()):
        _start_again(draft, run, stage)
        return
    if run.status == "Stopping":
        _leave_stopped(draft, run, stage)
    elif any(action.status in ("Failed", "Abandoned") for action in actions.values()):
        _leave_failed(draft, run, stage)
    elif group := _next_group(stage, actions):
        for action in group:
            _start(draft, draft.state.runs[occupant], stage, action)
        _go_on(draft, stage)
    else:
        _leave_succeeded(draft, run, stage)


def _start_again(draft: Draft, run: Run, stage: Stage) -> None:
    """Failed actions that are retried beside siblings at work do not wait for them."""
    actions = run.in_stage(stage.name)
    for action in _next_group(stage, actions):
        if action.name in actions and actions[action.name].status == "Idle":
            _start(draft, run, stage, action)


def _next_group(stage: Stage, actions: dict[str, ActionRun]) -> tuple[Action, ...]:
    """The first run order that has not wholly succeeded, or nothing."""
    for order in stage.run_orders:
        group = tuple(a for a in stage.actions if a.run_order == order)
        open_ones = tuple(a for a in group if a.name not in actions or actions[a.name].status != "Succeeded")
        if open_ones:
            return open_ones
    return ()


def _start(draft: Draft, run: Run, stage: Stage, action: Action) -> None:
    """Request an attempt, its variables resolved now; one that cannot be resolved fails the action."""
    before = run.in_stage(stage.name).get(action.name)
    attempt = before.attempt + 1 if before else 1
    try:
        configuration = resolve_configuration(action.configuration, _values(draft, run))
        problem = ""
    except UsageError as unusable:
        configuration, problem = action.configuration, str(unusable)
    key = AttemptKey(run=run.id, stage=stage.name, action=action.name, attempt=attempt)
    draft.tell_action(
        f.ActionStarted,
        key,
        provider=action.action_type_id.text,
        configuration=configuration,
        inputs=tuple(_inputs(run, action)),
        outputs=tuple(artifact.name for artifact in action.output_artifacts),
        deadline_at=draft.now + time_allowed(action),
    )
    if problem:
        draft.tell_action(f.ActionFailed, key, failure=Failure(code="ConfigurationError", message=problem))


def _values(draft: Draft, run: Run) -> dict[str, dict[str, str]]:
    """What `#{namespace.key}` may name: the run itself, its variables, and outputs of earlier actions."""
    values = {"codepipeline": {"PipelineExecutionId": str(run.id)}, "variables": run.variables}
    for stage in draft.declaration.stages:
        for action in stage.actions:
            done = run.in_stage(stage.name).get(action.name)
            if action.namespace and done is not None and done.status == "Succeeded":
                values[action.namespace] = done.variables
    return values


def _inputs(run: Run, action: Action) -> list[Artifact]:
    """The artifacts an action reads, in its declared order; validation made sure that each exists."""
    made = {
        artifact.name: artifact
        for actions in run.actions.values()
        for done in actions.values()
        if done.status == "Succeeded"
        for artifact in done.artifacts
    }
    return [made[wanted.name] for wanted in action.input_artifacts if wanted.name in made]


def _leave_succeeded(draft: Draft, run: Run, stage: Stage) -> None:
    """Free the lock; close the bill when these were the sources; go on to the next stage, or end well."""
    if stage.name == draft.declaration.stages[0].name:
        revisions = [a.revision for a in run.in_stage(stage.name).values() if a.revision is not None]
        draft.tell(f.BillClosed, run=run.id, bill=bill_of(revisions))
    draft.tell(f.StageSucceeded, run=run.id, stage=stage.name)
    following = draft.declaration.stage_after(stage.name)
    if following is None:
        draft.tell(f.RunSucceeded, run=run.id)
    else:
        draft.wait(run.id, following.name)


def _leave_failed(draft: Draft, run: Run, stage: Stage) -> None:
    """Free the lock; the run rests here, or goes on by the one automatic retry."""
    draft.tell(f.StageFailed, run=run.id, stage=stage.name)
    rule = stage.on_failure
    if rule is not None and rule.result == "RETRY" and not run.automatic_retries.get(stage.name):
        mode = rule.retry_configuration.retry_mode if rule.retry_configuration else "FAILED_ACTIONS"
        draft.tell(f.StageRetried, run=run.id, stage=stage.name, mode=mode, automatic=True)
        _go_on(draft, stage)
    else:
        draft.tell(f.RunFailed, run=run.id, stage=stage.name)


def _leave_stopped(draft: Draft, run: Run, stage: Stage) -> None:
    draft.tell(f.StageStopped, run=run.id, stage=stage.name)
    draft.tell(f.RunStopped, run=run.id)
