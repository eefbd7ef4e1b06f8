"""The way into a stage, open or closed."""

from datetime import timedelta

from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import Refused, SetTransition
from laststop.pipeline.refusals import TRANSITION_REASON_MAX, invalid, no_stage, too_long
from laststop.words import facts_pipeline as f
from laststop.words.ids import RunId

CLOSED_MAX = timedelta(days=30)
"""Runs that waited longer before a closed way do not go on by themselves when it opens."""


def set_transition(draft: Draft, asked: SetTransition) -> Refused | None:
    """Open or close a way; setting it as it stands changes nothing.

    The way out of a stage is the way into the next one.
    """
    if draft.declaration.stage(asked.stage) is None:
        return no_stage(asked.stage)
    if long := too_long("the reason", asked.reason, TRANSITION_REASON_MAX):
        return long
    name = asked.stage
    if asked.direction == "Outbound":
        following = draft.declaration.stage_after(asked.stage)
        if following is None:
            return invalid(f"no way leads out of {asked.stage}: it is the last stage")
        name = following.name
    now = draft.state.stage(name)
    reason = "" if asked.enabled else asked.reason
    if (now.enabled, now.disabled_reason) != (asked.enabled, reason):
        draft.tell(
            f.TransitionSet,
            stage=name,
            enabled=asked.enabled,
            reason=reason,
            by=asked.by,
            dormant=_dormant(draft, name) if asked.enabled else (),
        )
    return None


def _dormant(draft: Draft, stage: str) -> tuple[RunId, ...]:
    """Who waited there, when the way was closed for too long."""
    closed_at = draft.state.stage(stage).changed_at
    if closed_at is None or draft.now - closed_at <= CLOSED_MAX:
        return ()
    return tuple(run.id for run in draft.state.waiting(stage))
