"""How long an action may take before it counts as failed."""

from datetime import timedelta

from laststop.pipeline.declaration import Action

_BY_PROVIDER = {
    "CodeBuild": timedelta(hours=36),
    "Lambda": timedelta(minutes=20),
    "Manual": timedelta(days=7),
}
_OTHER = timedelta(hours=1)


def time_allowed(action: Action) -> timedelta:
    """The bound of one job of an action.

    Limit: a Lambda action may go on for 24 hours in jobs that each end with a continuation token; what is
        bounded here is the silence between them.
    Source: AWS CodePipeline quotas and Lambda action reference, read 2026-11.
    """
    if action.timeout_in_minutes is not None:
        return timedelta(minutes=action.timeout_in_minutes)
    kind = action.action_type_id
    if kind.category == "Test":
        return timedelta(hours=8)
    return _BY_PROVIDER.get(kind.provider, _OTHER)
