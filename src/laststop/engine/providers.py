"""Who does the work of an action."""

from typing import Protocol

from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Continued, Succeeded
from laststop.words.failure import Failure

Outcome = Succeeded | Continued | Failure


class Cancelled(Protocol):
    """Whether anybody still waits for a command; `threading.Event` is one."""

    def is_set(self) -> bool:
        """True once nobody does."""
        ...

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep for so many seconds, or until nobody waits; True in the second case."""
        ...


class Provider(Protocol):
    """Does one kind of action, for instance `Source/AWS/S3/1`."""

    def run(self, command: Command, cancelled: Cancelled) -> Outcome | None:
        """Do the work and say how it ended; blocks.

        None says that the end was decided already, through the job book, or that nobody waits for one.

        The same command may come again after a crash, under the same key: doing it again must be harmless.
        Raises: LaststopError for what the provider could not even try; it fails the action.
        Concurrency: several commands at once, each in a thread of its own.
        """
        ...
