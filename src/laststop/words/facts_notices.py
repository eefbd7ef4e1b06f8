"""Facts of what people are told."""

from typing import Any

from laststop.words.fact import Fact
from laststop.words.ids import RunId
from laststop.words.verdicts import VerdictKind


class VerdictSettled(Fact, frozen=True, kw_only=True, tag="verdict.settled"):
    """Changes, by their place in the journal, got a verdict; a final one is written once."""

    verdict: VerdictKind
    reason: str
    changes: tuple[int, ...]
    run: RunId | None = None

    @property
    def subject(self) -> str:
        """The run that settled it, if one did."""
        return self.run or ""


class MessageWritten(Fact, frozen=True, kw_only=True, tag="message.written"):
    """The one message of a run has a new text; `revision` counts them.

    `story` is what the text was rendered from, as plain data, for bulletins that show it in their own way.
    """

    run: RunId
    revision: int
    text: str
    story: dict[str, Any] = {}

    @property
    def subject(self) -> str:
        """The run."""
        return self.run


class BulletinFact(Fact, frozen=True, kw_only=True):
    """A fact about one place where messages are posted: `slack`, `webhook`, `file`."""

    bulletin: str

    @property
    def subject(self) -> str:
        """The bulletin."""
        return self.bulletin


class BulletinOpened(BulletinFact, frozen=True, kw_only=True, tag="bulletin.opened"):
    """Messages written from here on are posted there; older ones are not caught up with."""


class BulletinTroubled(BulletinFact, frozen=True, kw_only=True, tag="bulletin.troubled"):
    """Posting goes wrong there, for a reason it did not go wrong for before."""

    reason: str
    hint: str = ""


class BulletinMended(BulletinFact, frozen=True, kw_only=True, tag="bulletin.mended"):
    """Posting works there again."""


class MessageFact(BulletinFact, frozen=True, kw_only=True):
    """A fact about the message of a run at a bulletin. `part` names a reply; empty is the message itself."""

    run: RunId
    part: str = ""

    @property
    def subject(self) -> str:
        """The run."""
        return self.run


class MessageSending(MessageFact, frozen=True, kw_only=True, tag="message.sending"):
    """Something that cannot be taken back is about to be posted: without `message.sent` it is in doubt."""


class MessageSent(MessageFact, frozen=True, kw_only=True, tag="message.sent"):
    """A revision stands at the bulletin; `handle` is what the bulletin finds it by.

    Without a handle nothing was posted, and nothing has to be: the run came to nothing.
    """

    revision: int
    handle: str = ""


class SweepEnded(Fact, frozen=True, kw_only=True, tag="sweep.ended"):
    """Catalog, documents and live site were compared; `healed` says in words what had drifted."""

    algorithms: int
    healed: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The sweep itself."""
        return "sweep"


class EventSetAside(Fact, frozen=True, kw_only=True, tag="event.set_aside"):
    """An event could not be told to somebody in time, or is refused there; it counts as told.

    `target` is the name of the `[[events]]`, `event` the event's id, `place` that of the fact it comes from.
    """

    target: str
    event: str
    place: int
    reason: str

    @property
    def subject(self) -> str:
        """Who was not told."""
        return self.target
