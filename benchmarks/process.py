"""Whole processes: from the start to the exit."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 30.0
_SHOWN_BYTES = 2000


def module(name: str, *words: str) -> tuple[str, ...]:
    """The command that runs a module with this very Python."""
    return (sys.executable, "-m", name, *words)


def environment() -> Mapping[str, str]:
    """This process's own, with the repository's modules to be found."""
    return os.environ | {"PYTHONPATH": str(ROOT)}


def run_ms(command: Sequence[str]) -> float:
    """How long a command takes to run and exit.

    Raises: RuntimeError with what it said when it fails.
    """
    began = time.perf_counter()
    ended = subprocess.run(
        command,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    took = time.perf_counter() - began
    if ended.returncode != 0:
        said = ended.stderr[-_SHOWN_BYTES:].decode(errors="replace")
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}: {said}")
    return took * 1000
