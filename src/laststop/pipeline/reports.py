"""What a job's end, or its silence, does to an action."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.due import due
from laststop.pipeline.inputs import Continued, Report, Succeeded
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
        state = "was never started" if action is None else f"is {action.status} (attempt {action.attempt})"
        _ignore(draft, key, f"the action {state}")
        return
    if report.job != action.job:
        _ignore(draft, key, f"job {report.job} ended already; job {action.job} is running")
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
            declared = draft.declaration.stage(key.stage)
            spec = declared.action(key.action) if declared else None
            allowed = time_allowed(spec) if spec else action.deadline_at - action.started_at
            draft.tell_action(
                f.ActionContinued, key, job=action.job + 1, token=more.token, deadline_at=draft.now + allowed
            )
        case Failure() as bad:
            draft.tell_action(f.ActionFailed, key, failure=bad)


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
