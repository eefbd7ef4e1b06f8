"""The stand-in with its endpoint beside it."""

import os
from collections.abc import Callable
from types import TracebackType
from typing import Self

from laststop.config.project import Project
from laststop.console.access import Access, check_binding
from laststop.console.app import make_app
from laststop.console.server import ConsoleServer
from laststop.wiring.stand_in import StandIn, stand_in_home


class StoodIn:
    """A context manager: inside the block the endpoint answers; `run` works until `stop`."""

    def __init__(
        self,
        project: Project,
        *,
        endpoint_url: str,
        host: str,
        port: int,
        region: str,
        say: Callable[[str], None],
    ) -> None:
        """Check that the address may be bound; nothing is taken yet.

        Raises: DeniedError for an address beyond the loopback without a token in LASTSTOP_TOKEN.
        """
        self._token = os.environ.get("LASTSTOP_TOKEN") or None
        check_binding(host, self._token)
        self._project = project
        self._endpoint_url = endpoint_url
        self._host = host
        self._port = port
        self._region = region
        self._say = say
        self.url = ""

    def __enter__(self) -> Self:
        """Bring it up, or, where something is refused, leave nothing behind.

        Raises: ConflictError for a taken port or another stand-in over the same state.
        """
        home = stand_in_home(self._project)
        try:
            self._stand_in = StandIn(home, self._endpoint_url, region=self._region, say=self._say)
        except BaseException:
            home.close()
            raise
        self._console: ConsoleServer | None = None
        try:
            self._app = make_app(
                home,
                pipeline=self._project.name,
                ring=self._stand_in.bell.ring,
                access=Access(host=self._host, token=self._token),
                page_url=lambda: "",
                control=self._stand_in.control(),
            )
            self._console = ConsoleServer(self._app, host=self._host, port=self._port)
            self.url = self._console.start()
            self._stand_in.prepare(self.url)
        except BaseException:
            self._bring_down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring it down; what was running is due again at the next start."""
        self._bring_down()

    def run(self) -> None:
        """Work until `stop`."""
        self._stand_in.run()

    def stop(self) -> None:
        """End `run`; may be called from any thread, or from a signal."""
        self._stand_in.stop()

    def _bring_down(self) -> None:
        if self._console is not None:
            self._app.state.events.end()  # listeners would keep the console waiting
            self._console.stop()
        self._stand_in.close()
