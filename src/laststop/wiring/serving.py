"""A project being served: lock, edge and engine together, brought up and down in order."""

import os
import threading
from collections.abc import Callable

from laststop.config.pipeline_files import load_pipelines
from laststop.config.project import Project
from laststop.homes.embedded.edge.server import EdgeServer
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.lock import Holder, ServerLock
from laststop.wiring.embedded import EmbeddedHome
from laststop.wiring.engine import Server
from laststop.wiring.fleet import FLOW


class Serving:
    """What `up` and `demo` run; the console is started beside it by whoever wants one.

    Concurrency: `run` blocks in one thread; `stop` may be called from any.
    """

    def __init__(
        self,
        project: Project,
        *,
        host: str,
        edge_port: int,
        say: Callable[[str], None],
        allowed_hosts: tuple[str, ...] = (),
    ) -> None:
        """Take the lock, read the declarations, open the store; nothing runs yet.

        Raises: ConflictError when another server runs here; what the project's files are refused for.
        """
        pipelines = load_pipelines(project)
        self._lock = ServerLock(Folders(project.root).lock)
        try:
            self.home = EmbeddedHome(project)
            self.server = Server(self.home, pipelines, say)
        except BaseException:
            self._lock.release()
            raise
        self.pipeline = pipelines[FLOW][1]
        self._edge = EdgeServer(
            self.home.origin(),
            host=host,
            port=edge_port,
            default_ttl_seconds=project.edge.default_ttl_seconds,
            registry=self.home.folders.edges,
            allowed_hosts=allowed_hosts,
        )
        self._own_edge = False
        self._down = threading.Lock()
        self._is_down = False
        self.edge_url = ""

    def start_edge(self) -> str:
        """Start an edge, or join the one that already runs over this store; gives its address.

        Raises: ConflictError when the port is taken.
        """
        running = self.home.edges.urls()
        if running:
            self.edge_url = running[0]
        else:
            self.edge_url = self._edge.start()
            self._own_edge = True
        return self.edge_url

    def prepare(self, console_url: str) -> None:
        """Recover, decide what the files changed, and write down how to reach this server."""
        self._lock.note(
            Holder(
                pid=os.getpid(),
                bell_port=self.server.bell.port,
                console_url=console_url,
                edge_url=self.edge_url,
            )
        )
        self.server.functions.console_url = console_url
        self.server.prepare()

    def run(self) -> None:
        """Work until `stop`."""
        self.server.run()

    def stop(self) -> None:
        """End the loop; `close` does the rest."""
        self.server.loop.stop()

    def close(self) -> None:
        """Bring everything down; what was running is due again at the next start. Safe to call twice."""
        with self._down:
            if self._is_down:
                return
            self._is_down = True
            self.server.stop()
            if self._own_edge:
                self._edge.stop()
            self.home.close()
            self._lock.release()
