"""From a write to the catalog to the verdict `live`, with a build that only copies its documents."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

from benchmarks.pairing import Comparison, Contender, Effort, Measure, compare
from benchmarks.process import run_ms
from laststop.catalog.version import WantedVersion
from laststop.config.project_file import load_project
from laststop.functions.catalog import put_version
from laststop.homes.embedded.git_commit import create_repository
from laststop.homes.embedded.runs import newest_runs
from laststop.homes.embedded.store.statements import load
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import clock
from laststop.wiring.serving import Serving

TITLE = "change to live: catalog write to settled verdict, build that copies"
FULL = Effort(rounds=20, seconds=40)
QUICK = Effort(rounds=3, seconds=4)
TYPES = ("routing", "firewall", "switching")
COPY = "mkdir -p dist && cp page.html dist/index.html && cp {folders} dist/"
LOOK_SECONDS = 0.001
PATIENCE_SECONDS = 30.0
Done = Callable[[], bool]
_NOTICES = load("notices.sql")

PROJECT_FILE = """[project]
name = "benchmark"
types = ["routing", "firewall", "switching"]

[repositories]
"acme/frontend" = "./frontend"
"""


def run(*, quick: bool) -> tuple[Comparison, ...]:
    """laststop's whole way against the bare work in it, done by one shell."""
    contenders = [
        Contender(name="laststop, all stages and the proof", open=_served),
        Contender(name="floor: git archive, copy, sync", open=_shell),
    ]
    return (compare(TITLE, contenders, QUICK if quick else FULL),)


@contextmanager
def _served() -> Iterator[Measure]:
    """The project served as `up` serves it, without a console."""
    with tempfile.TemporaryDirectory(prefix="laststop-benchmark-") as name:
        folder = Path(name) / "project"
        _make_project(folder)
        troubles: list[str] = []
        serving = Serving(load_project(folder), host="127.0.0.1", edge_port=0, say=troubles.append)
        try:
            serving.start_edge()
            serving.prepare("")
            engine = threading.Thread(target=serving.run, name="engine")
            engine.start()
            try:
                yield _Changes(serving, troubles).measure
            finally:
                serving.stop()
                engine.join()
        finally:
            serving.close()


def _make_project(folder: Path) -> None:
    frontend = folder / "frontend"
    frontend.mkdir(parents=True)
    (folder / "laststop.toml").write_text(PROJECT_FILE)
    declaration = resources.files("laststop") / "project" / "demo" / "pipeline.yml"
    (folder / "pipeline.yml").write_text(declaration.read_text())
    copy = COPY.format(folders=" ".join(f"$CODEBUILD_SRC_DIR_{name}/{name}.json" for name in TYPES))
    (frontend / "buildspec.yml").write_text(
        "version: 0.2\n"
        f"phases:\n  build:\n    commands:\n      - {copy}\n"
        'artifacts:\n  base-directory: dist\n  files:\n    - "**/*"\n'
    )
    (frontend / "page.html").write_text("<!doctype html><title>Benchmark</title><p>A page.</p>\n")
    create_repository(frontend, message="A page")


class _Changes:
    """Version after version of one algorithm."""

    def __init__(self, serving: Serving, troubles: list[str]) -> None:
        self._home = serving.home
        self._ring = serving.server.bell.ring
        self._troubles = troubles
        self._number = 0

    def measure(self) -> float:
        """Release one version; gives the time to its verdict. Nothing is under way before or after."""
        self._wait(self._idle, "an idle pipeline")
        self._number += 1
        wanted = WantedVersion(
            algorithm="bgp-policy",
            version=f"1.{self._number}",
            type="routing",
            phase="PACKAGE_TESTS_COMPLETE",
        )
        began = time.perf_counter()
        with self._home.store.transaction() as transaction:
            put_version(StoredVersions(transaction, clock), wanted, self._home.policy)
        self._ring()
        self._wait(lambda: self._is_live(wanted), f"{wanted.algorithm} {wanted.version} live")
        return (time.perf_counter() - began) * 1000

    def _is_live(self, wanted: WantedVersion) -> bool:
        with self._home.store.view() as view:
            rows = view.connection.execute(_NOTICES["of_version"], (wanted.algorithm, wanted.version))
            verdicts = [(row[1], row[2]) for row in rows]
        if verdicts and verdicts[-1][0] not in ("pending", "live"):
            raise RuntimeError(f"{wanted.version} is {verdicts[-1][0]}: {verdicts[-1][1]}")
        return bool(verdicts) and verdicts[-1][0] == "live"

    def _idle(self) -> bool:
        with self._home.store.view() as view:
            newest = newest_runs(view, 1)
        return bool(newest) and not newest[0].live

    def _wait(self, done: Done, what: str) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not done():
            if time.monotonic() > ends:
                raise RuntimeError(f"waited in vain for {what}; {self._troubles[-1:]}")
            time.sleep(LOOK_SECONDS)


@contextmanager
def _shell() -> Iterator[Measure]:
    """Only the work no release can do without: read the sources, build, make the files last."""
    with tempfile.TemporaryDirectory(prefix="laststop-benchmark-") as name:
        folder = Path(name) / "project"
        _make_project(folder)
        for kind in TYPES:
            (folder / f"{kind}.json").write_text("{}")
        copy = COPY.format(folders=" ".join(f"../{kind}.json" for kind in TYPES))
        steps = (
            "rm -rf work && mkdir work && git -C frontend archive HEAD | tar -x -C work"
            f" && cd work && {copy} && sync dist/* && ln -sfn work/dist ../live"
        )
        yield lambda: run_ms(("sh", "-c", f"cd '{folder}' && {steps}"))
