"""A flow in a process of its own: what it keeps running between its rounds stays out of the others' rounds.

`python -m benchmarks.apart NAME FOLDER` answers every line on its standard input with the milliseconds of
one run, until the input ends.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pairing import Measure
from benchmarks.peers import flow_of, need_flow
from benchmarks.process import environment, module

LEAVING_SECONDS = 20.0


@contextmanager
def apart(name: str) -> Iterator[Measure]:
    """One run of a flow per call, in milliseconds; its process lives as long as the block.

    Raises: Unavailable when its package is not installed; RuntimeError when its process ends early.
    """
    need_flow(name)
    with tempfile.TemporaryDirectory(prefix="laststop-benchmark-") as folder:
        errors = Path(folder) / "errors.log"
        with errors.open("wb") as said:
            process = subprocess.Popen(
                module("benchmarks.apart", name, folder),
                env=environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )
            try:
                yield lambda: _ask(process, errors)
            finally:
                _leave(process)


def _ask(process: "subprocess.Popen[str]", errors: Path) -> float:
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the flow's process has no pipes")
    process.stdin.write("\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise RuntimeError(f"a flow's process ended early: {errors.read_text(errors='replace')[-2000:]}")
    return float(answer)


def _leave(process: "subprocess.Popen[str]") -> None:
    """Closing its input ends it; it is killed when it does not listen."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(LEAVING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def main() -> None:
    """Answer for one flow."""
    name, folder = sys.argv[1:]
    with flow_of(name)(Path(folder)) as once:
        for _ in sys.stdin:
            began = time.perf_counter()
            once()
            sys.stdout.write(f"{(time.perf_counter() - began) * 1000}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
