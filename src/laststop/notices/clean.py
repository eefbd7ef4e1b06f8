"""Stories as they may leave: without secrets, without what a terminal or a chat would act on, and bounded.

Masking comes before cutting, because a secret that was cut is no longer recognised.
"""

import re
from collections.abc import Callable

import msgspec

from laststop.notices.story import FailedAction, Moved, Shown, Story
from laststop.words.bill import Bill

Hide = Callable[[str], str]
"""Gives a text without secrets."""

LINE_CHARACTERS_MAX = 400
"""Of a log line, a name, a sentence: enough to recognise it; the log has the rest."""
CHANGES_MAX = 200

_SECRET_NAME = re.compile(
    r"(?:^|[_-])(?:token|pass|password|passwd|passphrase|secret|credentials?|auth|pat"
    r"|api_?key|private_?key|access_?key|signing_?key|webhook)s?(?:$|[_-])",
    re.IGNORECASE,
)
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, what changes the direction of text or is not seen, halves of characters."""


def names_a_secret(variable: str) -> bool:
    """Whether a variable of this name holds something nobody else may read."""
    return _SECRET_NAME.search(variable) is not None


def clean(story: Story, hide: Hide) -> Story:
    """The story as it may leave; names of stages and actions are the project's own, ids are ours."""
    return msgspec.structs.replace(
        story,
        cause=_line(story.cause, hide),
        bill=_bill(story.bill, hide),
        changes=tuple(_shown(each, hide) for each in story.changes[:CHANGES_MAX]),
        more_changes=story.more_changes + max(0, len(story.changes) - CHANGES_MAX),
        refused=_line(story.refused, hide),
        unseen=_line(story.unseen, hide),
        failed=_failed(story.failed, hide) if story.failed else None,
        since_good=tuple(_moved(each, hide) for each in story.since_good[:CHANGES_MAX]),
        serving=_line(story.serving, hide),
        page_url=_line(story.page_url, hide),
    )


def _line(text: str, hide: Hide) -> str:
    """One visible line of bounded length."""
    shown = _UNSEEN.sub("�", hide(text)).replace("\n", " ").replace("\t", " ")
    return shown if len(shown) <= LINE_CHARACTERS_MAX else f"{shown[: LINE_CHARACTERS_MAX - 1]}…"


def _shown(each: Shown, hide: Hide) -> Shown:
    return msgspec.structs.replace(
        each,
        algorithm=_line(each.algorithm, hide),
        before=_line(each.before, hide),
        after=_line(each.after, hide),
    )


def _moved(each: Moved, hide: Hide) -> Moved:
    return msgspec.structs.replace(
        each, location=_line(each.location, hide), summary=_line(each.summary, hide)
    )


def _bill(bill: Bill | None, hide: Hide) -> Bill | None:
    if bill is None:
        return None
    return Bill(
        revisions=tuple(
            msgspec.structs.replace(
                each, location=_line(each.location, hide), summary=_line(each.summary, hide)
            )
            for each in bill.revisions
        )
    )


def _failed(failed: FailedAction, hide: Hide) -> FailedAction:
    failure = failed.failure
    return msgspec.structs.replace(
        failed,
        cause=_line(failed.cause, hide),
        failure=msgspec.structs.replace(
            failure,
            message=_line(failure.message, hide),
            command=_line(failure.command, hide),
            lines=tuple(_line(line, hide) for line in failure.lines),
        ),
    )
