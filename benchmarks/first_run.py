"""From the start of a process with an empty folder to its exit after one run of eight no-op steps."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from benchmarks.pairing import Comparison, Contender, Effort, Measure, compare
from benchmarks.peers import need_flow
from benchmarks.process import module, run_ms

TITLE = "process start to first run done, new store, exit included"
FULL = Effort(rounds=15, seconds=20)
QUICK = Effort(rounds=3, seconds=3, unseen_rounds=0)


def run(*, quick: bool) -> tuple[Comparison, ...]:
    """laststop against luigi, huey, and the bare commits."""
    contenders = [
        Contender(name="laststop", open=partial(_opened, "laststop")),
        Contender(name="luigi, local scheduler, files", open=partial(_opened, "luigi"), goal=1.0),
        Contender(
            name="huey, as documented: a consumer process", open=partial(_opened, "huey_usual"), goal=1.0
        ),
        Contender(name="huey, consumer inside the process", open=partial(_opened, "huey")),
        Contender(name="floor: SQLite, 6 synced commits", open=partial(_opened, "sqlite")),
    ]
    return (compare(TITLE, contenders, QUICK if quick else FULL),)


@contextmanager
def _opened(name: str) -> Iterator[Measure]:
    need_flow(name)

    def measure() -> float:
        with tempfile.TemporaryDirectory(prefix="laststop-benchmark-") as folder:
            return run_ms(module(f"benchmarks.flow_{name}", folder))

    yield measure
