"""A change from the catalog to the page, told step by step, the same in both homes."""

from collections.abc import Iterable

import msgspec

from laststop.words.instants import Instant, instant_text, seconds_between

Moment = tuple[str, Instant]
"""What happened, and when."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step; `at` is None while it has not happened, `waiting_because` says why not.

    Units: `took_seconds` since the step before.
    """

    name: str
    at: str | None = None
    took_seconds: float | None = None
    waiting_because: str | None = None


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A change from the catalog to the page."""

    algorithm: str
    version: str
    verdict: str | None
    steps: tuple[Step, ...]


def steps_of(moments: Iterable[Moment], *, following: str, waits: str) -> tuple[Step, ...]:
    """Moments in order of time, with what each took; `following` is what has not happened, if anything."""
    steps = []
    before: Instant | None = None
    for name, at in sorted(moments, key=lambda moment: moment[1]):
        took = seconds_between(before, at) if before is not None else 0.0
        steps.append(Step(name=name, at=instant_text(at), took_seconds=took))
        before = at
    if following:
        steps.append(Step(name=following, waiting_because=waits))
    return tuple(steps)
