"""Requests over kept-alive connections: from wrk where it is installed, else from a small client here."""

import asyncio
import re
import shutil
import subprocess
import time
from typing import Protocol

CONNECTIONS = 32
_RATE = re.compile(r"^Requests/sec:\s+([0-9.]+)$", re.MULTILINE)
_WRONG = re.compile(r"^\s*(Non-2xx.*|Socket errors:.*)$", re.MULTILINE)
_SLACK_SECONDS = 10.0
_READ_BYTES = 256 * 1024
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Load(Protocol):
    """A source of requests; `name` for the table."""

    @property
    def name(self) -> str:
        """What people know it by."""
        ...

    def requests_a_second(self, host: str, port: int, path: str) -> float:
        """Ask for a page for the agreed time. Raises: RuntimeError for any answer but a good one."""
        ...


def load_for(seconds: float) -> Load:
    """What there is on this machine to make `seconds` of load with."""
    wrk = shutil.which("wrk")
    return Wrk(wrk, seconds) if wrk else Client(seconds)


class Wrk:
    """The program `wrk`, with one thread."""

    name = "wrk"

    def __init__(self, program: str, seconds: float) -> None:
        """`program` is its path. Limit: wrk counts in whole seconds, so one is the least."""
        self._program = program
        self._seconds = max(1, round(seconds))

    def requests_a_second(self, host: str, port: int, path: str) -> float:
        """Run it once."""
        answer = subprocess.run(
            [
                self._program,
                "-t1",
                f"-c{CONNECTIONS}",
                f"-d{self._seconds}s",
                f"http://{host}:{port}/{path}",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=self._seconds + _SLACK_SECONDS,
        )
        wrong, rate = _WRONG.search(answer.stdout), _RATE.search(answer.stdout)
        if wrong is not None or rate is None:
            raise RuntimeError(f"wrk: {wrong[1] if wrong else answer.stdout}")
        return float(rate[1])


class Client:
    """One thread of this process. It is slower than the faster servers, so it hides part of their lead."""

    name = "a Python client (it limits; install wrk for true ratios)"

    def __init__(self, seconds: float) -> None:
        """Ask for so long."""
        self._seconds = seconds

    def requests_a_second(self, host: str, port: int, path: str) -> float:
        """Ask on all connections at once, on each for one answer after the other."""
        return asyncio.run(self._ask(host, port, path))

    async def _ask(self, host: str, port: int, path: str) -> float:
        request = f"GET /{path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        began = time.perf_counter()
        ends = began + self._seconds
        counts = await asyncio.gather(*(_connection(host, port, request, ends) for _ in range(CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - began)


async def _connection(host: str, port: int, request: bytes, ends: float) -> int:
    """How many whole answers one connection got."""
    reader, writer = await asyncio.open_connection(host, port, limit=_READ_BYTES)
    answers = 0
    try:
        while time.perf_counter() < ends:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"no good answer: {head[:100]!r}")
            length = _LENGTH.search(head)
            if length is not None:
                await reader.readexactly(int(length[1]))
            else:  # sent in chunks, as granian does
                await reader.readuntil(_LAST_CHUNK)
            answers += 1
    finally:
        writer.close()
    return answers
