"""How long an action or a rule may take before it counts as failed."""

from datetime import datetime, timedelta

from laststop.pipeline.declaration import Action, Rule

JOB_CHAIN_MAX = timedelta(hours=24)
"""A Lambda action may go on so long, in jobs that each end with a continuation token."""
_BY_PROVIDER = {
    "CodeBuild": timedelta(hours=36),
    "Commands": timedelta(minutes=55),
    "Lambda": timedelta(minutes=20),
    "LambdaInvoke": timedelta(minutes=20),
    "Manual": timedelta(days=7),
    "StepFunctions": timedelta(days=7),
}
_OTHER = timedelta(hours=1)


def time_allowed(declared: Action | Rule) -> timedelta:
    """The bound of one job of an action or rule; for a Lambda action it is the silence that is bounded.

    Source: AWS CodePipeline quotas and Lambda action reference, read 2026-11.
    """
    if declared.timeout_in_minutes is not None:
        return timedelta(minutes=declared.timeout_in_minutes)
    if isinstance(declared, Rule):
        return _BY_PROVIDER.get(declared.rule_type_id.provider, _OTHER)
    kind = declared.action_type_id
    if kind.owner == "Custom":
        return timedelta(hours=24)
    if kind.category == "Test":
        return timedelta(hours=8)
    if (kind.category, kind.provider) == ("Deploy", "S3"):
        return timedelta(minutes=90)
    return _BY_PROVIDER.get(kind.provider, _OTHER)


def next_silence(declared: Action | Rule, *, began_at: datetime, now: datetime) -> datetime:
    """The deadline of the job that follows a continuation: never past the bound of the whole chain."""
    return min(now + time_allowed(declared), began_at + JOB_CHAIN_MAX)
