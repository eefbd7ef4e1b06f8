"""The kinds of actions and rules that the embedded home runs."""

from typing import Final, Never

from laststop.homes.embedded.codepipeline.call import Call, refused
from laststop.homes.embedded.codepipeline.histories import type_id
from laststop.pipeline.catalogue import (
    EMBEDDED_PROVIDERS,
    EMBEDDED_RULES,
    PROVIDERS,
    RULE_PROVIDERS,
)
from laststop.pipeline.provider import Key, Provider
from laststop.pipeline.wire import types as wire
from laststop.pipeline.wire.jobs import PollForJobs

_MOST: Final = 5
"""The model has no room for larger counts; a Commands action takes up to ten inputs all the same."""


def actions(call: Call, asked: wire.ListActionTypes) -> wire.ActionTypesTold:
    """Those that can run here; all are AWS's own. One page holds them."""
    del call
    _no_page(asked.next_token)
    kinds = EMBEDDED_PROVIDERS if asked.action_owner_filter in (None, "AWS") else ()
    return wire.ActionTypesTold(action_types=tuple(_action(PROVIDERS[kind]) for kind in kinds))


def rules(call: Call, asked: wire.ListRuleTypes) -> wire.RuleTypesTold:
    """Those that can judge here."""
    del call, asked
    return wire.RuleTypesTold(
        rule_types=tuple(
            wire.RuleType(
                id=type_id(kind),
                rule_configuration_properties=tuple(_property(key) for key in RULE_PROVIDERS[kind].keys),
                input_artifact_details=_counts(RULE_PROVIDERS[kind].inputs),
            )
            for kind in EMBEDDED_RULES
        )
    )


def get_action_type(call: Call, asked: wire.GetActionType) -> Never:
    """None: it tells of types that an account made for itself.

    Raises: ControlError with ActionTypeNotFoundException.
    """
    del call
    kind = f"{asked.category}/{asked.owner}/{asked.provider}/{asked.version}"
    raise refused(
        "ActionTypeNotFoundException",
        f"no action type was made as {kind}",
        hint="ListActionTypes lists those that run here",
    )


def poll(call: Call, asked: PollForJobs) -> Never:
    """None: workers poll for jobs of custom actions, and no declaration here has any.

    Raises: ControlError with ActionTypeNotFoundException.
    """
    del call
    raise refused(
        "ActionTypeNotFoundException", f"nobody polls for {asked.action_type_id.text}: its jobs run here"
    )


def _action(provider: Provider) -> wire.ActionType:
    return wire.ActionType(
        id=type_id(provider.text),
        action_configuration_properties=tuple(_property(key) for key in provider.keys),
        input_artifact_details=_counts(provider.inputs),
        output_artifact_details=_counts(provider.outputs),
    )


def _property(key: Key) -> wire.ConfigurationProperty:
    return wire.ConfigurationProperty(
        name=key.name,
        required=key.required,
        key=key.required,
        secret=False,
        description=f"one of: {', '.join(key.choices)}" if key.choices else None,
        type="String",
    )


def _counts(bounds: tuple[int, int]) -> wire.ArtifactCounts:
    least, most = bounds
    return wire.ArtifactCounts(minimum_count=min(least, _MOST), maximum_count=min(most, _MOST))


def _no_page(token: str | None) -> None:
    if token is not None:
        raise refused("InvalidNextTokenException", "nextToken is none that was given out here")
