"""Measuring side by side: every round measures each contender once, so noise meets all of them alike."""

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Literal

import msgspec

Measure = Callable[[], float]
"""One round of one contender; gives a figure in the comparison's unit."""

Better = Literal["lower", "higher"]
_FEWEST_ROUNDS = 3


class Unavailable(Exception):  # noqa: N818 - a state of this machine, no error of the program
    """A contender cannot take part here; the text says why, and how to bring it in."""


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes part. `open` prepares it (or raises `Unavailable`) and cleans up after it.

    `goal` is the ratio laststop / this one that is wanted, a bound from above where lower is better and from
    below where higher is; None where there is nothing to beat, only a floor to know.
    """

    name: str
    open: Callable[[], AbstractContextManager[Measure]]
    goal: float | None = None


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How long to measure: at most so many rounds, and no new one once the seconds are over (but three).

    `unseen_rounds` go first and do not count, so that everybody is warm.
    """

    rounds: int
    seconds: float
    unseen_rounds: int = 1


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One contender's figures. `ratio` is the median over the rounds of laststop / this one."""

    name: str
    minimum: float
    median: float
    maximum: float
    ratio: float | None = None
    goal: float | None = None
    met: bool | None = None


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A contender that could not take part, and why."""

    name: str
    reason: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What a table shows; the first row is laststop's own."""

    title: str
    unit: str
    better: Better
    rounds: int
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]


def compare(
    title: str, contenders: Sequence[Contender], effort: Effort, *, unit: str = "ms", better: Better = "lower"
) -> Comparison:
    """Measure contenders in turns, the first of them being laststop itself.

    Who goes first changes from round to round.
    Raises: Unavailable when laststop itself cannot take part, and whatever breaks while measuring.
    """
    skipped: list[Skipped] = []
    measures: dict[str, Measure] = {}
    with ExitStack() as stack:
        for contender in contenders:
            try:
                measures[contender.name] = stack.enter_context(contender.open())
            except Unavailable as reason:
                if not measures:
                    raise
                skipped.append(Skipped(name=contender.name, reason=str(reason)))
        figures = _rounds(measures, effort)
    ours = next(iter(figures))
    return Comparison(
        title=title,
        unit=unit,
        better=better,
        rounds=len(figures[ours]),
        rows=tuple(
            _row(
                contender, figures[contender.name], figures[ours] if contender.name != ours else None, better
            )
            for contender in contenders
            if contender.name in figures
        ),
        skipped=tuple(skipped),
    )


def _rounds(measures: dict[str, Measure], effort: Effort) -> dict[str, list[float]]:
    for _ in range(effort.unseen_rounds):
        for measure in measures.values():
            measure()
    figures: dict[str, list[float]] = {name: [] for name in measures}
    order = list(measures)
    ends = time.monotonic() + effort.seconds
    for number in range(effort.rounds):
        if number >= _FEWEST_ROUNDS and time.monotonic() > ends:
            break
        for name in order:
            figures[name].append(measures[name]())
        order.append(order.pop(0))
    return figures


def _row(contender: Contender, figures: list[float], ours: list[float] | None, better: Better) -> Row:
    ratio = None
    if ours is not None:
        ratio = statistics.median(own / other for own, other in zip(ours, figures, strict=True))
    met = None
    if ratio is not None and contender.goal is not None:
        met = ratio <= contender.goal if better == "lower" else ratio >= contender.goal
    return Row(
        name=contender.name,
        minimum=min(figures),
        median=statistics.median(figures),
        maximum=max(figures),
        ratio=ratio,
        goal=contender.goal,
        met=met,
    )
