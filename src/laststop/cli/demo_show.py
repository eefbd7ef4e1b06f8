"""The demo's stage: a served project, the versions it shows, and what became of them."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import msgspec

from laststop.cli.bulk import import_file
from laststop.cli.catalog_home import StoredCatalog
from laststop.cli.following import draw_change, look_at_change, look_at_run, tree_of
from laststop.cli.init import make_project
from laststop.cli.serving import Served
from laststop.config.project_file import load_project
from laststop.errors import RunError
from laststop.functions.catalog import set_phase
from laststop.homes.embedded.listing import run_line, version_lines
from laststop.homes.embedded.runs import newest_runs
from laststop.homes.embedded.store.statements import load
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import clock
from laststop.wiring.serving import Serving
from laststop.words.instants import parse_instant, seconds_between

if TYPE_CHECKING:
    from laststop.cli.live import Draw

HOST = "127.0.0.1"
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.02
RELEASED = "PACKAGE_TESTS_COMPLETE"
_NOTICES = load("notices.sql")


class DemoRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the demo."""

    id: str
    status: str
    bill: dict[str, str]


class DemoVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a version. Units: `seconds_to_live` from the change to its verdict."""

    algorithm: str
    version: str
    type: str
    verdict: str
    run: str | None
    seconds_to_live: float | None


class DemoResult(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints."""

    page_url: str
    console_url: str
    runs: tuple[DemoRun, ...]
    verdicts: tuple[DemoVerdict, ...]


class Show:
    """A context manager: the project is served inside the block."""

    new_version = ("nat-rules", "1.3.0")

    def __init__(self, folder: Path, *, port: int, stopped: threading.Event) -> None:
        """Make the project in `folder`; `stopped` ends every wait."""
        self.draw: Draw | None = None
        make_project("demo", folder)
        self._folder = folder
        self._port = port
        self._stopped = stopped
        self.page_url = ""
        self.console_url = ""

    def __enter__(self) -> Self:
        """Bring it up."""
        self._served = Served(
            load_project(self._folder), host=HOST, port=self._port, edge_port=0, say=lambda _: None
        )
        self._served.__enter__()
        self.page_url = f"{self._served.edge_url}/"
        self.console_url = f"{self._served.console_url}/"
        self._thread = threading.Thread(target=self._served.run, name="engine")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring it down."""
        self._served.stop()
        self._thread.join()
        self._served.__exit__(kind, error, trace)

    @property
    def _live(self) -> Serving:
        return self._served.serving

    def import_versions(self) -> None:
        """The first state of the catalog, as a test runner left it."""
        ring = self._live.server.bell.ring
        import_file(StoredCatalog(self._live.home), self._folder / "versions.ndjson", from_line=1, ring=ring)
        ring()

    def wait_until_settled(self) -> None:
        """Until every release has its final verdict and no run is under way.

        Raises: RunError when that takes longer than anybody waits for a demo.
        """
        self._until(self._settled)

    def _settled(self) -> bool:
        self._draw_run()
        home = self._live.home
        with home.store.view() as view:
            if any(row.live for row in newest_runs(view, 5)):
                return False
            lines = version_lines(view, home.policy, home.locations)
            counts = dict(view.connection.execute(_NOTICES["counts"]))
        waiting = [line for line in lines if line.verdict == "pending"]
        return bool(counts) and not waiting and "pending" not in counts

    def _draw_run(self) -> None:
        """The newest run, where somebody sees pictures."""
        if self.draw is not None:
            home = self._live.home
            with home.store.view() as view:
                rows = newest_runs(view, 1)
            if rows:
                self.draw(tree_of(look_at_run(home, self._live.pipeline.name, rows[0].id)))

    def complete_tests(self, tell: Callable[[str, str, float], None]) -> None:
        """Set the new version's phase, and draw it, or else tell every step, as it happens."""
        home = self._live.home
        algorithm, version = self.new_version
        with home.store.transaction() as transaction:
            set_phase(StoredVersions(transaction, clock), algorithm, version, RELEASED, home.policy)
        self._live.server.bell.ring()
        told = 0

        def look() -> bool:
            nonlocal told
            found = look_at_change(home, self._live.pipeline.name, algorithm, version)
            done = [step for step in found.steps if step.at is not None]
            ended = bool(done) and done[-1].name.startswith("verdict")
            if self.draw is not None:
                draw_change(self.draw, home, self._live.pipeline.name, found, ended=ended)
            else:
                for step in done[told:]:
                    tell(step.name, step.at or "", step.took_seconds or 0.0)
            told = len(done)
            return ended

        self._until(look)
        self.draw = None
        self._until(self._settled)

    def _until(self, done: Callable[[], bool]) -> None:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not done():
            if self._stopped.wait(LOOK_SECONDS):
                raise KeyboardInterrupt
            if time.monotonic() > ends:
                raise RunError(
                    f"nothing more happened for {PATIENCE_SECONDS:.0f} s", hint=f"see {self.console_url}"
                )

    def result(self) -> DemoResult:
        """Runs and verdicts as they stand."""
        home = self._live.home
        with home.store.view() as view:
            runs = [run_line(row) for row in newest_runs(view, 100)]
            newest = {(row[1], row[2]): row for row in view.connection.execute(_NOTICES["all"])}
        verdicts = [
            DemoVerdict(
                algorithm=algorithm,
                version=version,
                type=type_,
                verdict=verdict,
                run=run,
                seconds_to_live=seconds_between(parse_instant(recorded), parse_instant(settled))
                if settled
                else None,
            )
            for _, algorithm, version, type_, verdict, _, run, recorded, settled in newest.values()
        ]
        return DemoResult(
            page_url=self.page_url,
            console_url=self.console_url,
            runs=tuple(DemoRun(id=run.id, status=run.status, bill=run.bill) for run in reversed(runs)),
            verdicts=tuple(verdicts),
        )

    def succeeded(self, result: DemoResult) -> bool:
        """No run failed, every verdict is live or replaced, and the new version is live."""
        new = [x for x in result.verdicts if (x.algorithm, x.version) == self.new_version]
        return (
            not any(run.status == "Failed" for run in result.runs)
            and all(x.verdict in ("live", "replaced") for x in result.verdicts)
            and [x.verdict for x in new] == ["live"]
        )
