"""A declaration as AWS prints it: what stands by default stands there, what is empty does not."""

from typing import Any, Final

import msgspec

from laststop.pipeline.declaration import (
    Action,
    ActionTypeId,
    ArtifactStore,
    EnvironmentVariable,
    Pipeline,
    RetryConfiguration,
    RuleTypeId,
)

ROLE: Final = "arn:aws:iam::000000000000:role/laststop"
"""Told where a declaration names no role: AWS always tells one, and nothing here assumes any."""
_ALWAYS: Final[dict[type, tuple[str, ...]]] = {
    Pipeline: ("pipeline_type", "execution_mode"),
    Action: ("run_order",),
    ActionTypeId: ("version",),
    RuleTypeId: ("category", "owner", "version"),
    ArtifactStore: ("type",),
    EnvironmentVariable: ("type",),
    RetryConfiguration: ("retry_mode",),
}


def printed(pipeline: Pipeline, version: int) -> dict[str, Any]:
    """The declaration in a version, in CodePipeline's spelling."""
    told = _members(pipeline)
    told["version"] = max(1, version)
    told["roleArn"] = pipeline.role_arn or ROLE
    if pipeline.artifact_store is not None and not pipeline.artifact_store.location:
        del told["artifactStore"]
    return told


def _members(value: msgspec.Struct) -> dict[str, Any]:
    kept = _ALWAYS.get(type(value), ())
    told = {}
    for field in msgspec.structs.fields(value):
        member = getattr(value, field.name)
        if field.name in kept or field.required or member != field.default:
            told[field.encode_name] = _plain(member)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return _members(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
