"""How a run leaves a stage, and where it goes then."""

from laststop.pipeline.declaration import Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.rollbacks import roll_back_by_itself
from laststop.pipeline.state import Run
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as f
from laststop.words.bill import bill_of
from laststop.words.facts_gates import GATES


def leave_succeeded(draft: Draft, run: Run, stage: Stage) -> None:
    """Free the lock; close the bill when these were the sources; go on to the next stage, or end well."""
    _close_bill(draft, run, stage)
    draft.tell(f.StageSucceeded, run=run.id, stage=stage.name)
    _go_to_next(draft, run, stage)


def skip(draft: Draft, run: Run, stage: Stage) -> None:
    """Free the lock without having done anything, and go on."""
    _close_bill(draft, run, stage)
    draft.tell(f.StageSkipped, run=run.id, stage=stage.name)
    _go_to_next(draft, run, stage)


def _close_bill(draft: Draft, run: Run, stage: Stage) -> None:
    if stage.name == draft.definition(run).stages[0].name:
        revisions = [a.revision for a in run.in_stage(stage.name).values() if a.revision is not None]
        draft.tell(f.BillClosed, run=run.id, bill=bill_of(revisions))


def _go_to_next(draft: Draft, run: Run, stage: Stage) -> None:
    """A rollback is of one stage; it does not go on."""
    following = draft.definition(run).stage_after(stage.name)
    if following is None or run.is_rollback:
        draft.tell(f.RunSucceeded, run=run.id)
    else:
        draft.wait(run.id, following.name)


def leave_failed(draft: Draft, run: Run, stage: Stage, result: str | None, *, reason: str = "") -> None:
    """Free the lock; the run rests here, goes on by the one automatic retry, or its stage is rolled back."""
    draft.tell(f.StageFailed, run=run.id, stage=stage.name)
    retried = run.retries.get(stage.name)
    if result == "RETRY" and not run.is_rollback and not (retried and retried.automatic):
        rule = stage.on_failure.retry_configuration if stage.on_failure else None
        mode = rule.retry_mode if rule else "FAILED_ACTIONS"
        draft.tell(f.StageRetried, run=run.id, stage=stage.name, mode=mode, automatic=True)
        return
    draft.tell(f.RunFailed, run=run.id, stage=stage.name, reason=reason)
    if result == "ROLLBACK":
        roll_back_by_itself(draft, run, stage.name)


def leave_early(draft: Draft, run: Run, stage: Stage) -> None:
    """A run that is stopped, or whose pipeline was updated, leaves when nothing of it is in progress.

    Its conditions are asked no longer; rules change nothing, so there is nothing to wait for.
    """
    for gate in GATES:
        now = run.condition(stage.name, gate)
        if now is not None and now.status == "InProgress":
            draft.abandon(run.at_gate(stage.name, gate), run.id, stage.name)
            status = "Cancelled" if run.outdated else "Abandoned"
            draft.tell(
                g.ConditionEnded,
                run=run.id,
                stage=stage.name,
                gate=gate,
                attempt=now.attempt,
                status=status,
            )
    if any(action.status == "InProgress" for action in run.in_stage(stage.name).values()):
        return
    if run.outdated:
        draft.tell(f.StageCancelled, run=run.id, stage=stage.name)
        draft.tell(f.RunCancelled, run=run.id)
    else:
        draft.tell(f.StageStopped, run=run.id, stage=stage.name)
        draft.tell(f.RunStopped, run=run.id)
