"""A durable run of eight steps that do nothing: what an engine itself costs."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.apart import apart
from benchmarks.pairing import Comparison, Contender, Effort, Measure, compare
from benchmarks.peers import Flow, flow_of

TITLE = "durable run of 8 no-op steps, warm (median of a round's runs)"
WARM_RUNS = 3
RUNS_A_ROUND = 15
FULL = Effort(rounds=25, seconds=25, unseen_rounds=0)
QUICK = Effort(rounds=3, seconds=2, unseen_rounds=0)

LARGE_TITLE = "the same beside workflow engines, each in a process of its own (one run a round)"
LARGE_FULL = Effort(rounds=15, seconds=45, unseen_rounds=2)
LARGE_QUICK = Effort(rounds=3, seconds=5, unseen_rounds=1)


def run(*, quick: bool) -> tuple[Comparison, ...]:
    """laststop against luigi, huey, dbos, prefect, and the bare commits."""
    contenders = [
        Contender(name="laststop", open=partial(_opened, "laststop")),
        Contender(name="luigi, local scheduler, files", open=partial(_opened, "luigi"), goal=1.0),
        Contender(name="huey, SQLite, 2 ms polls, chord", open=partial(_opened, "huey"), goal=1.0),
        Contender(name="floor: SQLite, 6 synced commits", open=partial(_opened, "sqlite")),
    ]
    large = [
        Contender(name="laststop", open=partial(apart, "laststop")),
        Contender(name="dbos, SQLite", open=partial(apart, "dbos"), goal=1.0),
        Contender(name="prefect, its own server, SQLite", open=partial(apart, "prefect"), goal=1.0),
        Contender(name="floor: SQLite, 6 synced commits", open=partial(apart, "sqlite")),
    ]
    return (
        compare(TITLE, contenders, QUICK if quick else FULL),
        compare(LARGE_TITLE, large, LARGE_QUICK if quick else LARGE_FULL),
    )


@contextmanager
def _opened(name: str) -> Iterator[Measure]:
    yield partial(_median_ms, flow_of(name))


def _median_ms(flow: Flow) -> float:
    """One round; the flow is closed after it, because huey's threads would poll into the others' rounds."""
    with tempfile.TemporaryDirectory(prefix="laststop-benchmark-") as folder, flow(Path(folder)) as once:
        for _ in range(WARM_RUNS):
            once()
        return statistics.median(_took_seconds(once) for _ in range(RUNS_A_ROUND)) * 1000


def _took_seconds(once: Callable[[], None]) -> float:
    began = time.perf_counter()
    once()
    return time.perf_counter() - began
