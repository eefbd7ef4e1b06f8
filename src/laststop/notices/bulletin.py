"""Where messages are posted: a channel, a webhook, a file."""

from typing import Protocol

import msgspec

from laststop.errors import TransientError
from laststop.notices.story import Story, render
from laststop.words.ids import RunId
from laststop.words.instants import Instant


class InDoubtError(TransientError):
    """It was sent, and no answer came: it may stand there or not."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """The one message of a run at a revision; it is cleaned of secrets."""

    story: Story
    revision: int

    @property
    def run(self) -> RunId:
        """Whom it is about."""
        return self.story.run

    @property
    def text(self) -> str:
        """It as plain text."""
        return render(self.story)


class Bulletin(Protocol):
    """A place where people read messages.

    A handle is the bulletin's own text by which it finds a message again; it is never empty.

    Concurrency: one thread.
    Raises: every method InDoubtError when what it did may stand there or not, TransientError when it did
        nothing and may do it later, UsageError when this message cannot be shown there, DeniedError when
        nothing can until somebody mends it.
    """

    name: str
    """Under which the journal keeps what was told there."""
    at_verdict: bool
    """Whether it is only told of runs that have ended: what it shows cannot be changed."""

    def post(self, message: Message) -> str:
        """Show a message for the first time; gives its handle."""
        ...

    def edit(self, handle: str, message: Message) -> str:
        """Show it as it reads now, harmless to repeat; gives its handle, which may be another one."""
        ...

    def reply(self, handle: str, message: Message, part: str) -> None:
        """Call the owners, beside the message; `part` names the call."""
        ...

    def find(self, run: RunId, since: Instant) -> str:
        """The handle of a message that was posted in doubt; empty when it is not there or nobody can tell."""
        ...

    def replied(self, handle: str, part: str) -> bool:
        """Whether a call that was made in doubt stands there; False when nobody can tell."""
        ...
