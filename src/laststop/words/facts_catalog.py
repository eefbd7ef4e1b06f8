"""Facts of the catalog: changes, what publishing made of them, and the documents."""

from typing import Any, Literal

import msgspec

from laststop.words.fact import Fact
from laststop.words.instants import Instant

SEQUENCE_BASE = 10**20


def sequence_number(seq: int) -> int:
    """The stream sequence number of a change: its place in the journal, as 21 digits.

    Source: DynamoDB Streams API, SequenceNumber is 21 to 40 decimal digits.
    """
    return SEQUENCE_BASE + seq


def journal_seq(number: int) -> int:
    """The place in the journal that `sequence_number` was made from."""
    return number - SEQUENCE_BASE


class ChangeRecorded(Fact, frozen=True, kw_only=True, tag="change.recorded"):
    """An item of the catalog was written or removed; images are plain values, absent ones None."""

    algorithm: str
    version: str
    event: Literal["INSERT", "MODIFY", "REMOVE"]
    old: dict[str, Any] | None = None
    new: dict[str, Any] | None = None

    @property
    def subject(self) -> str:
        """`algorithm/version`."""
        return f"{self.algorithm}/{self.version}"


class StandingMark(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """Highest sequence numbers at which a version entered a release phase, and retirement."""

    algorithm: str
    version: str
    released: int = 0
    retired: int = 0


class StandingsNoted(Fact, frozen=True, kw_only=True, tag="standing.noted"):
    """Publishing learnt from the stream since when versions count."""

    marks: tuple[StandingMark, ...]

    @property
    def subject(self) -> str:
        """The first algorithm concerned."""
        return self.marks[0].algorithm if self.marks else ""


class PublishedChange(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One change into a release phase: its place in the journal, and whom it concerns."""

    seq: int
    algorithm: str
    version: str
    type: str
    recorded_at: Instant


class ChangesPublished(Fact, frozen=True, kw_only=True, tag="change.published"):
    """Changes are taken into account by this generation of a document, and by every later one."""

    object: str
    generation: int
    changes: tuple[PublishedChange, ...]

    @property
    def subject(self) -> str:
        """The document."""
        return self.object


class RecordSetAside(Fact, frozen=True, kw_only=True, tag="record.set_aside"):
    """A stream record cannot be used; it counts as done, with its reason."""

    sequence_number: int
    reason: str
    record: str = ""

    @property
    def subject(self) -> str:
        """The record's sequence number."""
        return str(self.sequence_number)


class EntryChange(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One algorithm's entry in a document; `version` None takes it out."""

    type: str
    algorithm: str
    version: str | None = None
    attributes: dict[str, Any] = {}


class DocumentReplaced(Fact, frozen=True, kw_only=True, tag="document.replaced"):
    """A metadata document has a new version; only the entries that changed are written here.

    `because` is said where it was not a change of the catalog that led to it.
    """

    object: str
    location: str
    generation: int
    version_id: str
    etag: str
    size_bytes: int
    types: tuple[str, ...]
    entries: tuple[EntryChange, ...] = ()
    because: str = ""

    @property
    def subject(self) -> str:
        """The document."""
        return self.object


class SourceMoved(Fact, frozen=True, kw_only=True, tag="source.moved"):
    """A watched repository's branch points elsewhere, or, the first time, was found where it points."""

    location: str
    revision: str
    summary: str = ""
    first: bool = False

    @property
    def subject(self) -> str:
        """What was watched: `acme/frontend@main`."""
        return self.location


class RefPushed(Fact, frozen=True, kw_only=True, tag="source.pushed"):
    """A branch or tag of a repository with triggers points elsewhere, or, the first time, was found there.

    `ref` is its full name. `before` is where it pointed; empty for one that is new. `files` are the first
    hundred changed paths, None when nothing is known to compare with.
    """

    repository: str
    ref: str
    revision: str
    before: str = ""
    first: bool = False
    files: tuple[str, ...] | None = None

    @property
    def subject(self) -> str:
        """What was watched: `acme/frontend@refs/tags/v1`."""
        return f"{self.repository}@{self.ref}"


class PullRequestMoved(Fact, frozen=True, kw_only=True, tag="source.pull_request"):
    """A pull request was opened, updated or closed, as a webhook told.

    `revision` is the head of the branch `origin`, which it asks to bring into `target`. `files` as above.
    """

    repository: str
    number: int
    event: Literal["OPEN", "UPDATED", "CLOSED"]
    revision: str
    target: str
    origin: str = ""
    files: tuple[str, ...] | None = None

    @property
    def subject(self) -> str:
        """The pull request: `acme/frontend#17`."""
        return f"{self.repository}#{self.number}"
