"""`<project>-publish`: called by the mapping of the catalog's stream."""

from typing import Any

import msgspec

from laststop.functions.publish_batch import publish_batch
from laststop.wiring.aws import AwsHome
from laststop.wiring.function_log import log

HOME = AwsHome()


def handler(event: dict[str, Any], context: object) -> Any:
    """Publish a batch of stream records; answers from which record on to deliver again."""
    del context
    answer = publish_batch(event, shelf=HOME.shelf, policy=HOME.policy)
    log("published", records=len(event["Records"]), again_from=answer.batch_item_failures)
    return msgspec.to_builtins(answer)
