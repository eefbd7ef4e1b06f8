"""How a status looks: a word, an icon and a tone, so that colour never speaks alone."""

import msgspec

from laststop.words.failure import Failure


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """`word` is what people read, `icon` a symbol of icons.html, `tone` a class of the style sheet."""

    word: str
    icon: str
    tone: str


def _marks(tone: str, icon: str, **words: str) -> dict[str, Mark]:
    return {status: Mark(word=word, icon=icon, tone=tone) for status, word in words.items()}


MARKS: dict[str, Mark] = {
    **_marks("good", "check", Succeeded="succeeded", live="live", Settled="settled", Seen="seen"),
    **_marks("busy", "running", InProgress="in progress", Unseen="not seen yet", Open="on the way"),
    **_marks("busy", "clock", pending="pending"),
    **_marks("calm", "clock", Waiting="waiting"),
    **_marks("calm", "ring", Idle="not begun", NotReached="not reached", none="no verdict"),
    **_marks("calm", "skip", Superseded="superseded", replaced="replaced", Skipped="skipped"),
    **_marks("good", "check", Overridden="overridden"),
    **_marks("bad", "cross", Errored="could not be judged"),
    **_marks("bad", "cross", Failed="failed", failed="failed", rejected="rejected"),
    **_marks("halted", "square", Stopped="stopped", Stopping="stopping", Cancelled="cancelled"),
    **_marks("halted", "square", Abandoned="abandoned"),
    **_marks("halted", "pause", Held="held"),
    **_marks("system", "warning", SystemFailed="failed: system", NotVisible="not yet visible"),
}

SYSTEM_CODES = frozenset(
    {"InternalError", "InvariantBroken", "TryAgain", "SystemUnavailable", "INTERNAL_ERROR"}
)
"""Failures that are laststop's or the machine's, not of what was being built."""


def mark_of(status: str) -> Mark:
    """How to show a status; one we do not know is shown by its own name."""
    return MARKS.get(status) or Mark(word=status, icon="ring", tone="calm")


def failed_status(failure: Failure | None) -> str:
    """`SystemFailed` where the fault is not the build's."""
    return "SystemFailed" if failure is not None and failure.code in SYSTEM_CODES else "Failed"
