"""What the figures were measured on, without names of hosts or people."""

import os
import platform
import sqlite3
import statistics
import tempfile
import time

import msgspec

_SYNCS = 20
_PAGE = b"x" * 4096


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Units: `sync_ms` is the median time a 4 KB append takes to reach the disk, `load` the last minute's.

    A `sync_ms` near nothing means that the temporary folder is no disk: choose one with TMPDIR, because
    durable work compares only where it costs something.
    """

    cores: int
    architecture: str
    system: str
    python: str
    sqlite: str
    sync_ms: float
    load: float

    @property
    def text(self) -> str:
        """One line for people."""
        return (
            f"{self.cores} cores {self.architecture}, {self.system}, Python {self.python}, "
            f"SQLite {self.sqlite}, one synced append {self.sync_ms:.2f} ms, load {self.load:.1f}"
        )


def this_machine() -> Machine:
    """The machine as it is now."""
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        architecture=platform.machine(),
        system=platform.system(),
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        sync_ms=round(_sync_ms(), 3),
        load=round(os.getloadavg()[0], 2),
    )


def _sync_ms() -> float:
    """What the benchmarks' own temporary folder asks for durability."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            began = time.perf_counter()
            file.write(_PAGE)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000
