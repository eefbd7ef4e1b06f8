"""An application as a server: one socket, one event loop, a thread of its own."""

import threading
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from laststop.errors import InvariantError
from laststop.homes.shared.http_server import GRACE_SECONDS, ThreadServer, listen, url_of

_BACKLOG = 128


class AppServer:
    """Serves an application; `what` is how errors and the thread call it.

    Concurrency: `start` and `stop` may be called from any thread; the server runs in a thread of its own.
    """

    def __init__(
        self, app: ASGIApp, *, host: str, port: int, what: str, hint: str, lifespan: Literal["on", "off"]
    ) -> None:
        """Nothing is bound yet; port 0 takes a free one. `hint` is for a port that is taken."""
        self._app = app
        self._host = host
        self._port = port
        self._what = what
        self._hint = hint
        self._lifespan = lifespan
        self._lock = threading.Lock()
        self._running: tuple[ThreadServer, threading.Thread, str] | None = None

    @property
    def url(self) -> str:
        """Where it answers; empty while it does not."""
        running = self._running
        return running[2] if running is not None else ""

    def start(self) -> str:
        """Bind and serve; returns the URL. Started already, it only returns that.

        Raises: ConflictError when the port is taken, UsageError when the address cannot be bound,
            InvariantError when it does not start; then nothing is left behind.
        """
        with self._lock:
            if self._running is None:
                self._running = self._start()
            return self._running[2]

    def stop(self) -> None:
        """End what is under way, and close; stopped or never started, do nothing."""
        with self._lock:
            if self._running is not None:
                server, thread, _ = self._running
                server.should_exit = True
                thread.join()
                self._running = None

    def _start(self) -> tuple[ThreadServer, threading.Thread, str]:
        listening = listen(self._host, self._port, what=self._what, hint=self._hint, backlog=_BACKLOG)
        url = url_of(listening)
        server = ThreadServer(
            uvicorn.Config(
                self._app,
                interface="asgi3",
                lifespan=self._lifespan,
                ws="none",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                backlog=_BACKLOG,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )
        thread = threading.Thread(
            target=server.run_until_stopped, args=([listening],), name=self._what, daemon=True
        )
        thread.start()
        server.serving.wait()
        if server.failure is not None or not server.started:
            server.should_exit = True
            thread.join()
            raise InvariantError(f"{self._what} did not start", place=url) from server.failure
        return server, thread, url
