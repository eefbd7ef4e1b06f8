"""A page of 10 KB, again and again over kept-alive connections: what a reader's hit costs the edge."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.live_page import PAGE, make_file, make_live
from benchmarks.load import CONNECTIONS, Load, load_for
from benchmarks.pairing import Comparison, Contender, Effort, Measure, compare
from benchmarks.peers import need_package
from benchmarks.process import module
from benchmarks.served import HOST, free_port, served

FULL = Effort(rounds=9, seconds=45)
QUICK = Effort(rounds=2, seconds=4, unseen_rounds=0)
SECONDS_A_ROUND = 1.0
QUICK_SECONDS_A_ROUND = 0.3

Server = Callable[[Path, int], tuple[str, ...]]
"""The command that serves a folder's page on a port."""


def run(*, quick: bool) -> tuple[Comparison, ...]:
    """laststop's edge against Python's file servers, each a process of its own with one worker."""
    load = load_for(QUICK_SECONDS_A_ROUND if quick else SECONDS_A_ROUND)
    contenders = [
        Contender(name="laststop edge, cache hit", open=partial(_opened, _edge, load)),
        Contender(name="uvicorn, starlette FileResponse", open=partial(_opened, _uvicorn, load), goal=1.0),
        Contender(name="granian, static files", open=partial(_opened, _granian, load), goal=1.0),
    ]
    title = f"edge hit, 10 KB page, {CONNECTIONS} connections, load from {load.name}"
    effort = QUICK if quick else FULL
    return (compare(title, contenders, effort, unit="requests/s", better="higher"),)


@contextmanager
def _opened(server: Server, load: Load, /) -> Iterator[Measure]:
    """The server in a process of its own, on the loopback, up and checked to give the page."""
    with tempfile.TemporaryDirectory(prefix="laststop-benchmark-") as name:
        folder, port = Path(name), free_port()
        command = server(folder, port)
        with served(command, folder=folder, port=port):
            yield lambda: load.requests_a_second(HOST, port, PAGE)


def _edge(folder: Path, port: int) -> tuple[str, ...]:
    make_live(folder)
    return module("laststop", "edge", "-C", str(folder), "--host", HOST, "--port", str(port))


def _uvicorn(folder: Path, port: int) -> tuple[str, ...]:
    make_file(folder)
    quiet = ("--log-level", "warning", "--no-access-log")
    return module("uvicorn", "benchmarks.file_response:app", "--host", HOST, "--port", str(port), *quiet)


def _granian(folder: Path, port: int) -> tuple[str, ...]:
    need_package("granian")
    mount = ("--static-path-mount", str(make_file(folder)), "--static-path-route", "/static")
    where = ("--interface", "asgi", "--workers", "1", "--host", HOST, "--port", str(port))
    return module("granian", *where, "--no-log", *mount, "benchmarks.file_response:nothing")
