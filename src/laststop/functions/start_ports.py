"""What deciding a run needs: one remembered row, and a way to start."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from laststop.words.ids import RunId
from laststop.words.instants import Instant


class StartMark(msgspec.Struct, frozen=True, kw_only=True):
    """The one row that remembers the newest decision; it, not the request token, is the memory.

    `revision` grows by one with every write. `heads` leads from a document object to the version the newest
    run was pinned to, `attempt` counts wanted repeats with these heads, `run` is that run. `answered` is the
    last run whose wish for a fresh one was granted. `holder` has the lease until `lease_until`; whoever rang
    meanwhile left `dirty`, and `again` when it asked for more than a look.
    """

    revision: int = 0
    heads: dict[str, str] = {}
    attempt: int = 0
    run: RunId | None = None
    answered: RunId | None = None
    holder: str = ""
    lease_until: Instant | None = None
    dirty: bool = False
    again: bool = False


class StartMarks(Protocol):
    """Where the mark is kept.

    Raises: any method may raise TransientError and DeniedError.
    """

    def get(self) -> StartMark:
        """The mark as it is now, read consistently; an empty one before the first run."""
        ...

    def put(self, mark: StartMark, *, expected: StartMark) -> None:
        """Write the mark if `expected.revision` is still the one that stands.

        Raises: ConflictError when somebody else wrote meanwhile.
        """
        ...


class Starter(Protocol):
    """Begins runs."""

    def start(self, pins: Mapping[str, str], token: str) -> RunId:
        """Begin a run whose documents are pinned: document object -> version.

        The same token with the same pins gives the run that was begun already.
        Raises: ControlError as CodePipeline says, TransientError when it is throttled.
        """
        ...


class Refusals(Protocol):
    """What the switch refused."""

    def wants_fresh(self, run: RunId) -> bool:
        """Whether a run was overtaken although it held something newer in another source."""
        ...


class Causes(Protocol):
    """Why runs were begun by us: the pipeline knows who asked, and no reason.

    Raises: any method may raise TransientError and DeniedError.
    """

    def note(self, run: RunId, cause: str) -> None:
        """Note why a run began; the first note stays."""
        ...

    def of(self, runs: Iterable[RunId]) -> Mapping[RunId, str]:
        """The causes that are noted; a run that others began is missing."""
        ...
