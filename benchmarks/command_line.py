"""`--help` and `--version`, the whole process: what a person waits for before anything is done."""

import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.pairing import Comparison, Contender, Effort, Measure, compare
from benchmarks.peers import need_program
from benchmarks.process import module, run_ms

CALLS_A_ROUND = 5
FULL = Effort(rounds=15, seconds=8)
QUICK = Effort(rounds=3, seconds=1, unseen_rounds=0)


def run(*, quick: bool) -> tuple[Comparison, ...]:
    """laststop's two against other programs', and against Python itself doing nothing."""
    effort = QUICK if quick else FULL
    return tuple(
        compare(f"laststop {word}, whole process", _contenders(word), effort)
        for word in ("--help", "--version")
    )


def _contenders(word: str) -> list[Contender]:
    return [
        Contender(name=f"laststop {word}", open=partial(_opened, _laststop(), word)),
        Contender(name="rclone version", open=partial(_program, "rclone", "version"), goal=1.0),
        Contender(name="git --version", open=partial(_program, "git", "--version")),
        Contender(name="floor: python -c pass", open=partial(_opened, (sys.executable, "-c", "pass"))),
    ]


def _laststop() -> tuple[str, ...]:
    """The installed command beside this Python, as people call it; else the module."""
    script = Path(sys.executable).parent / "laststop"
    return (str(script),) if script.is_file() else module("laststop")


@contextmanager
def _program(name: str, *words: str) -> Iterator[Measure]:
    with _opened((need_program(name),), *words) as measure:
        yield measure


@contextmanager
def _opened(command: tuple[str, ...], *words: str) -> Iterator[Measure]:
    yield lambda: statistics.median(run_ms((*command, *words)) for _ in range(CALLS_A_ROUND))
