"""Which records of the change stream are worth calling a function for.

Source: AWS Lambda developer guide, "Using event filtering with a DynamoDB event source": patterns match the
`dynamodb` part of a record, one of at most five has to fit, `exists` works on leaves only. A record
that no pattern fits is skipped and counts as done.
"""

from typing import Any, Final

from laststop.catalog.columns import Columns
from laststop.catalog.phases import Phases
from laststop.catalog.version import PIN

FILTERS_MAX: Final = 5
"""Without asking AWS for more."""


def stream_filters(phases: Phases, columns: Columns) -> tuple[dict[str, Any], ...]:
    """Patterns that let through every record that `Change.wakes`, and none of a row that only got attributes.

    A step into a release phase, from another one or from none; a step into retirement; a pin; the deletion of
    a version that may have counted.
    Limit: a version without a phase that is retired or deleted passes no pattern. It never counted, unless
        somebody took its phase away; then the sweep sees it.
    """
    released, retired = sorted(phases.release), [phases.retired]
    absent = [{"exists": False}]

    def step(before: list[Any], after: list[Any]) -> dict[str, Any]:
        old, new = {columns.phase: {"S": before}}, {columns.phase: {"S": after}}
        return {"dynamodb": {"OldImage": old, "NewImage": new}}

    return (
        step([{"anything-but": released}], released),
        step(absent, released),
        step([{"anything-but": retired}], retired),
        {"dynamodb": {"Keys": {columns.version: {"S": [PIN]}}}},
        step([{"anything-but": retired}], absent),
    )
