"""The same huey, deployed as its documentation says: the consumer is a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.flow_huey import FOLDER_VARIABLE, LOOK_SECONDS, WORKERS, run_steps


@contextmanager
def flow(folder: Path) -> Iterator[Callable[[], None]]:
    """Start huey's consumer program beside this process; end it after the block."""
    os.environ[FOLDER_VARIABLE] = str(folder)
    looks = ("-d", str(LOOK_SECONDS), "-m", str(LOOK_SECONDS), "-b", "1.0", "-w", str(WORKERS))
    consumer = subprocess.Popen(
        [sys.executable, "-m", "huey.bin.huey_consumer", "benchmarks.huey_queue.queue", "-n", "-q", *looks],
        stdin=subprocess.DEVNULL,
    )
    try:
        from benchmarks.huey_queue import queue, step  # now that the environment names the folder

        yield lambda: run_steps(queue, step)
        queue.storage.close()
    finally:
        consumer.kill()  # asked nicely, it takes another tenth of a second, which is no part of the run
        consumer.wait()


if __name__ == "__main__":
    with flow(Path(sys.argv[1])) as run_once:
        run_once()
