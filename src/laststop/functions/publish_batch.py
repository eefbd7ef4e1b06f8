"""Publishing as a stream mapping with partial-batch responses wants it.

Source: AWS Lambda developer guide, "Configuring partial batch response with DynamoDB": the lowest sequence
number named is the new checkpoint, and everything from it on is delivered again.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from laststop.catalog.record import Undecodable, decode_batch
from laststop.catalog.standing import evidence
from laststop.errors import ConflictError, TransientError
from laststop.functions.publish import Policy, Shelf, publish


class Failed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A record from which on everything is to be delivered again."""

    item_identifier: str


class BatchAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What Lambda reads; without failures the whole batch is done."""

    batch_item_failures: tuple[Failed, ...] = ()


def publish_batch(
    event: Mapping[str, Any],
    *,
    shelf: Shelf,
    policy: Policy,
    judge: Callable[[Mapping[str, int]], object],
) -> BatchAnswer:
    """Publish a batch, and `judge` what these generations of documents took into account.

    What passes by itself is answered with the record from which to deliver again.

    A record that cannot be used is set aside and counts as done. Our own bugs are raised: the mapping halves
    the batch until the record that meets them is alone, and its failure queue takes that one.
    Raises: UsageError when the whole is no batch, DeniedError, TransientError when nothing in the batch says
        from where on to deliver again.
    """
    try:
        generations = publish(event, shelf=shelf, policy=policy)
        if generations:
            judge(generations)
    except (TransientError, ConflictError):
        first = _first_needed(event, policy)
        if not first:
            raise
        return BatchAnswer(batch_item_failures=(Failed(item_identifier=first),))
    return BatchAnswer()


def _first_needed(event: Mapping[str, Any], policy: Policy) -> str:
    """The sequence number of the first record that anything follows from; the mapping keeps their order.

    Empty, for "the whole batch", when that one has none.
    """
    for record in decode_batch(event, policy.columns):
        if isinstance(record, Undecodable):
            return record.sequence_number
        if record.wakes(policy.phases) or evidence(record, policy.phases) is not None:
            return record.identifier
    return ""
