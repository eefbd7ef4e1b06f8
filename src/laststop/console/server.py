"""The console as a server: one socket, one event loop, a thread of its own."""

import threading

import uvicorn
from starlette.types import ASGIApp

from laststop.errors import InvariantError
from laststop.homes.shared.http_server import GRACE_SECONDS, ThreadServer, listen, url_of

_BACKLOG = 128


class ConsoleServer:
    """Serves the console's application.

    Concurrency: `start` and `stop` may be called from any thread; the server runs in a thread of its own.
    """

    def __init__(self, app: ASGIApp, *, host: str, port: int) -> None:
        """Nothing is bound yet; port 0 takes a free one. Whether `host` may be bound is `check_binding`'s."""
        self._app = app
        self._host = host
        self._port = port
        self._lock = threading.Lock()
        self._running: tuple[ThreadServer, threading.Thread, str] | None = None

    def start(self) -> str:
        """Bind and serve; returns the console's URL. Started already, it only returns that.

        Raises: ConflictError when the port is taken, UsageError when the address cannot be bound; then
            nothing is left behind.
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
        hint = "choose another port with --port"
        listening = listen(self._host, self._port, what="the console", hint=hint, backlog=_BACKLOG)
        url = url_of(listening)
        server = ThreadServer(
            uvicorn.Config(
                self._app,
                interface="asgi3",
                lifespan="on",
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
            target=server.run_until_stopped, args=([listening],), name="console server", daemon=True
        )
        thread.start()
        server.serving.wait()
        if server.failure is not None or not server.started:
            server.should_exit = True
            thread.join()
            raise InvariantError("the console did not start", place=url) from server.failure
        return server, thread, url
