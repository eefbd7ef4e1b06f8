"""A front of CloudFront's data plane that may stay behind: it shows what was there, whatever was purged since."""

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class LazyFront:
    """Stands before the emulator on a port of its own; a context of one test session."""

    def __init__(self, behind: str, files: Callable[[], dict[str, bytes]]) -> None:
        """`behind` is the emulator's address; `files` gives the whole site as it is now."""
        self._behind, self._files = behind, files
        self._kept: dict[str, bytes] | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, args=(0.01,), name="lazy front", daemon=True
        ).start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def stick(self) -> None:
        """Stay with what is there now."""
        self._kept = self._files()

    def follow(self) -> None:
        """Show what is there."""
        self._kept = None

    def content(self, address: str, host: str) -> tuple[int, bytes]:
        """What a reader is shown."""
        kept = self._kept
        if kept is None:
            return self._fetched(address, host)
        path = urlsplit(address).path.removeprefix("/")
        found = kept.get(f"{path}index.html" if path.endswith("/") or not path else path)
        return (200, found) if found is not None else (404, b"nothing here")

    def _fetched(self, address: str, host: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"{self._behind}{address}", headers={"Host": host})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read()


def _handler(front: LazyFront) -> type[BaseHTTPRequestHandler]:
    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = front.content(self.path, self.headers["Host"])
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    return Pages
