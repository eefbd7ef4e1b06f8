"""Records the logs beside it again: every build of `scenarios.yml`, run by laststop's own builder.

Not run by the tests. It needs npm, node, git, gcc, make, the `dev` extra and the way to the npm registry:

    python tests/logs/record.py [NAME...]

What depends on the machine (temporary paths, the registry's address, process ids) is replaced, so that a log
recorded elsewhere differs by what the tools themselves say. `expected.json` is written by hand: after a new
recording, read the logs and bring it up to date.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from laststop.build.order import BuildInput, BuildOrder
from laststop.homes.embedded.build_log import read_log
from laststop.homes.embedded.builder import ShellBuilder

HERE = Path(__file__).parent
TOKEN: str = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))["secret"]
"""The planted secret: printed by the builds, known to no masking while they run."""

TIMEOUT_SECONDS = 300.0
_SHOWN_REGISTRY = "https://registry.example"


class Registry(BaseHTTPRequestHandler):
    """Knows `@acme/widgets` 1.0.0, whose tarball is not the one its metadata promises."""

    def do_GET(self) -> None:
        if self.path.endswith("widgets-1.0.0.tgz"):
            self._answer(200, b"not the bytes that were published")
        elif self.path.lower().endswith("@acme%2fwidgets"):
            self._answer(200, json.dumps(self._metadata()).encode())
        else:
            self._answer(404, b'{"error": "not_found"}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def _metadata(self) -> dict[str, object]:
        digest = base64.b64encode(hashlib.sha512(b"the bytes that were published").digest()).decode()
        tarball = f"http://{self.headers['Host']}{self.path.rpartition('/')[0]}/widgets-1.0.0.tgz"
        version = {
            "name": "@acme/widgets",
            "version": "1.0.0",
            "dist": {"tarball": tarball, "integrity": f"sha512-{digest}"},
        }
        return {"name": "@acme/widgets", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def registry() -> Iterator[str]:
    """The address of a running `Registry`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def build(name: str, scenario: Mapping[str, Any], *, root: Path, variables: dict[str, str]) -> list[str]:
    """The lines of one build's log, as the builder wrote them."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    server = {"PATH": os.environ["PATH"], "HOME": str(home), "npm_config_registry": npm_registry()}
    order = BuildOrder(
        key=f"run/Build/{name}/1",
        project="site",
        build_number=1,
        initiator="codepipeline/site",
        workspace=str(root / name),
        cache_dir=str(root / "cache"),
        log_file=str(root / f"{name}.ndjson"),
        inputs=(BuildInput(name="frontend", archive=archive(name, scenario, root, variables), revision="1"),),
        primary="frontend",
        outputs=(),
        variables=variables,
        timeout_seconds=TIMEOUT_SECONDS,
    )
    ShellBuilder(server=server).run(order, threading.Event())
    return [line.text for line in read_log(Path(order.log_file)).lines]


def archive(name: str, scenario: Mapping[str, Any], root: Path, variables: dict[str, str]) -> str:
    """The path of the zip of one scenario's sources."""
    spec = {"version": 0.2, "phases": {"build": {"commands": scenario["commands"]}}}
    path = root / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as writing:
        writing.writestr("buildspec.yml", yaml.safe_dump(spec, width=1000))
        for entry, text in (scenario.get("files") or {}).items():
            writing.writestr(entry, filled(text, variables))
    return str(path)


def filled(text: str, variables: dict[str, str]) -> str:
    """A source with its `${NAME}`s replaced."""
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", value)
    return text


def npm_registry() -> str:
    """Where npm fetches from on this machine."""
    shown = subprocess.run(["npm", "config", "get", "registry"], capture_output=True, text=True, check=True)
    return shown.stdout.strip()


def told_anywhere(line: str, *, root: Path, address: str) -> str:
    """A line without what only this machine has."""
    library = Path(sysconfig.get_path("stdlib"))
    names = {
        address: _SHOWN_REGISTRY,
        npm_registry().rstrip("/"): _SHOWN_REGISTRY,
        sysconfig.get_path("purelib"): "/usr/lib/python3/site-packages",
        str(library): "/usr/lib/python3",
        str(Path(sys.executable).parent): "/usr/bin",
        sys.prefix: "/usr",
        f"{root}/home": "/home/robot",
    }
    for ours, theirs in names.items():
        line = line.replace(ours, theirs)
    line = re.sub(rf"(?:file://)?{re.escape(str(root))}/[\w.-]+/(?:\w+/frontend|src)(?:/|\b)", "src/", line)
    line = line.replace(str(root), "/tmp")
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d_\d\d_\d\d_\d{3}Z", "2026-01-01T00_00_00_000Z", line)


def main(names: list[str]) -> None:
    """Record the builds named, or all."""
    scenarios = yaml.safe_load((HERE / "scenarios.yml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="laststop-logs-") as directory, registry() as address:
        root = Path(directory).resolve()
        variables = {"TOKEN": TOKEN, "REGISTRY": address, "NO_UPDATE_NOTIFIER": "1"}
        for name in names or scenarios:
            lines = build(name, scenarios[name], root=root, variables=variables)
            text = "".join(f"{told_anywhere(line, root=root, address=address)}\n" for line in lines)
            (HERE / f"{name}.log").write_text(text, encoding="utf-8")
            print(f"{name}: {len(lines)} lines")


if __name__ == "__main__":
    main(sys.argv[1:])
