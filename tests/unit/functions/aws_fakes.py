"""The ports of the functions that only the AWS home runs, in memory."""

from datetime import timedelta

import msgspec

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.ports.documents import DocumentRevision
from laststop.catalog.ports.versions import AlgorithmPage
from laststop.catalog.version import VersionRow
from laststop.errors import ConflictError, NotFoundError
from laststop.functions.history import Detail, Past
from laststop.functions.message_ports import Told
from laststop.functions.start_ports import StartMark
from laststop.functions.verdict_ports import OpenChange, ProofNote
from laststop.notices.judge import Published
from laststop.words.ids import RunId
from laststop.words.verdicts import VerdictKind
from unit.homes.home_workbench import EPOCH


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self):
        return self.now

    def move(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Patient:
    """Waits at once, moving the clock; `meanwhile` is called with every wait."""

    def __init__(self, clock: Clock, *, enough_after: float = 1e9) -> None:
        self.clock = clock
        self.waited = 0.0
        self.enough_after = enough_after
        self.meanwhile = lambda: None

    def wait(self, seconds: float) -> bool:
        self.waited += seconds
        self.clock.move(seconds)
        self.meanwhile()
        return self.waited < self.enough_after

    def elapsed_seconds(self) -> float:
        return self.waited


class FakeMarks:
    """`meanwhile` holds what others do right before the next writes, one call each."""

    def __init__(self, mark: StartMark | None = None) -> None:
        self.mark = mark or StartMark()
        self.meanwhile: list = []

    def get(self) -> StartMark:
        return self.mark

    def put(self, mark, *, expected):
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.mark.revision != expected.revision:
            raise ConflictError("the mark was written meanwhile")
        assert mark.revision == expected.revision + 1
        self.mark = mark


class FakeStarter:
    """Gives the same run for the same token, as CodePipeline does."""

    def __init__(self, history: "FakeHistory") -> None:
        self.history = history
        self.asked: list[tuple[dict, str]] = []
        self.runs: dict[str, RunId] = {}
        self.meanwhile = lambda: None

    def start(self, pins, token):
        self.asked.append((dict(pins), token))
        self.meanwhile()
        if token not in self.runs:
            self.runs[token] = RunId(f"run-{len(self.runs) + 1}")
            self.history.began(self.runs[token], {f"{name}-source": each for name, each in pins.items()})
        return self.runs[token]


class FakeCauses:
    def __init__(self, **noted: str) -> None:
        self.noted = {RunId(run): cause for run, cause in noted.items()}

    def note(self, run, cause) -> None:
        self.noted.setdefault(run, cause)

    def of(self, runs) -> dict:
        return {run: self.noted[run] for run in runs if run in self.noted}


class FakeRefusals:
    def __init__(self, *fresh: str) -> None:
        self.fresh = set(fresh)

    def wants_fresh(self, run) -> bool:
        return run in self.fresh


class FakeHistory:
    def __init__(self) -> None:
        self.details: dict[RunId, Detail] = {}
        self.logs: dict[str, tuple[str, ...]] = {}
        self.asked: list[str] = []

    def began(self, run, sources=None, status="InProgress", **more) -> None:
        past = Past(
            id=RunId(run),
            status=status,
            cause="because",
            started_at=EPOCH + timedelta(seconds=len(self.details)),
            sources=sources or {},
        )
        self.details[past.id] = Detail(past=past, **more)

    def ended(self, run, status, **more) -> None:
        detail = self.details[RunId(run)]
        past = msgspec.structs.replace(detail.past, status=status)
        self.details[RunId(run)] = msgspec.structs.replace(detail, past=past, **more)

    def newest(self, limit):
        return tuple(detail.past for detail in reversed(self.details.values()))[:limit]

    def detail(self, run):
        self.asked.append(run)
        if run not in self.details:
            raise NotFoundError(f"there is no run {run}")
        return self.details[run]

    def log(self, external_id):
        return self.logs.get(external_id, ())


class FakeHeads:
    """Only the heads of documents: object -> how often it was written."""

    def __init__(self, **written: int) -> None:
        self.written = written

    def head(self, object_):
        generation = self.written.get(object_)
        if generation is None:
            return None
        return DocumentRevision(
            object=object_,
            key=f"{object_}.zip",
            version_id=f"{object_}-v{generation}",
            etag=f"e{generation}",
            generation=generation,
            size_bytes=1,
            at=EPOCH,
        )


class FakeMessages:
    """`meanwhile` holds what others do right before the next writes, one call each."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Told] = {}
        self.meanwhile: list = []

    def get(self, run, bulletin):
        return self.rows.get((run, bulletin), Told())

    def put(self, run, bulletin, told, *, expected):
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.get(run, bulletin).revision != expected.revision:
            raise ConflictError("the row was written meanwhile")
        assert told.revision == expected.revision + 1
        self.rows[(run, bulletin)] = told


class FakeBulletin:
    """Keeps what was posted; `raises` holds one error, or None, for each of the next sends."""

    name = "channel"

    def __init__(self, *, at_verdict: bool = False, can_look: bool = True) -> None:
        self.at_verdict = at_verdict
        self.can_look = can_look
        self.posted: list[str] = []
        self.edits: list[tuple[str, str]] = []
        self.replies: list[tuple[str, str]] = []
        self.raises: list = []
        self.meanwhile = lambda: None

    def post(self, message):
        self.posted.append(message.text)
        self._end()
        return f"ts-{len(self.posted)}"

    def edit(self, handle, message):
        self._end()
        self.edits.append((handle, message.text))
        return handle

    def reply(self, handle, message, part):
        self.replies.append((handle, part))
        self._end()

    def find(self, run, since):
        return f"ts-{len(self.posted)}" if self.can_look and self.posted else ""

    def replied(self, handle, part):
        return self.can_look and (handle, part) in self.replies

    def _end(self) -> None:
        self.meanwhile()
        error = self.raises.pop(0) if self.raises else None
        if error is not None:
            raise error


class FakeVerdicts:
    def __init__(self, *changes: OpenChange) -> None:
        self.changes = {change.key: change for change in changes}
        self.settled: list[tuple] = []

    def open(self):
        return [change for change in self.changes.values() if not change.kind.final]

    def known(self, algorithm):
        return frozenset(c.change.version for c in self.changes.values() if c.change.algorithm == algorithm)

    def settle(self, change, verdict):
        noted = self.changes[change.key]
        if noted.kind.final:
            return
        self.changes[change.key] = msgspec.structs.replace(noted, kind=verdict.kind, run=verdict.run)
        self.settled.append((change.key, str(verdict.kind), verdict.reason))


def open_change(version: str = "1.0", *, algorithm: str = "bgp", generation: int = 2) -> OpenChange:
    return OpenChange(
        key=f"{algorithm}@{version}",
        change=Published(
            algorithm=algorithm, version=version, type="routing", object="routing", generation=generation
        ),
        kind=VerdictKind.PENDING,
        recorded_at=EPOCH,
    )


class FakeProofs:
    def __init__(self) -> None:
        self.newest = None
        self.notes: dict = {}
        self.stored: dict = {}
        self.previous: dict = {}
        self.refused: dict = {}

    def proven(self):
        return self.newest

    def note(self, release):
        return self.notes.get(release, ProofNote())

    def release_of(self, run):
        return self.stored.get(run)

    def before(self, release):
        return self.previous.get(release)

    def refusal(self, run):
        return self.refused.get(run, "")


class FakeBillVersions:
    """Version id of a document -> what it names active."""

    def __init__(self, **documents) -> None:
        self.documents = documents

    def active(self, bill):
        shown: dict = {}
        for revision in bill.revisions:
            if revision.generation is None:
                continue
            if revision.id not in self.documents:
                raise NotFoundError(f"{revision.id} is no longer kept")
            shown.update(self.documents[revision.id])
        return shown


class MemoryVersions:
    """The catalog's table, as far as publishing reads it."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], VersionRow] = {}

    def put(self, algorithm: str, version: str, type_: str, phase: str) -> None:
        row = VersionRow(algorithm=algorithm, version=version, type=type_, phase=phase)
        self.rows[(algorithm, version)] = row

    def of(self, algorithm):
        rows = tuple(row for (name, _), row in sorted(self.rows.items()) if name == algorithm)
        return Algorithm(name=algorithm, versions=rows)

    def scan(self, after=None, *, limit=100):
        names = sorted({name for name, _ in self.rows if after is None or name > after})
        page = names[:limit]
        return AlgorithmPage(
            algorithms=tuple(self.of(name) for name in page),
            after=page[-1] if len(names) > limit else None,
        )
