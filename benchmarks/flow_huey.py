"""The eight steps as huey tasks on SQLite, arranged as fast as huey can go.

Tuned: consumer and waiter look every 2 ms instead of every 100 and more; sources, build and deployment are
one chord that the consumer carries on by itself. Its SQLite file has SQLite's own default,
`synchronous=FULL`, as laststop's store has. The consumer is a set of threads of this process, which is
faster than huey's usual consumer process (`flow_huey_usual`).
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huey import SqliteHuey
from huey.api import group

LOOK_SECONDS = 0.002
PATIENCE_SECONDS = 5.0
WORKERS = 4
FOLDER_VARIABLE = "BENCHMARK_HUEY_FOLDER"


def nothing(*_: object) -> str:
    """A step."""
    return "done"


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """What makes one run and waits for its last two steps."""
    queue = SqliteHuey("benchmark", filename=str(folder / "huey.db"))
    step = queue.task()(nothing)
    consumer = queue.create_consumer(
        workers=WORKERS,
        initial_delay=LOOK_SECONDS,
        backoff=1.0,
        max_delay=LOOK_SECONDS,
        periodic=False,
        check_worker_health=False,
    )
    for _, worker in consumer.worker_threads:
        worker.start()
    try:
        yield lambda: run_steps(queue, step)
    finally:
        consumer.stop_flag.set()
        for _, worker in consumer.worker_threads:
            worker.join()
        queue.storage.close()


def run_steps(queue: Any, step: Any) -> None:
    """One run, with whoever consumes the queue. Raises: huey's ResultTimeout when nobody does."""
    sources = group([step.s(name) for name in ("frontend", "routing", "firewall", "switching")])
    started = queue.enqueue(sources.then(step.s().then(step)))
    for result in started.pipeline_results:
        _wait(result)
    for result in [step("invalidate-edge"), step("announce")]:
        _wait(result)


def _wait(result: Any) -> None:
    done = result.get(blocking=True, backoff=1.0, max_delay=LOOK_SECONDS, timeout=PATIENCE_SECONDS)
    if done != "done":
        raise RuntimeError(f"a step gave {done!r}")


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()
