"""`<project>-publish`: called by the mapping of the catalog's stream."""

from collections.abc import Mapping
from typing import Any

import msgspec

from laststop.functions.publish_batch import publish_batch
from laststop.wiring.aws import AwsHome
from laststop.wiring.function_log import log

HOME = AwsHome()


def handler(event: dict[str, Any], context: object) -> Any:
    """Publish a batch of stream records; answers from which record on to deliver again."""
    del context
    answer = publish_batch(event, shelf=HOME.shelf, policy=HOME.policy, judge=_judge)
    log("published", records=len(event["Records"]), again_from=answer.batch_item_failures)
    return msgspec.to_builtins(answer)


def _judge(generations: Mapping[str, int]) -> None:
    """Settle what waits for no run. Imported when first needed: most records are of no release."""
    from laststop.functions.settle import settle_shown
    from laststop.wiring.aws_judging import evidence

    settled = settle_shown(evidence(HOME), generations)
    if settled:
        log("settled", changes=settled)
