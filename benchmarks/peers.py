"""Peers that may be missing here."""

import importlib
import importlib.util
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.pairing import Unavailable

Flow = Callable[[Path], AbstractContextManager[Callable[[], None]]]
"""Opens a flow in a folder; gives what makes one run of the eight steps."""

_PACKAGES = {
    "luigi": "luigi",
    "huey": "huey",
    "huey_usual": "huey",
    "dbos": "dbos",
    "prefect": "prefect",
}
"""Flow -> the package it needs besides laststop's own."""

INSTALL = "pip install -e '.[bench]'"


def need_package(name: str) -> None:
    """Raises: Unavailable when a Python package is not installed, with the command that installs it."""
    if importlib.util.find_spec(name) is None:
        raise Unavailable(f"{name} is not installed; run: {INSTALL}")


def need_program(name: str) -> str:
    """The program's path. Raises: Unavailable when it is not on PATH."""
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"there is no {name} on PATH; install it with the system's packages")
    return found


def need_flow(name: str) -> None:
    """Raises: Unavailable when the package of a flow module is not installed."""
    package = _PACKAGES.get(name)
    if package is not None:
        need_package(package)


def flow_of(name: str) -> Flow:
    """The `flow` of a flow module, loaded now. Raises: Unavailable when its package is not installed."""
    need_flow(name)
    found: Flow = importlib.import_module(f"benchmarks.flow_{name}").flow
    return found
