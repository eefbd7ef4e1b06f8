"""Numbers for Prometheus, in its text format.

Source: prometheus.io, "Exposition formats", text format 0.0.4, read 2026-11.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

import msgspec
from starlette.responses import Response

from laststop.console.desk import Asked, Desk
from laststop.homes.embedded.ledger import open_changes
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.words.verdicts import VerdictKind

_SQL = load("metrics.sql")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LEAD_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
RUN_STATUSES = ("InProgress", "Stopping", "Stopped", "Succeeded", "Failed", "Superseded", "Cancelled")

Samples = Iterator[str]


class Family(msgspec.Struct, frozen=True, kw_only=True):
    """One metric: its samples' label and their values, by the label's value."""

    name: str
    text: str
    kind: str = "gauge"
    label: str = ""
    values: Mapping[str, float]


class Metrics:
    """What is measured, kept until the journal moves: a scrape of an idle server costs next to nothing.

    Concurrency: any thread; two at once may count twice.
    Limit: after a move everything kept is counted again, 100,000 changes in about 0.2 s.
    """

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self._kept: tuple[int, tuple[str, ...]] | None = None

    def measured(self, desk: Desk, asked: Asked) -> Response:
        """`GET /metrics`: changes, runs, lead time, what is live."""
        del asked
        edges = len(desk.home.edges.urls())
        now = (
            Family(name="laststop_edges", text="Edges that are running.", values={"": edges}),
            Family(name="laststop_serving", text="Whether the loop runs.", values={"": desk.alive()}),
        )
        lines = [*self._of_store(desk), *(line for family in now for line in _written(family))]
        text = "".join(f"{line}\n" for line in lines)
        return Response(text, headers={"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE})

    def _of_store(self, desk: Desk) -> tuple[str, ...]:
        with desk.home.store.view() as view:
            newest = view.newest()
            if self._kept is None or self._kept[0] != newest:
                self._kept = (newest, (*_stored(view), *_histogram(view)))
            return self._kept[1]


def _stored(view: View) -> Samples:
    """What one view of the store says."""
    live = live_of(view)
    families = (
        Family(
            name="laststop_changes",
            text="Changes kept, by verdict.",
            label="verdict",
            values=_counted(view, "changes", [kind.value for kind in VerdictKind]),
        ),
        Family(
            name="laststop_changes_unsettled",
            text="Published changes without a final verdict.",
            values={"": len(open_changes(view))},
        ),
        Family(
            name="laststop_runs",
            text="Runs kept, by status.",
            label="status",
            values=_counted(view, "runs", RUN_STATUSES),
        ),
        Family(
            name="laststop_live_release",
            text="The release that is live.",
            label="release",
            values={live.release: 1} if live else {},
        ),
        Family(
            name="laststop_live_switched_timestamp_seconds",
            text="When the live release was switched to.",
            values={"": live.switched_at.timestamp()} if live else {},
        ),
        Family(
            name="laststop_held",
            text="Whether the site is held.",
            values={"": bool(live and live.hold is not None)},
        ),
        Family(
            name="laststop_facts_total",
            text="Facts ever written to the journal.",
            kind="counter",
            values={"": view.newest()},
        ),
    )
    for family in families:
        yield from _written(family)


def _counted(view: View, statement: str, always: Iterable[str]) -> dict[str, float]:
    """Counts by a column; those that are none are told, too, so that a graph begins at zero."""
    return dict.fromkeys(always, 0) | dict(view.connection.execute(_SQL[statement]))


def _histogram(view: View) -> Samples:
    """How long changes took from the catalog to the proof."""
    name = "laststop_lead_time_seconds"
    counts = [0] * (len(LEAD_SECONDS) + 1)
    total = 0.0
    for (seconds,) in view.connection.execute(_SQL["lead_seconds"]):
        counts[bisect_left(LEAD_SECONDS, seconds)] += 1
        total += seconds
    yield f"# HELP {name} From the catalog to the proof, of changes that went live."
    yield f"# TYPE {name} histogram"
    below = 0
    for bound, count in zip((*LEAD_SECONDS, float("inf")), counts, strict=True):
        below += count
        yield f'{name}_bucket{{le="{_number(bound)}"}} {below}'
    yield f"{name}_sum {round(total, 3)}"
    yield f"{name}_count {below}"


def _written(family: Family) -> Samples:
    """A metric in the text format; one without a value is left out."""
    if not family.values:
        return
    yield f"# HELP {family.name} {family.text}"
    yield f"# TYPE {family.name} {family.kind}"
    for value, number in family.values.items():
        labels = f'{{{family.label}="{_escaped(value)}"}}' if family.label else ""
        yield f"{family.name}{labels} {_number(number)}"


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else str(value)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
