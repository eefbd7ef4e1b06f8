"""A scenario's home on this machine: a real project, a real `laststop up`, the real command line."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.workbench import LASTSTOP, Project, Up, until
from laststop.catalog.version import WantedVersion
from laststop.functions.catalog import put_version, set_phase
from laststop.homes.embedded.clerk import Clerk
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.listing import version_lines
from laststop.homes.embedded.readers import JudgeReader, PublishReader
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import clock
from scenarios.home import RELEASED, Standing
from scenarios.lazy_edge import LazyEdge, honest

BUILD = """      - test ! -e "$SWITCHES/broken"
      - while test -e "$SWITCHES/slow"; do sleep 0.02; done
      - python3 build.py
"""
VERIFY_SECONDS = 1
UNREAD = """
SELECT count(*) FROM fact WHERE (kind = 'change.recorded' AND seq > ?)
  OR (kind IN ('document.replaced', 'source.moved', 'release.refused', 'release.lifted') AND seq > ?)
  OR (kind IN ('change.published', 'release.seen', 'run.succeeded', 'run.failed') AND seq > ?)
  OR (kind IN ('release.seen', 'release.unseen', 'run.succeeded', 'run.failed') AND seq > ?)
"""
UNDER_WAY = "SELECT stage FROM run WHERE status IN ('InProgress', 'Stopping')"


def make_template(folder: Path) -> Path:
    """A project as `laststop init` makes it, with a build that can be broken and slowed; copied for each use."""
    subprocess.run([*LASTSTOP, "init", "pages"], cwd=folder, check=True, capture_output=True)
    made = Project(folder / "pages", folder)
    made.replace("laststop.toml", '# pass = ["NPM_TOKEN"]', 'pass = ["SWITCHES"]')
    made.replace("laststop.toml", "within_seconds = 120", f"within_seconds = {VERIFY_SECONDS}")
    made.replace("frontend/buildspec.yml", "      - python3 build.py\n", BUILD)
    made.commit("A build with switches")
    return made.folder


@contextmanager
def served(template: Path, folder: Path) -> Iterator["Embedded"]:
    """A copy of the template, served; everything of it ends with the block."""
    shutil.copytree(template, folder / "pages")
    switches = folder / "switches"
    switches.mkdir()
    with Project(folder / "pages", folder, SWITCHES=str(switches)) as project:
        home = Embedded(project, switches)
        try:
            yield home
        finally:
            home.close()


class Embedded:
    """The `Home` of scenarios over a served project."""

    def __init__(self, project: Project, switches: Path) -> None:
        self.project = project
        self.up: Up | None = project.up()
        self._switches = switches
        self._deaf = False
        self._lazy: LazyEdge | None = None

    def close(self) -> None:
        """End what is not a process."""
        if self._lazy is not None:
            self._lazy.close()

    # The catalog.

    def put(self, algorithm: str, version: str, type_: str = "ranking", phase: str = RELEASED) -> None:
        wanted = WantedVersion(algorithm=algorithm, version=version, type=type_, phase=phase)
        with self._versions() as versions:
            put_version(versions, wanted, self.project.home.policy)

    def phase(self, algorithm: str, version: str, phase: str) -> None:
        with self._versions() as versions:
            set_phase(versions, algorithm, version, phase, self.project.home.policy)

    def retire(self, algorithm: str, version: str) -> None:
        self.phase(algorithm, version, "RETIRED")

    def pin(self, algorithm: str, version: str = "") -> None:
        with self._versions() as versions:
            versions.pin(algorithm, version or None)

    @contextmanager
    def _versions(self) -> Iterator[StoredVersions]:
        """Writes; a dropped doorbell is a record that the reader of the stream has already passed."""
        with self.project.home.store.transaction() as transaction:
            yield StoredVersions(transaction, clock)
            if self._deaf:
                transaction.move_cursor(PublishReader.NAME, transaction.newest())
        if not self._deaf:
            self.project.ring()

    def drop_doorbells(self) -> None:
        self.wait()  # what was told before was told
        self._deaf = True

    def hear_doorbells(self) -> None:
        self._deaf = False

    # Sources, builds and edges.

    def push(self, text: str) -> None:
        self.project.replace("frontend/src/page.html", "</body>", f"<p>{text}</p></body>")
        self.project.commit(text)

    def fail_build(self) -> None:
        (self._switches / "broken").touch()

    def slow_build(self) -> None:
        (self._switches / "slow").touch()

    def mend_build(self) -> None:
        for switch in self._switches.iterdir():
            switch.unlink()

    def slow_edge(self) -> None:
        if self._lazy is None:
            home = self.project.home
            self._lazy = LazyEdge(home.origin(), home.folders.edges)
        self._lazy.stick()

    def mend_edge(self) -> None:
        assert self._lazy is not None, "no edge was made slow"
        self._lazy.choose = honest

    # The process.

    def restart(self) -> None:
        if self.up is not None:
            assert self.up.end() == 0
        self.up = self.project.up()

    def kill(self) -> None:
        assert self.up is not None, "it does not run"
        self.up.kill()
        self.up = None

    # People.

    def sweep(self) -> None:
        self.project.run("sweep")

    def rollback(self, release: str, reason: str) -> None:
        slow = self._lazy is not None and self._lazy.choose is not honest
        self.project.run("release", "rollback", release, "--reason", reason, code=4 if slow else 0)

    def lift(self) -> None:
        self.project.run("release", "lift")

    def retry(self) -> None:
        self.project.run("run", "retry")

    # Looking.

    def wait(self) -> None:
        until(self._is_quiet, "everything that is told of is dealt with")

    def _is_quiet(self) -> bool:
        """Whether a push, if there was one, is known, and then, in one view, nothing is left to do."""
        if self.up is None:
            return True
        if not self._push_is_known():
            return False
        held = StoredGate(self.project.home.store).held()
        with self.project.home.store.view() as view:
            cursors = [
                view.cursor(name) for name in (PublishReader.NAME, "start", JudgeReader.NAME, Clerk.NAME)
            ]
            unread = view.connection.execute(UNREAD, cursors).fetchone()[0]
            at = [stage for (stage,) in view.connection.execute(UNDER_WAY)]
            wanted = view.state("pages").wanted and held is None
        if self._builds_are_slow() and at == ["Build"]:
            return not unread  # what is wanted waits behind it
        return not (unread or at or wanted)

    def _builds_are_slow(self) -> bool:
        return (self._switches / "slow").exists()

    def _push_is_known(self) -> bool:
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=self.project.folder / "frontend",
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        return [(head,)] == self.project.rows("SELECT revision FROM source_head")

    def observe(self) -> Standing:
        home = self.project.home
        live = home.releases.live()
        unproven = home.ledger.unproven()
        with home.store.view() as view:
            lines = version_lines(view, home.policy, home.locations)
            rows = view.connection.execute
            stages = rows("SELECT stage FROM run ORDER BY ordinal DESC LIMIT 1").fetchall()
            messages = rows("SELECT m.text FROM message m JOIN run r ON r.id = m.run ORDER BY r.ordinal")
            told = tuple(text for (text,) in messages)
            deploys = rows("SELECT count(*) FROM fact WHERE kind = 'release.switched'").fetchone()[0]
            builds = rows("SELECT count(*) FROM attempt WHERE action = 'build-site'").fetchone()[0]
        shown = self._fetched("versions.json")
        text = self._fetched("")
        return Standing(
            pages=(json.loads(shown),) if shown else (),
            texts=(text,) if text else (),
            verdicts={f"{one.algorithm} {one.version}": one.verdict or "none" for one in lines},
            reasons={f"{one.algorithm} {one.version}": one.reason for one in lines},
            runs=tuple(self.project.run_status()),
            stage=stages[0][0] if stages else "",
            messages=told,
            held=live.hold.reason if live and live.hold else "",
            proven=live is not None and unproven == (live.release,),
            deploys=deploys,
            builds=builds,
        )

    def _fetched(self, path: str) -> str:
        """What the home's own edge shows; nothing while it is down, or before the first release."""
        if self.up is None:
            return ""
        fetched = self.project.home.edges.fetch(self.up.edge_url, f"/{path}")
        assert fetched.status in (200, 503), f"/{path} answers {fetched.status}"
        return fetched.body.decode() if fetched.status == 200 else ""
