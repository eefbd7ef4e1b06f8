"""An edge that lies: it confirms every purge, and shows what it likes for as long as it likes."""

import json
import os
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from laststop.homes.embedded.edge.registry import Registered, Registration, register
from laststop.homes.embedded.releases import StoredOrigin
from laststop.words.ids import ReleaseId

Choice = Callable[[str, ReleaseId | None], ReleaseId | None]
"""From a path without its leading slash and what is live now to the release that is shown there."""


def honest(_path: str, live: ReleaseId | None) -> ReleaseId | None:
    """Always what is live."""
    return live


def stuck_at(release: ReleaseId | None) -> Choice:
    """Always the same release."""
    return lambda _path, _live: release


class LazyEdge:
    """A registered edge over the store of a project; a context manager. `choose` may be set at any time."""

    def __init__(self, origin: StoredOrigin, registry: Path, choose: Choice = honest) -> None:
        self.origin = origin
        self.choose = choose
        self.purges: list[dict[str, object]] = []
        self.fetched = 0
        self._pages = _serving(_page_handler(self))
        self._control = _serving(_control_handler(self))
        self.url = f"http://127.0.0.1:{self._pages.server_port}"
        self._registered: Registered | None = register(
            registry,
            Registration(
                pid=os.getpid(),
                url=self.url,
                control_url=f"http://127.0.0.1:{self._control.server_port}",
                token=secrets.token_urlsafe(8),
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Unregister and end; safe to call twice."""
        if self._registered is not None:
            self._registered.release()
            self._registered = None
            for server in (self._pages, self._control):
                server.shutdown()
                server.server_close()

    def stick(self) -> None:
        """Stay with what is live now."""
        self.choose = stuck_at(self.origin.release())

    def content(self, path: str) -> tuple[int, bytes]:
        """What a reader is shown at a path."""
        self.fetched += 1
        file = path or "index.html"
        shown = self.choose(file, self.origin.release())
        entry = self.origin.site(shown).get(file) if shown else None
        return (200, self.origin.read(entry.digest)) if entry else (404, b"nothing here")


def _serving(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), name="lazy edge", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def _page_handler(edge: LazyEdge) -> type[BaseHTTPRequestHandler]:
    class Pages(_Handler):
        def do_GET(self) -> None:
            self.answer(*edge.content(unquote(self.path.partition("?")[0]).removeprefix("/")))

    return Pages


def _control_handler(edge: LazyEdge) -> type[BaseHTTPRequestHandler]:
    class Control(_Handler):
        def do_POST(self) -> None:
            edge.purges.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(200, b'{"applied": true, "cleared": 0}')

    return Control
