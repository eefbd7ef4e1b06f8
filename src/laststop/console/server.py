"""The console as a server: one socket, one event loop, a thread of its own."""

import errno
import socket
import threading

import uvicorn
from starlette.types import ASGIApp

from laststop.errors import ConflictError, InvariantError, UsageError

_BACKLOG = 128
_LAST_PORT = 65_535
_GRACE_SECONDS = 2
"""How long responses under way may take to end when the console stops."""

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here, only shown


class _Server(uvicorn.Server):
    """uvicorn, saying when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()
        self.failure: BaseException | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    def run_until_stopped(self, listening: socket.socket) -> None:
        try:
            self.run([listening])
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits in `start`
            self.failure = failure
        finally:
            listening.close()
            self.serving.set()


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
        self._running: tuple[_Server, threading.Thread, str] | None = None

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

    def _start(self) -> tuple[_Server, threading.Thread, str]:
        listening = _listen(self._host, self._port)
        url = _url_of(listening)
        server = _Server(
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
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        thread = threading.Thread(
            target=server.run_until_stopped, args=(listening,), name="console server", daemon=True
        )
        thread.start()
        server.serving.wait()
        if server.failure is not None or not server.started:
            server.should_exit = True
            thread.join()
            raise InvariantError("the console did not start", place=url) from server.failure
        return server, thread, url


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    hint = "choose another port with --port"
    if not 0 <= port <= _LAST_PORT:
        raise UsageError(f"{port} is no port", place=place, hint=hint)
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(f"port {port} is in use", place=place, hint=hint) from error
        reason = error.strerror or str(error)
        raise UsageError(f"the console cannot listen here: {reason}", place=place, hint=hint) from error


def _url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
