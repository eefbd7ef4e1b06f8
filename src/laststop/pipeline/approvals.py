"""A person's answer to a manual approval."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.due import APPROVAL
from laststop.pipeline.inputs import Approve, Refused
from laststop.pipeline.refusals import SUMMARY_MAX, no_stage, too_long
from laststop.words import facts_pipeline as f
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey


def answer_approval(draft: Draft, asked: Approve) -> Refused | None:
    """The attempt that shows the token ends: well when approved, badly when rejected.

    The token is the attempt's own id, so a retry asks under another one.
    """
    declared = draft.declaration.stage(asked.stage)
    if declared is None and not _found(draft, asked):
        return no_stage(asked.stage)
    if declared is not None and declared.action(asked.action) is None and not _found(draft, asked):
        return Refused(
            code="ActionNotFoundException", message=f"{asked.stage} has no action named {asked.action!r}"
        )
    if long := too_long("the summary", asked.summary, SUMMARY_MAX):
        return long
    found = _found(draft, asked)
    if found is None:
        return _unknown(draft, asked)
    key, status = found
    if status != "InProgress":
        return Refused(
            code="ApprovalAlreadyCompletedException",
            message=f"{asked.action} was answered already, or is no longer asked",
        )
    if asked.approved:
        draft.tell_action(f.ActionSucceeded, key, summary=asked.summary, by=asked.by)
    else:
        who = f" by {asked.by}" if asked.by else ""
        why = f": {asked.summary}" if asked.summary else ""
        failure = Failure(code="JobFailed", message=f"rejected{who}{why}")
        draft.tell_action(f.ActionFailed, key, failure=failure, by=asked.by)
    return None


def _found(draft: Draft, asked: Approve) -> tuple[AttemptKey, str] | None:
    """The newest attempt at the approval that shows this token, with its status."""
    for run in draft.state.in_order():
        action = run.in_stage(asked.stage).get(asked.action)
        if action is None or action.provider != APPROVAL:
            continue
        key = AttemptKey(run=run.id, stage=asked.stage, action=asked.action, attempt=action.attempt)
        if key.id == asked.token:
            return key, action.status
    return None


def _unknown(draft: Draft, asked: Approve) -> Refused:
    message = f"no approval of {asked.action} is waiting for this answer"
    if asked.token in draft.state.outdated_tokens:
        message = (
            f"The pipeline {draft.pipeline} has been updated,"
            " and the approval request you responded to is now out of date."
        )
    return Refused(code="InvalidApprovalTokenException", message=message)
