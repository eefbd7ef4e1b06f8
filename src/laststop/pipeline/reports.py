"""What a job's end, or its silence, does to an action."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.due import due
from laststop.pipeline.inputs import Continued, Report, Succeeded
from laststop.pipeline.state import ActionRun, Run
from laststop.pipeline.timeouts import time_allowed
from laststop.words import facts_pipeline as f
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey


def take_report(draft: Draft, report: Report) -> None:
    """Record what became of a job; a report for anything but the running job is kept, and ignored."""
    key = report.key
    run = draft.state.runs.get(key.run)
    action = run.in_stage(key.stage).get(key.action) if run else None
    if action is None or action.attempt != key.attempt or action.status != "InProgress":
        _ignore(draft, key, _why_not(run, action))
        return
    if report.job != action.job:
        _ignore(draft, key, f"it is of job {report.job}, and job {action.job} is running")
        return
    match report.outcome:
        case Succeeded() as good:
            draft.tell_action(
                f.ActionSucceeded,
                key,
                artifacts=good.artifacts,
                variables=good.variables,
                revision=good.revision,
                summary=good.summary,
                external_id=good.external_id,
            )
        case Continued() as more:
            deadline_at = draft.now + time_allowed(draft.declared(key))
            draft.tell_action(
                f.ActionContinued, key, job=action.job + 1, token=more.token, deadline_at=deadline_at
            )
        case Failure() as bad:
            draft.tell_action(f.ActionFailed, key, failure=bad)


def _why_not(run: Run | None, action: ActionRun | None) -> str:
    """Why a report finds nobody that waits for it."""
    if run is None:
        return "the run has ended, or never was"
    if action is None:
        return "the action was never started"
    return f"the action is {action.status} (attempt {action.attempt})"


def _ignore(draft: Draft, key: AttemptKey, reason: str) -> None:
    draft.tell_action(f.ReportIgnored, key, reason=reason)


def expire(draft: Draft) -> None:
    """Fail every attempt whose deadline has passed."""
    for command in due(draft.state):
        if command.deadline_at > draft.now:
            continue
        waited = int((draft.now - command.started_at).total_seconds() // 60)
        draft.tell_action(
            f.ActionFailed,
            command.key,
            failure=Failure(code="JobFailed", message=f"no result after {waited} minutes"),
        )
