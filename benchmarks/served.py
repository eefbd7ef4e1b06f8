"""A server as a process of its own, on the loopback, for as long as a block lasts."""

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.live_page import CONTENT, PAGE
from benchmarks.process import environment

HOST = "127.0.0.1"
START_SECONDS = 15.0
STOP_SECONDS = 5.0
LOOK_SECONDS = 0.05
_SHOWN_BYTES = 2000


def free_port() -> int:
    """A port nobody listens on now; whoever is faster takes it, and then the server says so."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def served(command: Sequence[str], *, folder: Path, port: int) -> Iterator[None]:
    """Start a server in a folder, wait until it gives the page, and end it after the block.

    Raises: RuntimeError with what it said when it ends by itself, gives something else, or is too slow.
    """
    said = folder / "server.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            try:
                _wait(process, port)
            except RuntimeError as error:
                words = said.read_bytes()[-_SHOWN_BYTES:].decode(errors="replace")
                raise RuntimeError(f"{' '.join(command)}: {error}; it said: {words}") from error
            yield
        finally:
            _end(process)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode}")
        body = _body(port)
        if body == CONTENT:
            return
        if body is not None:
            raise RuntimeError(f"gives {len(body)} other bytes than the page's")
        time.sleep(LOOK_SECONDS)
    raise RuntimeError(f"gives no page after {START_SECONDS:.0f} s")


def _body(port: int) -> bytes | None:
    """What the server gives for the page; None while nobody listens."""
    connection = http.client.HTTPConnection(HOST, port, timeout=START_SECONDS)
    try:
        connection.request("GET", f"/{PAGE}")
        return connection.getresponse().read()
    except OSError:
        return None
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
