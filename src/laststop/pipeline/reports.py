"""What a job's end, or its silence, does to an action or a rule."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.due import APPROVAL, open_attempts
from laststop.pipeline.inputs import Continued, Report, Succeeded
from laststop.pipeline.state import ActionRun, Run
from laststop.pipeline.timeouts import next_silence
from laststop.pipeline.variables import OUTPUT_BYTES_MAX, size_bytes
from laststop.words import facts_pipeline as f
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey


def take_report(draft: Draft, report: Report) -> None:
    """Record what became of a job; a report for anything but the running job is kept, and ignored."""
    key = report.key
    run = draft.state.runs.get(key.run)
    action = run.actions.get(key.stage, {}).get(key.action) if run else None
    why_not = _why_not(run, action, key)
    if action is None or why_not:
        _ignore(draft, key, why_not)
        return
    if report.job != action.job:
        _ignore(draft, key, f"it is of job {report.job}, and job {action.job} is running")
        return
    match report.outcome:
        case Succeeded() as good:
            _succeed(draft, key, good)
        case Continued() as more:
            declared = draft.declared(key)
            deadline_at = next_silence(declared, began_at=action.started_at, now=draft.now)
            draft.tell_action(
                f.ActionContinued, key, job=action.job + 1, token=more.token, deadline_at=deadline_at
            )
        case Failure() as bad:
            draft.tell_action(f.ActionFailed, key, failure=bad)


def _succeed(draft: Draft, key: AttemptKey, good: Succeeded) -> None:
    """A good end; but output variables that are too large fail the action."""
    size = size_bytes(good.variables)
    if size > OUTPUT_BYTES_MAX:
        draft.tell_action(
            f.ActionFailed,
            key,
            failure=Failure(
                code="ConfigurationError",
                message=f"the output variables have {size} bytes; at most {OUTPUT_BYTES_MAX} are allowed",
            ),
        )
        return
    draft.tell_action(
        f.ActionSucceeded,
        key,
        artifacts=good.artifacts,
        variables=good.variables,
        revision=good.revision,
        summary=good.summary,
        external_id=good.external_id,
    )


def _why_not(run: Run | None, action: ActionRun | None, key: AttemptKey) -> str:
    """Why a report finds nobody that waits for it; nothing when somebody does."""
    if run is None:
        return "the run has ended, or never was"
    if action is None:
        return "the action was never started"
    if action.provider == APPROVAL:
        return "an approval is answered by a person"
    if action.attempt != key.attempt or action.status != "InProgress":
        return f"the action is {action.status} (attempt {action.attempt})"
    return ""


def _ignore(draft: Draft, key: AttemptKey, reason: str) -> None:
    draft.tell_action(f.ReportIgnored, key, reason=reason)


def expire(draft: Draft) -> None:
    """Fail every attempt whose deadline has passed, approvals too."""
    for key, action in open_attempts(draft.state):
        if action.deadline_at > draft.now:
            continue
        waited = int((draft.now - action.started_at).total_seconds() // 60)
        missing = "answer" if action.provider == APPROVAL else "result"
        draft.tell_action(
            f.ActionFailed,
            key,
            failure=Failure(code="JobFailed", message=f"no {missing} after {waited} minutes"),
        )
