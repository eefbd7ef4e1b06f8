"""Why runs began: the pipeline's triggers in words, and the `Causes` port over the ledger."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from laststop.errors import ConflictError
from laststop.homes.aws.ledger import CAUSE, item_of, key, row_of
from laststop.homes.aws.table import Table
from laststop.words.ids import RunId
from laststop.words.instants import Instant

ASKED: Final = "StartPipelineExecution"
_CAUSES: Final = {
    "CreatePipeline": "the pipeline was made",
    ASKED: "new documents, or somebody asked",
    "PollForSourceChanges": "a source changed",
    "Webhook": "a push",
    "WebhookV2": "a push",
    "CloudWatchEvent": "a source changed",
    "PutActionRevision": "a source changed",
    "ManualRollback": "somebody rolled the stage back",
    "AutomatedRollback": "the stage was rolled back by itself",
}
_ARN: Final = "arn:"


def cause_of(trigger: str, detail: str = "") -> str:
    """What a trigger says of why a run began; who asked is told by the detail, an ARN.

    Source: `TriggerType` and `ExecutionTrigger` in botocore's CodePipeline model (1.43).
    """
    if trigger == ASKED and detail.startswith(_ARN):
        return f"asked by {_name(detail)}"
    return _CAUSES.get(trigger, "somebody asked")


def _name(arn: str) -> str:
    """Whom an ARN names, without account and kind: `people/ada`, `ada`, `root`."""
    kind, _, name = arn.rpartition(":")[2].partition("/")
    return name or kind


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """An item."""

    cause: str
    at: Instant


class TableCauses:
    """The `Causes` port: one item a run."""

    def __init__(self, table: Table, clock: Callable[[], Instant]) -> None:
        """`table` is the ledger."""
        self._table = table
        self._clock = clock

    def note(self, run: RunId, cause: str) -> None:
        """Note why a run began, unless it is noted already."""
        item = item_of(_partition(run), CAUSE, _Row(cause=cause, at=self._clock()))
        try:
            self._table.write("PutItem", Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ConflictError:
            return  # whoever died after beginning it had noted it

    def of(self, runs: Iterable[RunId]) -> Mapping[RunId, str]:
        """The causes that are noted."""
        wanted = {_partition(run): run for run in runs}
        items = self._table.get_many(key(partition, CAUSE) for partition in wanted)
        return {wanted[item["pk"]["S"]]: row_of(item, _Row).cause for item in items}


def _partition(run: RunId) -> str:
    return f"RUN#{run}"
