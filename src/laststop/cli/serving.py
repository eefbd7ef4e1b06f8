"""A project served with its console beside it: what `up` and `demo` bring up and down."""

import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

from laststop.config.project import Project
from laststop.console.access import Access, Pair, check_binding
from laststop.console.app import make_app
from laststop.console.desk import Webhook
from laststop.console.server import ConsoleServer
from laststop.wiring.engine import Server
from laststop.wiring.serving import Serving


class Served:
    """A context manager: inside the block edge, console and engine are up; `run` works until `stop`.

    Secrets come from the environment: LASTSTOP_TOKEN, LASTSTOP_GITHUB_SECRET.
    """

    def __init__(
        self,
        project: Project,
        *,
        host: str,
        port: int,
        edge_port: int,
        say: Callable[[str], None],
        allowed_hosts: tuple[str, ...] = (),
    ) -> None:
        """Check that the address may be bound; nothing is taken yet.

        Raises: DeniedError for an address beyond the loopback without a token.
        """
        self._token = os.environ.get("LASTSTOP_TOKEN") or None
        check_binding(host, self._token)
        self._project = project
        self._host = host
        self._port = port
        self._edge_port = edge_port
        self._say = say
        self._allowed_hosts = allowed_hosts
        self.console_url = ""
        self.edge_url = ""

    def __enter__(self) -> Self:
        """Bring it up, or, where something is refused, leave nothing behind.

        Raises: ConflictError for a taken port or another server; what the project's files are refused for.
        """
        self.serving = Serving(
            self._project,
            host=self._host,
            edge_port=self._edge_port,
            say=self._say,
            allowed_hosts=self._allowed_hosts,
        )
        self._console: ConsoleServer | None = None
        try:
            self.edge_url = self.serving.start_edge()
            secret = os.environ.get("LASTSTOP_GITHUB_SECRET")
            self._app = make_app(
                self.serving.home,
                pipeline=self.serving.pipeline.name,
                ring=self.serving.server.bell.ring,
                access=Access(host=self._host, token=self._token, allowed_hosts=self._allowed_hosts),
                page_url=self.serving.home.page_url,
                webhook=_webhook(self.serving.server, secret) if secret else None,
                functions=_pair(self.serving.server),
            )
            self._console = ConsoleServer(self._app, host=self._host, port=self._port)
            self.console_url = self._console.start()
            self.serving.prepare(self.console_url)
        except BaseException:
            self._down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring it down; what was running is due again at the next start."""
        self._down()

    def run(self) -> None:
        """Work until `stop`."""
        self.serving.run()

    def stop(self) -> None:
        """End `run`; may be called from any thread, or from a signal."""
        self.serving.stop()

    def _down(self) -> None:
        if self._console is not None:
            self._app.state.events.end()  # listeners would keep the console waiting
            self._console.stop()
        self.serving.close()


def _pair(server: Server) -> Pair:
    keys = server.functions.keys
    return Pair(key_id=keys.access_key_id, secret=keys.secret_access_key)


def _webhook(server: Server, secret: str) -> Webhook:
    return Webhook(secret=secret, look=server.look, pull_request=server.pull_requests.heard)
