"""The embedded home in one thread: the real store, readers, engine and functions, over a fake builder and edge."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import msgspec

from laststop.catalog.dealing import document_objects
from laststop.catalog.document import empty
from laststop.catalog.document_zip import unpack
from laststop.catalog.phases import Phases
from laststop.catalog.version import WantedVersion
from laststop.engine.loop import Engine
from laststop.functions.announce import announce
from laststop.functions.catalog import put_version, set_phase
from laststop.functions.deploy_site import deploy_site
from laststop.functions.invalidate_edge import invalidate_edge
from laststop.functions.publish import Policy
from laststop.functions.verify_live import Proof, verify_live
from laststop.homes.embedded.actions.invoke import Invoke
from laststop.homes.embedded.actions.source_s3 import S3Source
from laststop.homes.embedded.artifacts import BlobArtifacts
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.buckets.buckets import Buckets
from laststop.homes.embedded.clerk import Clerk
from laststop.homes.embedded.control import StoredControl
from laststop.homes.embedded.documents import StoredDocuments
from laststop.homes.embedded.drive import Drive
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.ledger import StoredBillVersions, StoredSiteLedger
from laststop.homes.embedded.listing import version_lines
from laststop.homes.embedded.objects import Objects
from laststop.homes.embedded.readers import JudgeReader, PublishReader
from laststop.homes.embedded.releases import StoredReleases
from laststop.homes.embedded.runs import StoredRuns, newest_runs
from laststop.homes.embedded.start_reader import StartReader
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.trace import trace
from laststop.homes.embedded.versions import StoredVersions
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import Declare, Report, Succeeded
from laststop.site.probe import Observation
from laststop.words.artifact import Artifact
from laststop.words.bill import Revision
from laststop.words.digests import digest_of
from laststop.words.facts_catalog import SourceMoved
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from unit.pipeline.good_declaration import GOOD

COMPLETE = "PACKAGE_TESTS_COMPLETE"
RUNNING = "PACKAGE_TESTS_RUNNING"
BRANCH = "acme/frontend@main"
PIPELINE = "translations"
EPOCH = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


class Clock:
    """Ticks by a millisecond each time somebody looks."""

    def __init__(self) -> None:
        self.at = EPOCH

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


class Killed(BaseException):
    """Stands for the end of the process: nobody catches it."""


class Patience:
    """Waits without waiting."""

    def __init__(self, patient_for: float = 1e9) -> None:
        self.elapsed = 0.0
        self.patient_for = patient_for

    def wait(self, seconds: float) -> bool:
        self.elapsed += seconds
        return self.elapsed < self.patient_for

    def elapsed_seconds(self) -> float:
        return self.elapsed


class FakeEdge:
    """One edge over the releases. `behind` makes it show an older release, `wrong` replaces a page."""

    def __init__(self, home: "Home") -> None:
        self._home = home
        self.urls = ("http://edge.test",)
        self.purges: list[tuple[tuple[str, ...], str]] = []
        self.failure: Exception | None = None
        self.behind: str | None = None
        self.wrong: dict[str, bytes] = {}
        self.fetched: list[str] = []

    def purge(self, paths: tuple[str, ...], reference: str) -> int:
        if self.failure is not None:
            raise self.failure
        self.purges.append((paths, reference))
        return len(self.urls)

    def edges(self) -> tuple[str, ...]:
        return self.urls

    def fetch(self, edge: str, path: str) -> Observation:
        self.fetched.append(path)
        if path in self.wrong:
            return Observation(status=200, digest=digest_of(self.wrong[path]), body=self.wrong[path])
        live = self._home.releases.live()
        shown = self.behind or (live.release if live else "")
        entry = self._home.releases.manifest(shown).of(path) if shown else None
        if entry is None:
            return Observation(status=404, digest=digest_of(b""))
        return Observation(status=200, digest=entry.digest, body=self._home.blobs.read(entry.digest))


class InlineExecutor:
    """Runs a command when it is started; `held` names actions that only end when they are let go."""

    def __init__(self, providers) -> None:
        self.providers = providers
        self.held: set[str] = set()
        self.begun: list[str] = []
        self.cancelled: list[str] = []
        self._running = {}
        self._ended: list[Report] = []

    def start(self, command) -> None:
        self.begun.append(command.key.action)
        self._running[command.name] = command
        if command.key.action not in self.held:
            self._end(command)

    def let_go(self, action: str) -> None:
        self.held.discard(action)
        for command in list(self._running.values()):
            if command.key.action == action:
                self._end(command)

    def _end(self, command) -> None:
        outcome = self.providers[command.provider](command)
        self._ended.append(Report(key=command.key, job=command.job, outcome=outcome))

    def cancel(self, name: str) -> None:
        self.cancelled.append(name)

    def running(self) -> frozenset[str]:
        return frozenset(self._running)

    def reports(self) -> list[Report]:
        ended, self._ended = self._ended, []
        for report in ended:
            self._running = {n: c for n, c in self._running.items() if c.key != report.key}
        return ended


USUAL = {
    "RetryStageExecution": {"retryMode": "FAILED_ACTIONS"},
    "EnableStageTransition": {"transitionType": "Inbound"},
    "DisableStageTransition": {"transitionType": "Inbound"},
}


class StateOf:
    """The engine's journal over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.transaction = store.transaction

    def state(self, pipeline: str):
        with self._store.view() as view:
            return view.state(pipeline)


class Home:
    """A project with three types, served or not, as far as one thread can."""

    def __init__(self, path, *, types=("routing", "firewall", "switching"), objects=None) -> None:
        self.path = path
        self.clock = Clock()
        self.store = Store(path / "laststop.db")
        self.store.database._writer.execute("PRAGMA synchronous=OFF")  # no power cuts here
        self.blobs = Blobs(path / "blobs")
        self.releases = StoredReleases(self.store, self.blobs, path / "site", self.clock)
        self.ledger = StoredSiteLedger(self.store, self.clock)
        self.runs = StoredRuns(self.store)
        self.policy = Policy(phases=Phases(), objects=document_objects(types, objects))
        self.locations = {each.object: f"docs/{each.key}" for each in self.policy.objects}
        self.edge = FakeEdge(self)
        self.commit = "c1"
        self.broken: Failure | None = None
        self.files: dict[str, bytes] = {}
        self.patience = Patience()
        self.publisher = PublishReader(self.store, self.policy, self.locations, self.clock)
        self.declared = msgspec.convert(GOOD, Pipeline)
        self.starter = StartReader(self.store, PIPELINE, flow=True)
        self.judge = JudgeReader(self.store, self.policy, self.locations, self.clock)
        self.clerk = Clerk(
            self.store, project=PIPELINE, page_url=lambda: "http://page.test/", clock=self.clock
        )
        self.executor = InlineExecutor(self._providers())
        self.engine = self.engine_over(self.executor)
        self.drive = self.drive_over(self.engine)
        self.control = StoredControl(self.store, clock=self.clock, draw=draw, ring=lambda: None)

    def engine_over(self, executor) -> Engine:
        return Engine(
            pipeline=PIPELINE,
            journal=StateOf(self.store),
            executor=executor,
            gate=StoredGate(self.store),
            clock=self.clock,
            draw=draw,
        )

    def drive_over(self, engine: Engine) -> Drive:
        return Drive(
            pipeline=PIPELINE,
            store=self.store,
            engine=engine,
            journal=StateOf(self.store),
            gate=StoredGate(self.store),
            flow=True,
        )

    @property
    def proof(self) -> Proof:
        return Proof(
            releases=self.releases,
            ledger=self.ledger,
            probe=self.edge,
            bill_versions=StoredBillVersions(self.store),
            within_seconds=10.0,
            versions_path="/versions.json",
        )

    # the catalog

    @contextmanager
    def versions(self) -> Iterator[StoredVersions]:
        with self.store.transaction() as transaction:
            yield StoredVersions(transaction, self.clock)

    def put(self, algorithm, version, phase=COMPLETE, type_="routing", **attributes) -> None:
        wanted = WantedVersion(
            algorithm=algorithm, version=version, type=type_, phase=phase, attributes=attributes or None
        )
        with self.versions() as versions:
            put_version(versions, wanted, self.policy)

    def phase(self, algorithm, version, phase) -> None:
        with self.versions() as versions:
            set_phase(versions, algorithm, version, phase, self.policy)

    def pin(self, algorithm, version) -> None:
        with self.versions() as versions:
            versions.pin(algorithm, version)

    def push(self, commit: str) -> None:
        """The repository moves, and the watcher notes it."""
        first = self.table("source_head") == []
        self.commit = commit
        self.append(SourceMoved(at=self.clock(), location=BRANCH, revision=commit, first=first))

    # the flow

    def open_documents(self) -> None:
        with self.store.transaction() as transaction:
            documents = StoredDocuments(transaction, self.locations, self.clock)
            for each in self.policy.objects:
                if documents.head(each.object) is None:
                    documents.replace(empty(each.object, each.types), expected=None)

    def serve(self) -> "Home":
        """What `up` does before it works."""
        self.open_documents()
        self.releases.mend_current()
        self.push(self.commit)
        self.engine.step([Declare(declaration=self.declared)])
        return self

    def publish(self) -> int:
        """Every batch there is; gives how many."""
        batches = 0
        while self.publisher.read():
            batches += 1
        return batches

    def step(self) -> bool:
        """One pass of the server's loop."""
        did = self.publisher.read()
        did = self.drive_over(self.engine).decide() or did
        did = self.judge.read() or did
        return self.clerk.read() or did

    def wish(self):
        """What the sources' news ask for, if they do, and the place they were read up to."""
        wishes = self.starter.read(self.declared, held=StoredGate(self.store).held() is not None)
        return (wishes.inputs[0] if wishes.inputs else None), wishes.place

    def work(self) -> "Home":
        """Until nothing is left to do."""
        for _ in range(500):
            if not self.step():
                return self
        raise AssertionError("the loop never comes to rest")

    def call(self, operation: str, **request) -> dict:
        """An operation; what every client has to say is said where a test does not care."""
        return self.control.call(operation, USUAL.get(operation, {}) | request)

    # looking

    def append(self, *facts) -> list[int]:
        with self.store.transaction() as transaction:
            return [transaction.append(fact) for fact in facts]

    def facts(self, *kinds) -> list:
        with self.store.view() as view:
            found = view.after(0, 1_000_000)
        return [each.fact for each in found if not kinds or each.fact.kind in kinds]

    def table(self, name: str) -> list[tuple]:
        with self.store.view() as view:
            return view.connection.execute(f"SELECT * FROM {name}").fetchall()

    def verdicts(self) -> dict[tuple[str, str], str]:
        """The newest verdict on every version, as it is kept."""
        with self.store.view() as view:
            rows = view.connection.execute("SELECT algorithm, version, verdict FROM verdict ORDER BY seq")
            return {(algorithm, version): verdict for algorithm, version, verdict in rows}

    def line(self, algorithm: str, version: str):
        with self.store.view() as view:
            lines = version_lines(view, self.policy, self.locations, algorithm=algorithm)
        return next(line for line in lines if line.version == version)

    def trace(self, algorithm: str, version: str | None = None, *, serving: bool = True):
        with self.store.view() as view:
            state = view.state(PIPELINE)
            return trace(
                view,
                algorithm,
                version,
                policy=self.policy,
                locations=self.locations,
                state=state,
                serving=serving,
            )

    def message(self, run: str) -> tuple[int, str] | None:
        with self.store.view() as view:
            return view.connection.execute(
                "SELECT revision, text FROM message WHERE run = ?", (run,)
            ).fetchone()

    def run_rows(self):
        """Runs, the oldest first."""
        with self.store.view() as view:
            return tuple(reversed(newest_runs(view, 1000)))

    def document(self, object_: str = "routing"):
        with self.store.view() as view:
            documents = StoredDocuments(view, self.locations, self.clock)
            return documents.read(documents.head(object_))

    def shown(self, object_: str = "routing") -> dict[str, str]:
        """Algorithm -> version, as a document has it."""
        document = self.document(object_)
        return {name: entry.version for entries in document.types.values() for name, entry in entries.items()}

    def page(self) -> dict:
        """versions.json of the live release."""
        live = self.releases.live()
        entry = self.releases.manifest(live.release).of("versions.json")
        return json.loads(self.blobs.read(entry.digest))

    # who does the work

    def _providers(self):
        jobs = {
            "deploy-site": lambda event, jobs, _: deploy_site(
                event,
                jobs=jobs,
                runs=self.runs,
                artifacts=BlobArtifacts(self.blobs),
                releases=self.releases,
                ledger=self.ledger,
                clock=self.clock,
            ),
            "invalidate-edge": lambda event, jobs, _: invalidate_edge(
                event, jobs=jobs, releases=self.releases, ledger=self.ledger, edge=self.edge
            ),
            "announce": lambda event, jobs, _: announce(event, jobs=jobs, ring=lambda _: None),
            "verify-live": lambda event, jobs, _: verify_live(
                event, jobs=jobs, runs=self.runs, proof=self.proof, waiting=self.patience
            ),
        }
        invoke = Invoke({f"{PIPELINE}-{name}": handler for name, handler in jobs.items()})
        documents = S3Source(
            Objects(self.store), Buckets(self.blobs.folder.parent / "buckets", self.blobs), self.blobs
        )
        return {
            "Source/AWS/CodeStarSourceConnection/1": self._read_repository,
            "Source/AWS/S3/1": lambda command: documents.run(command, Never()),
            "Build/AWS/CodeBuild/1": self._build,
            "Invoke/AWS/Lambda/1": lambda command: invoke.run(command, Never()),
        }

    def _read_repository(self, command):
        artifact = self.artifact(command.outputs[0], {"commit": self.commit.encode()})
        revision = Revision(action=command.key.action, id=self.commit, location=BRANCH)
        return Succeeded(artifacts=(artifact,), revision=revision)

    def _build(self, command):
        if self.broken is not None:
            return self.broken
        versions: dict[str, dict[str, str]] = {}
        for artifact in command.inputs:
            if artifact.name in self.locations:
                document = unpack(artifact.name, self.blobs.read(artifact.digest))
                for type_, entries in document.types.items():
                    versions[type_] = {name: entry.version for name, entry in entries.items()}
        text = json.dumps(versions, sort_keys=True).encode()
        site = {"index.html": self.commit.encode() + text, "versions.json": text, **self.files}
        return Succeeded(artifacts=(self.artifact(command.outputs[0], site),))

    def artifact(self, name: str, files: dict[str, bytes]) -> Artifact:
        content = zipped(files)
        return Artifact(name=name, digest=self.blobs.put_bytes(content), size_bytes=len(content))


class Never:
    """Somebody always waits."""

    def is_set(self) -> bool:
        return False

    def wait(self, timeout: float | None = None) -> bool:
        return False


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def draw() -> RunId:
    return RunId(str(uuid.uuid4()))
