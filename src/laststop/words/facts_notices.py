"""Facts of what people are told."""

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
    """The one message of a run has a new text; `revision` counts them."""

    run: RunId
    revision: int
    text: str

    @property
    def subject(self) -> str:
        """The run."""
        return self.run


class SweepEnded(Fact, frozen=True, kw_only=True, tag="sweep.ended"):
    """Catalog, documents and live site were compared; `healed` says in words what had drifted."""

    algorithms: int
    healed: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The sweep itself."""
        return "sweep"
