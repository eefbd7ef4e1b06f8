"""Pipelines as such: created, read, updated, deleted, listed, tagged."""

from typing import Annotated, Any

from msgspec import Meta

from laststop.pipeline.declaration import ExecutionMode
from laststop.pipeline.wire.shapes import Asking, Name, NextToken, PageSize, ResourceArn, Telling
from laststop.words.instants import Instant

TAGS_MOST = 50
TagKey = Annotated[str, Meta(min_length=1, max_length=128)]
TagValue = Annotated[str, Meta(max_length=256)]


class TagAsked(Asking, frozen=True, kw_only=True):
    """A tag to set."""

    key: TagKey
    value: TagValue


class CreatePipeline(Asking, frozen=True, kw_only=True):
    """A new pipeline; it starts at once. `pipeline` is judged by the rules of declarations."""

    pipeline: dict[str, Any]
    tags: tuple[TagAsked, ...] = ()


class GetPipeline(Asking, frozen=True, kw_only=True):
    """A declaration, the newest one or that of an earlier version."""

    name: Name
    version: Annotated[int, Meta(ge=1)] | None = None


class UpdatePipeline(Asking, frozen=True, kw_only=True):
    """The whole declaration anew; its version is counted here."""

    pipeline: dict[str, Any]


class DeletePipeline(Asking, frozen=True, kw_only=True):
    """A pipeline goes, with what runs in it."""

    name: Name


class ListPipelines(Asking, frozen=True, kw_only=True):
    """Every pipeline, by name."""

    max_results: Annotated[int, Meta(ge=1, le=1000)] = 1000
    next_token: NextToken | None = None


class Tag(Telling, frozen=True, kw_only=True):
    """A tag as it stands."""

    key: str
    value: str


class PipelineCreated(Telling, frozen=True, kw_only=True):
    """The answer of CreatePipeline."""

    pipeline: dict[str, Any]
    tags: tuple[Tag, ...]


class PipelineUpdated(Telling, frozen=True, kw_only=True):
    """The answer of UpdatePipeline."""

    pipeline: dict[str, Any]


class PipelineMetadata(Telling, frozen=True, kw_only=True):
    """What the service knows of a pipeline beside its declaration."""

    pipeline_arn: str
    created: Instant
    updated: Instant


class PipelineTold(Telling, frozen=True, kw_only=True):
    """The answer of GetPipeline."""

    pipeline: dict[str, Any]
    metadata: PipelineMetadata


class PipelineSummary(Telling, frozen=True, kw_only=True):
    """One line of a list of pipelines."""

    name: str
    version: int
    pipeline_type: str
    execution_mode: ExecutionMode
    created: Instant
    updated: Instant


class PipelinesTold(Telling, frozen=True, kw_only=True):
    """The answer of ListPipelines."""

    pipelines: tuple[PipelineSummary, ...]
    next_token: str | None = None


class TagResource(Asking, frozen=True, kw_only=True):
    """Tags to set or change."""

    resource_arn: ResourceArn
    tags: tuple[TagAsked, ...]


class UntagResource(Asking, frozen=True, kw_only=True):
    """Tags to take away; those that are not there are let be."""

    resource_arn: ResourceArn
    tag_keys: tuple[TagKey, ...]


class ListTagsForResource(Asking, frozen=True, kw_only=True):
    """Tags, by key."""

    resource_arn: ResourceArn
    next_token: NextToken | None = None
    max_results: PageSize = 100


class TagsTold(Telling, frozen=True, kw_only=True):
    """The answer of ListTagsForResource."""

    tags: tuple[Tag, ...]
    next_token: str | None = None


class ListWebhooks(Asking, frozen=True, kw_only=True, rename="pascal"):
    """Webhooks of CodePipeline's first generation; there are none here."""

    next_token: NextToken | None = None
    max_results: PageSize = 100


class WebhooksTold(Telling, frozen=True, kw_only=True):
    """The answer of ListWebhooks."""

    webhooks: tuple[()]
