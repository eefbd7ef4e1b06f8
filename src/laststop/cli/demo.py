"""`laststop demo`: the whole flow on a made-up project."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import click

from laststop.cli.live import live
from laststop.cli.options import json_option
from laststop.cli.output import coloured, print_json, talk


@click.command("demo")
@click.option("--once", is_flag=True, help="End when the new version is live, with the verdicts.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The console's port.  [default: a free one]"
)
@json_option
def command(once: bool, port: int, as_json: bool) -> int:
    """Show a version going live: three types of algorithms, a page, and a version whose tests complete.

    Everything happens in a temporary folder on this machine, which is removed at the end.

    Example: laststop demo --once
    """
    stopped = threading.Event()
    _on_signals(stopped.set)
    folder = Path(tempfile.mkdtemp(prefix="laststop-demo-"))
    try:
        return _demo(folder / "translations", stopped, once=once, port=port, as_json=as_json)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _demo(folder: Path, stopped: threading.Event, *, once: bool, port: int, as_json: bool) -> int:
    from laststop.cli.demo_show import Show

    began = time.monotonic()
    talk("making a project: three types of translation algorithms, and the repository of their page")
    with Show(folder, port=port, stopped=stopped) as show:
        talk(f"page     {show.page_url}")
        talk(f"console  {show.console_url}")
        talk("a first state goes live: two dozen versions come from the test runner")
        with live(sys.stderr) as show.draw:
            show.import_versions()
            show.wait_until_settled()
        talk(f"first state live after {time.monotonic() - began:.1f} s")
        algorithm, version = show.new_version
        talk(f"now the tests of {algorithm} {version} complete, and it goes live:")
        with live(sys.stderr) as show.draw:
            show.complete_tests(_print_step)
        result = show.result()
        good = show.succeeded(result)
        if as_json:
            print_json(result)
        if good:
            talk(coloured(f"{algorithm} {version} is live, seen through the edge at {show.page_url}", "live"))
            talk(f"next, a page of your own: {_ourselves()} init my-project")
        else:
            talk("the demo did not end as it should; see the verdicts")
        if not once and not stopped.is_set():
            talk(f"it stays up until Ctrl-C (pid {os.getpid()}):")
            talk(f"  page     {show.page_url}")
            talk(f"  console  {show.console_url}")
            stopped.wait()
    return 0 if good else 1


def _ourselves() -> str:
    """The words that call this program from where the user is: it need not be on PATH."""
    called = Path(sys.argv[0])
    if shutil.which(called.name) == str(called):
        return called.name
    with contextlib.suppress(ValueError):
        return str(called.resolve().relative_to(Path.cwd()))
    return str(called)


def _print_step(name: str, at: str, took_seconds: float) -> None:
    talk(f"  {at[11:23]}  {took_seconds:7.3f} s  {name}")


def _on_signals(stop: Callable[[], None]) -> None:
    def end(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
