"""Which kinds of actions and rules there are."""

from typing import Annotated, Literal

from msgspec import Meta

from laststop.pipeline.wire.shapes import Asking, Category, NextToken, Owner, Telling, TypeId

Region = Annotated[str, Meta(min_length=4, max_length=30)]
_Version = Annotated[str, Meta(min_length=1, max_length=9, pattern=r"\A[0-9A-Za-z_-]+\Z")]
_Provider = Annotated[str, Meta(min_length=1, max_length=35, pattern=r"\A[0-9A-Za-z_-]+\Z")]


class ListActionTypes(Asking, frozen=True, kw_only=True):
    """Kinds of actions."""

    action_owner_filter: Owner | None = None
    next_token: NextToken | None = None
    region_filter: Region | None = None


class ListRuleTypes(Asking, frozen=True, kw_only=True):
    """Kinds of rules."""

    rule_owner_filter: Literal["AWS"] | None = None
    region_filter: Region | None = None


class ConfigurationProperty(Telling, frozen=True, kw_only=True):
    """One configuration key."""

    name: str
    required: bool
    key: bool
    secret: bool
    description: str | None = None
    type: str | None = None


class ArtifactCounts(Telling, frozen=True, kw_only=True):
    """The least and the most artifacts."""

    minimum_count: int
    maximum_count: int


class ActionType(Telling, frozen=True, kw_only=True):
    """One kind of action."""

    id: TypeId
    action_configuration_properties: tuple[ConfigurationProperty, ...]
    input_artifact_details: ArtifactCounts
    output_artifact_details: ArtifactCounts


class ActionTypesTold(Telling, frozen=True, kw_only=True):
    """The answer of ListActionTypes."""

    action_types: tuple[ActionType, ...]


class RuleType(Telling, frozen=True, kw_only=True):
    """One kind of rule."""

    id: TypeId
    rule_configuration_properties: tuple[ConfigurationProperty, ...]
    input_artifact_details: ArtifactCounts


class RuleTypesTold(Telling, frozen=True, kw_only=True):
    """The answer of ListRuleTypes."""

    rule_types: tuple[RuleType, ...]


class GetActionType(Asking, frozen=True, kw_only=True):
    """A kind of action that an account made for itself."""

    category: Category
    owner: Annotated[str, Meta(pattern=r"\A(AWS|ThirdParty)\Z")]
    provider: _Provider
    version: _Version
