"""What the functions need of the pipeline that calls them, and of the ledger they write to."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from laststop.pipeline.job import Credentials, JobArtifact
from laststop.site.fence import Held, Overtaken, Unchanged
from laststop.site.versions import Versions
from laststop.words.bill import Bill
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, Digest, ReleaseId, RunId
from laststop.words.instants import Instant


class JobContext(msgspec.Struct, frozen=True, kw_only=True):
    """Which attempt a job belongs to; the event itself does not say."""

    pipeline: str
    key: AttemptKey


class Jobs(Protocol):
    """CodePipeline's job results."""

    def context(self, job_id: str) -> JobContext:
        """Which run, stage and action a job is for.

        Raises: NotFoundError when no such job is known.
        """
        ...

    def succeed(self, job_id: str, *, summary: str = "", variables: dict[str, str] | None = None) -> None:
        """The job ended well; a second report is harmless.

        Limit: output variables are at most 1000 characters each in what reads them.
        """
        ...

    def go_on(self, job_id: str, *, token: str) -> None:
        """The job ends here and the function is called again with this continuation token."""
        ...

    def fail(self, job_id: str, failure: Failure) -> None:
        """The job ended badly; a second report is harmless."""
        ...


class ArchiveEntry(Protocol):
    """One file of an artifact, its content already digested."""

    @property
    def name(self) -> str:
        """Its relative path, checked to stay inside."""
        ...

    @property
    def digest(self) -> Digest:
        """Of its content."""
        ...

    @property
    def size_bytes(self) -> int:
        """Of its content."""
        ...


class Archive(Protocol):
    """An artifact's zip, judged safe: no name leads outside, no link, no bomb."""

    def entries(self) -> Iterator[ArchiveEntry]:
        """Every file with its digest, in bounded memory.

        Raises: UsageError naming the entry that is damaged.
        """
        ...

    def chunks(self, name: str) -> Iterator[bytes]:
        """A file's content, piece by piece."""
        ...


class Artifacts(Protocol):
    """The artifact store."""

    def open(self, artifact: JobArtifact, credentials: Credentials) -> AbstractContextManager[Archive]:
        """An artifact's content, for as long as the block lasts.

        Raises: NotFoundError when it is gone, UsageError when it is no safe zip, TransientError when the
            store does not answer.
        """
        ...


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the functions ask about a run; `target` is the run that a rollback goes back to."""

    id: RunId
    pipeline: str
    cause: str
    started_at: Instant
    bill: Bill
    target: RunId | None = None


class Runs(Protocol):
    """Runs as the pipeline knows them; read here, never taken from an event."""

    def get(self, run: RunId) -> RunFacts:
        """A run whose bill is closed.

        Raises: NotFoundError when there is no such run, ConflictError while its sources are being read.
        """
        ...


class SiteLedger(Protocol):
    """What the ledger keeps of the site beside the pointer: refusals, purges, proofs."""

    def refused(self, run: RunId, judgement: Overtaken | Unchanged | Held) -> None:
        """The run's release was not switched to; asks for a fresh run where the judgement wants one."""
        ...

    def unpurged(self) -> tuple[ReleaseId, ...]:
        """The release last purged and every one switched to since, the newest first; empty when none was.

        An edge may hold pages of any of them.
        """
        ...

    def purged(self, release: ReleaseId, paths: tuple[str, ...], reference: str, edges: int) -> None:
        """Every edge confirmed that these paths are gone."""
        ...

    def unproven(self) -> tuple[ReleaseId, ...]:
        """The release last proven and every one switched to since, the newest first.

        Before any proof, all that were ever switched to: an edge may show any of them without being wrong.
        """
        ...

    def seen(self, release: ReleaseId, edges: tuple[str, ...], pages: int) -> None:
        """Every edge was seen to serve the release: it is proven. Repeats are harmless."""
        ...

    def unseen(self, release: ReleaseId, reason: str) -> None:
        """The bound is over and some edge still served something older."""
        ...


class BillVersions(Protocol):
    """The active versions that a bill's documents name."""

    def active(self, bill: Bill) -> Versions:
        """Type -> algorithm -> version.

        Raises: NotFoundError when a document of the bill is no longer kept.
        """
        ...


class Waiting(Protocol):
    """The patience of a function: sleeps, and says when nobody waits for it any more."""

    def wait(self, seconds: float) -> bool:
        """Sleep so long; False when there is no point in going on."""
        ...

    def elapsed_seconds(self) -> float:
        """Since the function was called."""
        ...
