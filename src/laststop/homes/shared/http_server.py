"""A web server in a thread: its sockets, its start and its end. The edge and the console share it."""

import errno
import socket
import threading

import uvicorn

from laststop.errors import ConflictError, UsageError

GRACE_SECONDS = 2
"""How long responses under way may take to end when the server stops."""
_LAST_PORT = 65_535
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here, only shown


class ThreadServer(uvicorn.Server):
    """uvicorn, saying when it serves; `failure` is why it does not."""

    def __init__(self, config: uvicorn.Config) -> None:
        """Nothing runs yet."""
        super().__init__(config)
        self.serving = threading.Event()
        self.failure: BaseException | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so once uvicorn has started."""
        await super().startup(sockets)
        self.serving.set()

    def run_until_stopped(self, sockets: list[socket.socket]) -> None:
        """Serve these sockets until `should_exit` is set, then close them; for a thread of its own."""
        try:
            self.run(sockets)
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that waits for `serving`
            self.failure = failure
        finally:
            for one in sockets:
                one.close()
            self.serving.set()


def listen(host: str, port: int, *, what: str, hint: str, backlog: int) -> socket.socket:
    """Bind and listen; port 0 takes a free one.

    Raises: ConflictError when the port is taken, UsageError when `what` cannot listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if not 0 <= port <= _LAST_PORT:
        raise UsageError(f"{port} is no port", place=place, hint=hint)
    try:
        return socket.create_server((host, port), family=family, backlog=backlog)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(f"port {port} is in use", place=place, hint=hint) from error
        reason = error.strerror or str(error)
        raise UsageError(f"{what} cannot listen here: {reason}", place=place, hint=hint) from error


def url_of(listening: socket.socket) -> str:
    """Where a socket is reached from this machine."""
    host, port = listening.getsockname()[:2]
    host = _WILDCARDS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
