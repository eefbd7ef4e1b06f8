"""The object endpoint as a server on the loopback address, in a thread of its own."""

import threading

import uvicorn
from starlette.applications import Starlette

from laststop.errors import InvariantError
from laststop.homes.shared.http_server import GRACE_SECONDS, ThreadServer, listen, url_of

_BACKLOG = 128


class ObjectServer:
    """Listens on a free port of the loopback address; `url` is empty while it does not.

    Concurrency: `start` and `stop` from one thread.
    """

    def __init__(self, app: Starlette) -> None:
        """Nothing is bound yet."""
        self._app = app
        self._server: ThreadServer | None = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def start(self) -> str:
        """Bind and serve; gives the address.

        Raises: ConflictError or UsageError when nothing can be bound, InvariantError when it does not start.
        """
        listening = listen("127.0.0.1", 0, what="the object endpoint", hint="", backlog=_BACKLOG)
        url = url_of(listening)
        server = ThreadServer(
            uvicorn.Config(
                self._app,
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
        )
        thread = threading.Thread(
            target=server.run_until_stopped, args=([listening],), name="object endpoint", daemon=True
        )
        thread.start()
        server.serving.wait()
        if server.failure is not None or not server.started:
            server.should_exit = True
            thread.join()
            raise InvariantError("the object endpoint did not start", place=url) from server.failure
        self._server, self._thread, self.url = server, thread, url
        return url

    def stop(self) -> None:
        """End what is under way and close; safe to call twice."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = None
        self.url = ""
