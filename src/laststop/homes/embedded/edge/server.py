"""The edge as a server: two sockets, one event loop, a thread of its own."""

import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn

from laststop.errors import InvariantError, LaststopError
from laststop.homes.embedded.edge.asgi import Receive, Scope, Send
from laststop.homes.embedded.edge.cache import LIMIT_BYTES, Cache
from laststop.homes.embedded.edge.control import Control
from laststop.homes.embedded.edge.fills import Fills
from laststop.homes.embedded.edge.hosts import Hosts
from laststop.homes.embedded.edge.origin import Origin
from laststop.homes.embedded.edge.readers import Readers
from laststop.homes.embedded.edge.registry import Registered, Registration, register
from laststop.homes.embedded.edge.site_reader import SiteReader
from laststop.homes.shared.http_server import GRACE_SECONDS, ThreadServer, listen, url_of

_BACKLOG = 2048


class EdgeServer:
    """The caching server in front of the site.

    Concurrency: `start` and `stop` may be called from any thread; the server runs in a thread of its own.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        host: str,
        port: int,
        default_ttl_seconds: int,
        registry: Path,
        allowed_hosts: tuple[str, ...] = (),
        cache_bytes: int = LIMIT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is bound yet. Port 0 takes a free one; `registry` is a directory, made when missing."""
        self._origin = origin
        self._host = host
        self._port = port
        self._ttl_seconds = default_ttl_seconds
        self._registry = registry
        self._allowed_hosts = allowed_hosts
        self._cache_bytes = cache_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def start(self) -> str:
        """Bind, register, serve; returns the URL for readers. Started already, it only returns that.

        Raises: ConflictError when the port is taken, UsageError when the address cannot be bound, and what
            `register` raises; then nothing is left behind.
        """
        with self._lock:
            if self._running is None:
                self._running = self._start()
            return self._running.url

    def stop(self) -> None:
        """End what is under way, close, unregister; stopped or never started, do nothing.

        Unregistering comes last: as long as a page can be read here, purges find this edge.
        """
        with self._lock:
            if self._running is not None:
                self._running.stop()
                self._running = None

    def serve_forever(self, started: Callable[[str], object] = lambda _: None) -> None:
        """Serve until SIGINT or SIGTERM arrives (in the main thread), or `stop` is called.

        `started` is told the URL for readers. A signal while the edge starts ends it in order, too.
        Raises: what `start` raises.
        """
        asked = threading.Event()
        with _told_of_signals(asked, self._end):
            try:
                started(self.start())
                running = self._running
                if asked.is_set():
                    self._end()
                if running is not None:
                    running.thread.join()
            finally:
                self.stop()

    def _end(self) -> None:
        """Let the server end by itself; from a signal, so without a lock."""
        running = self._running
        if running is not None:
            running.server.should_exit = True

    def _start(self) -> "_Running":
        page_socket = listen(
            self._host,
            self._port,
            what="the edge",
            backlog=_BACKLOG,
            hint="choose another port with --edge-port",
        )
        try:
            control_socket = listen("127.0.0.1", 0, what="the edge", backlog=_BACKLOG, hint="")
        except LaststopError:
            page_socket.close()
            raise
        url, control_url = url_of(page_socket), url_of(control_socket)
        token = secrets.token_urlsafe(32)
        registration = Registration(pid=os.getpid(), url=url, control_url=control_url, token=token)
        try:
            registered = register(self._registry, registration)
        except LaststopError:
            page_socket.close()
            control_socket.close()
            raise
        cache = Cache(ttl_seconds=self._ttl_seconds, limit_bytes=self._cache_bytes)
        fills = Fills(SiteReader(self._origin), cache, self._clock)
        readers = Readers(cache, fills, Hosts(self._host, self._allowed_hosts), self._clock)
        app = _by_door(readers, Control(cache, token), control_socket.getsockname()[:2])
        running = _Running(url=url, server=ThreadServer(_config(app)), fills=fills, registered=registered)
        running.start([page_socket, control_socket])
        return running


class _Running:
    """One life of the server, from its start to its stop."""

    def __init__(self, *, url: str, server: ThreadServer, fills: Fills, registered: Registered) -> None:
        self.url = url
        self.server = server
        self.thread = threading.Thread(name="edge", daemon=True)
        self._fills = fills
        self._registered = registered

    def start(self, sockets: list[socket.socket]) -> None:
        self.thread = threading.Thread(
            target=self.server.run_until_stopped, args=(sockets,), name="edge", daemon=True
        )
        self.thread.start()
        self.server.serving.wait()
        if self.server.failure is not None:
            self.stop()
            raise InvariantError("the edge did not start", place="edge") from self.server.failure

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self._fills.close()
        self._registered.release()


def _config(app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        interface="asgi3",
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _by_door(
    readers: Readers, control: Control, control_address: tuple[str, int]
) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """One application for both sockets; it is the socket that tells the door, nothing a client says."""

    def app(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        door = control if scope["server"] == control_address else readers
        return door(scope, receive, send)

    return app


@contextmanager
def _told_of_signals(asked: threading.Event, end: Callable[[], None]) -> Iterator[None]:
    """SIGINT and SIGTERM end the server instead of the process; only the main thread can arrange that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        end()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
