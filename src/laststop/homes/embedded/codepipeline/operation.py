"""What an operation of the table is."""

from collections.abc import Callable
from typing import Any

import msgspec

from laststop.homes.embedded.tokens import Scope
from laststop.pipeline.wire.shapes import Asking, Telling


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of CodePipeline.

    `does` gets a `Call`, or an `Order` where the operation `writes`. `tells` None has an empty answer on the
    wire. `text` is what it does here, `deviation` where that is not what AWS does; both are printed in the
    reference.
    """

    asks: type[Asking]
    does: Callable[[Any, Any], Telling | None]
    tells: type[Telling] | None
    scope: Scope
    writes: bool
    text: str
    deviation: str = ""


def reading(
    does: Callable[[Any, Any], Telling],
    asks: type[Asking],
    tells: type[Telling],
    text: str,
    *,
    deviation: str = "",
) -> Operation:
    """An operation that only looks."""
    return Operation(
        asks=asks, does=does, tells=tells, scope=Scope.READ, writes=False, text=text, deviation=deviation
    )


def writing(
    does: Callable[[Any, Any], Telling | None],
    asks: type[Asking],
    tells: type[Telling] | None,
    text: str,
    *,
    deviation: str = "",
    scope: Scope = Scope.RELEASE,
) -> Operation:
    """An operation that changes something."""
    return Operation(
        asks=asks, does=does, tells=tells, scope=scope, writes=True, text=text, deviation=deviation
    )
