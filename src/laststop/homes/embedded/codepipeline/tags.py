"""Tags of pipelines."""

from laststop.homes.embedded.codepipeline.call import PARTITION, Call, Order, refused
from laststop.homes.embedded.codepipeline.paging import next_token, place_of
from laststop.homes.embedded.codepipeline.rows import SQL
from laststop.homes.embedded.store.journal import View
from laststop.pipeline.wire import pipelines as wire
from laststop.pipeline.wire.shapes import Nothing
from laststop.words.facts_tags import PipelineTagged, PipelineUntagged


def tag(order: Order, asked: wire.TagResource) -> Nothing:
    """Set tags, or change them."""
    pipeline = _pipeline(order, asked.resource_arn)
    put_tags(order, pipeline, asked.tags)
    return Nothing()


def untag(order: Order, asked: wire.UntagResource) -> Nothing:
    """Take tags away; those that are not there are let be."""
    pipeline = _pipeline(order, asked.resource_arn)
    known = {each.key for each in tags_of(order.view, pipeline)}
    gone = tuple(sorted(known & set(asked.tag_keys)))
    if gone:
        order.transaction.append(PipelineUntagged(at=order.now, pipeline=pipeline, keys=gone))
    return Nothing()


def listed(call: Call, asked: wire.ListTagsForResource) -> wire.TagsTold:
    """Tags by key, page by page."""
    pipeline = _pipeline(call, asked.resource_arn)
    of = ("ListTagsForResource", pipeline)
    behind = place_of(asked.next_token, str, "", *of)
    found = [each for each in tags_of(call.view, pipeline) if each.key > behind]
    page = found[: asked.max_results]
    return wire.TagsTold(
        tags=tuple(page), next_token=next_token(page[-1].key, *of) if len(found) > len(page) else None
    )


def put_tags(order: Order, pipeline: str, tags: tuple[wire.TagAsked, ...]) -> None:
    """Set tags, or change them.

    Raises: ControlError with InvalidTagsException for a key that is AWS's, or that is given twice; with
        TooManyTagsException for more than 50.
    """
    wanted = {each.key: each.value for each in tags}
    if len(wanted) < len(tags):
        raise refused("InvalidTagsException", "a tag's key is given twice")
    reserved = [key for key in wanted if key.lower().startswith("aws:")]
    if reserved:
        raise refused("InvalidTagsException", f"the prefix of '{reserved[0]}' is reserved")
    had = {each.key: each.value for each in tags_of(order.view, pipeline)}
    if len(had | wanted) > wire.TAGS_MOST:
        raise refused("TooManyTagsException", f"a pipeline has at most {wire.TAGS_MOST} tags")
    if had | wanted != had:
        order.transaction.append(PipelineTagged(at=order.now, pipeline=pipeline, tags=wanted))


def tags_of(view: View, pipeline: str) -> tuple[wire.Tag, ...]:
    """A pipeline's tags, by key."""
    rows = view.connection.execute(SQL["tags"], (pipeline,))
    return tuple(wire.Tag(key=key, value=value) for key, value in rows)


def _pipeline(call: Call, arn: str) -> str:
    """The pipeline an ARN names.

    Raises: ControlError with ResourceNotFoundException.
    """
    name = arn.removeprefix(PARTITION)
    if name == arn or call.view.state(name).declaration is None:
        raise refused("ResourceNotFoundException", f"no pipeline here has the ARN {arn[:200]}")
    return name
