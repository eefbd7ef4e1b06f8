"""What the engine needs from the home it runs in."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Protocol

from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Report
from laststop.pipeline.state import State
from laststop.words.bill import Bill
from laststop.words.fact import Fact


class Writing(Protocol):
    """A write transaction of the journal."""

    def state(self, pipeline: str) -> State:
        """A pipeline's live state, as of this transaction."""
        ...

    def append(self, fact: Fact) -> int:
        """Add a fact, with what it does to the tables; gives its place."""
        ...

    def save_state(self, state: State) -> None:
        """Keep the state that the appended facts led to."""
        ...


class Journal(Protocol):
    """Where facts are kept."""

    def transaction(self) -> AbstractContextManager[Writing]:
        """A write transaction, one at a time over all processes.

        Raises: TransientError when the store is locked for long or the disk is full; nothing was written.
        """
        ...

    def state(self, pipeline: str) -> State:
        """A pipeline's live state as committed; cheap when nothing was committed since the last call."""
        ...


class Executor(Protocol):
    """Runs commands, outside every transaction, and holds the engine's only threads."""

    def start(self, command: Command) -> None:
        """Begin a command and return at once; its end comes through `reports`."""
        ...

    def cancel(self, name: str) -> None:
        """Tell a command that nobody waits for it any more; it may still report."""
        ...

    def running(self) -> frozenset[str]:
        """The names of the commands begun and not yet reported."""
        ...

    def reports(self) -> list[Report]:
        """What ended since the last call; never blocks."""
        ...


class Gate(Protocol):
    """What decides about automatic starts besides the pipeline itself."""

    def held(self) -> str | None:
        """Why no run may be decided by itself, or None: the site is held at a release."""
        ...

    def heads(self, sources: Iterable[tuple[str, str, dict[str, str]]]) -> Bill:
        """The newest known revision of each source: (action, provider, configuration) -> bill."""
        ...
