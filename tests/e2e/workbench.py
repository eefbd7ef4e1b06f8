"""A project on disk, real `laststop` processes over it, and its store read from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

from laststop.catalog.version import WantedVersion
from laststop.config.project_file import load_project
from laststop.functions.catalog import put_version
from laststop.homes.embedded.bell import ring
from laststop.homes.embedded.lock import holder_of
from laststop.homes.embedded.store.replay import differences
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words.facts import Recorded

LASTSTOP = (sys.executable, "-m", "laststop")
RELEASED = "PACKAGE_TESTS_COMPLETE"
PATIENCE_SECONDS = 30.0
FINAL = ("live", "replaced", "rejected")
NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="only /proc tells what a build left"
)


def until(condition: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Ask again and again until the answer is truthy, and give it; `what` names what never came."""
    ends = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < ends, f"after {seconds} s still not: {what}"
        time.sleep(0.01)
    return answer


class Process:
    """A `laststop` command that stays; what it says lands in files."""

    def __init__(self, words: Iterable[str], folder: Path, log: Path, environment: Mapping[str, str]) -> None:
        self.out, self.err = log.with_suffix(".out"), log.with_suffix(".err")
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.popen = subprocess.Popen(
                [*LASTSTOP, *words], cwd=folder, stdout=out, stderr=err, env=dict(environment)
            )

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def said(self) -> str:
        """What it told people so far."""
        return self.err.read_text()

    def line(self, file: Path, seconds: float = PATIENCE_SECONDS) -> str:
        """The first whole line of a file; a process that ends without one fails the test with its words."""

        def look() -> str:
            text = file.read_text()
            assert text or self.popen.poll() is None, f"ended with {self.popen.returncode}: {self.said}"
            return text if "\n" in text else ""

        return until(
            look, f"a first line of {' '.join(map(str, self.popen.args))}", seconds=seconds
        ).splitlines()[0]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.popen.kill()
        self.popen.wait()

    def end(self, number: signal.Signals = signal.SIGTERM, *, seconds: float = 15.0) -> int:
        """Ask it to end; gives its exit status."""
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        return self.popen.wait(seconds)


class Up(Process):
    """`laststop up`."""

    def ready(self) -> "Up":
        """Wait until it serves."""
        line = json.loads(self.line(self.out))
        assert line["pid"] == self.pid
        self.console_url, self.edge_url = line["console_url"], line["edge_url"]
        return self


class Project:
    """A project folder and the processes a test started over it; a context manager that ends them all."""

    def __init__(self, folder: Path, logs: Path, **environment: str) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("LASTSTOP_")}
        self.environment = clean | environment
        self._logs = logs
        self._processes: list[Process] = []
        self._home: EmbeddedHome | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            if process.popen.poll() is None:
                process.kill()
        for pid in processes_of(self.folder):  # builds have sessions of their own, and outlive a kill
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._home is not None:
            self._home.close()

    # Processes.

    def start(self, kind: type[Process], *words: str) -> Any:
        process = kind(
            words, self.folder, self._logs / f"{len(self._processes)}-{words[0]}", self.environment
        )
        self._processes.append(process)
        return process

    def spawn(self, *options: str) -> Up:
        """Start `up` and do not wait."""
        return self.start(Up, "up", "--json", "--port", "0", "--edge-port", "0", *options)

    def up(self, *options: str) -> Up:
        """Start `up` and wait until it serves."""
        return self.spawn(*options).ready()

    def edge(self) -> tuple[Process, str]:
        """Start an edge of its own; gives the process and the address of the page."""
        process = self.start(Process, "edge", "--port", "0")
        return process, process.line(process.err).split()[-1].rstrip("/")

    def run(
        self, *words: str, code: int = 0, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and check its exit status."""
        done = subprocess.run(
            [*LASTSTOP, *words],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**self.environment, **environment},
        )
        assert done.returncode == code, (
            f"{words} ended with {done.returncode}, not {code}: {done.stderr}{done.stdout}"
        )
        return done

    def json(self, *words: str) -> Any:
        """What a command prints for scripts."""
        return json.loads(self.run(*words, "--json").stdout)

    # Files.

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the project; what is replaced must be there."""
        text = (self.folder / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def commit(self, message: str) -> None:
        """Commit everything in the frontend's repository."""
        identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
        for words in (("add", "-A"), (*identity, "commit", "-q", "-m", message)):
            subprocess.run(["git", *words], cwd=self.folder / "frontend", check=True)

    # The store.

    @property
    def home(self) -> EmbeddedHome:
        """The store, opened once, beside whatever process works over it."""
        if self._home is None:
            self._home = EmbeddedHome(load_project(self.folder))
        return self._home

    def put(self, *wanted: tuple[str, str, str], phase: str = RELEASED) -> None:
        """Put versions (algorithm, version, type) in one transaction, and ring."""
        with self.home.store.transaction() as transaction:
            versions = StoredVersions(transaction, clock)
            for algorithm, version, type_ in wanted:
                row = WantedVersion(algorithm=algorithm, version=version, type=type_, phase=phase)
                put_version(versions, row, self.home.policy)
        self.ring()

    def ring(self) -> None:
        ring(holder_of(self.home.folders.lock))

    def facts(self) -> list[Recorded]:
        """The whole journal."""
        with self.home.store.view() as view:
            return view.after(0, 10**9)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.home.store.view() as view:
            return view.connection.execute(sql, values).fetchall()

    def drift(self) -> list[str]:
        """Where the tables are not what the journal says."""
        return differences(self.home.store)

    def verdicts(self) -> dict[tuple[str, str], str]:
        """The newest verdict of every version that publishing has read."""
        return {
            (a, v): word
            for a, v, word in self.rows("SELECT algorithm, version, verdict FROM verdict ORDER BY seq")
        }

    def run_status(self) -> list[str]:
        """The status of every run, the oldest first."""
        return [status for (status,) in self.rows("SELECT status FROM run ORDER BY ordinal")]

    def wait_for_verdicts(self, count: int, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Until so many changes have a final verdict, and nothing is under way."""

        def settled() -> bool:
            words = [word for (word,) in self.rows("SELECT verdict FROM verdict")]
            return (
                len(words) == count
                and all(word in FINAL for word in words)
                and not {"InProgress", "Stopping"} & set(self.run_status())
            )

        until(settled, f"{count} final verdicts", seconds=seconds)

    def wait_for_run(self, status: str, *, seconds: float = PATIENCE_SECONDS) -> None:
        """Until the newest run stands so."""
        until(lambda: self.run_status()[-1:] == [status], f"a run that is {status}", seconds=seconds)


@contextmanager
def project(tmp_path: Path, name: str = "pages", **environment: str):
    """A new project made by `laststop init`; every process of it ends with the block."""
    logs = tmp_path / "said"
    logs.mkdir(parents=True)
    subprocess.run([*LASTSTOP, "init", name], cwd=tmp_path, check=True, capture_output=True)
    with Project(tmp_path / name, logs, **environment) as made:
        yield made


def processes_of(folder: Path, command: str = "") -> list[int]:
    """The living processes started with this folder in their environment or words, and this command's name.

    Limit: empty where there is no `/proc` to tell.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
            places = (entry / "environ").read_bytes() + words
            ended = (entry / "stat").read_text().rpartition(")")[2].split()[0] in "ZXx"
        except OSError:
            continue
        if os.fsencode(folder) in places and words.startswith(command.encode()) and not ended:
            found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]
