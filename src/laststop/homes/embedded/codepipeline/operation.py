"""What an operation of the table is."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from laststop.homes.embedded.codepipeline.refusals import unsupported
from laststop.homes.embedded.tokens import Scope
from laststop.pipeline.wire.jobs import AnyRequest
from laststop.pipeline.wire.shapes import Asking, Telling

Way = Literal["reads", "writes", "reports", "refuses"]
"""`reads` gets a `Call`, `writes` an `Order`, `reports` the job book; `refuses` gets nothing it could use."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of CodePipeline.

    `tells` None has an empty answer on the wire. `text` is what it does here, `deviation` where that is not
    what AWS does; both are printed in the reference.
    """

    does: Callable[[Any, Any], Telling | None]
    asks: type[Asking]
    tells: type[Telling] | None
    way: Way
    scope: Scope
    text: str
    deviation: str = ""


def reading(
    does: Callable[[Any, Any], Telling],
    asks: type[Asking],
    tells: type[Telling] | None,
    text: str,
    deviation: str = "",
) -> Operation:
    """An operation that only looks."""
    return Operation(
        does=does, asks=asks, tells=tells, way="reads", scope=Scope.READ, text=text, deviation=deviation
    )


def writing(
    does: Callable[[Any, Any], Telling | None],
    asks: type[Asking],
    tells: type[Telling] | None,
    text: str,
    deviation: str = "",
    *,
    scope: Scope = Scope.RELEASE,
) -> Operation:
    """An operation that changes something."""
    return Operation(
        does=does, asks=asks, tells=tells, way="writes", scope=scope, text=text, deviation=deviation
    )


def reporting(
    does: Callable[[Any, Any], Telling | None],
    asks: type[Asking],
    tells: type[Telling] | None,
    text: str,
    deviation: str = "",
) -> Operation:
    """An operation of a job's function."""
    return Operation(
        does=does, asks=asks, tells=tells, way="reports", scope=Scope.RELEASE, text=text, deviation=deviation
    )


def refusing(why: str) -> Operation:
    """An operation that CodePipeline has and that is refused here, with the reason."""
    return Operation(
        does=unsupported(why),
        asks=AnyRequest,
        tells=None,
        way="refuses",
        scope=Scope.READ,
        text=f"Is refused: {why}.",
        deviation="",
    )
