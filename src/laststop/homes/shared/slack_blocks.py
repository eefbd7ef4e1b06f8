"""A story as Slack shows it.

Everything that comes from outside stands in plain text or rich text, where Slack looks for no mentions, links
or emphasis. Only the reply is marked-up text, because mentions work nowhere else; there it is escaped.
Source: docs.slack.dev, "Blocks" and "Formatting message text", read 2026-11: 150 characters in a header, 3000
in a section, 50 blocks, 4000 characters of text.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import (
    Block,
    ContextBlock,
    HeaderBlock,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextPreformattedElement,
    RichTextSectionElement,
    SectionBlock,
)

from laststop.notices.story import (
    LOG_LINES_MAX,
    FailedAction,
    Story,
    bill_line,
    change_lines,
    command_line,
    failure_line,
    headline,
    lead_line,
    moved_line,
    next_steps,
    render,
    standing,
)

HEADER_CHARACTERS_MAX: Final = 150
SECTION_CHARACTERS_MAX: Final = 3000
TEXT_CHARACTERS_MAX: Final = 3900

_USER: Final = re.compile(r"[UW][A-Z0-9]{5,}")
_GROUP: Final = re.compile(r"S[A-Z0-9]{5,}")
_EVERYBODY: Final = re.compile(r"@(here|channel|everyone)")
_MARKS: Final = {
    "live": "✅",
    "recovery": "✅",
    "unseen": "🟡",
    "quiet": "⚪",
    "": "🔵",
}


def blocks_of(story: Story) -> list[Block]:
    """The message, laid out."""
    blocks: list[Block] = [
        HeaderBlock(text=PlainTextObject(text=_cut(_title(story), HEADER_CHARACTERS_MAX), emoji=False))
    ]
    blocks += [_section(lines) for lines in _sections(story) if lines]
    if story.failed is not None:
        blocks += _failure(story, story.failed)
    if story.page_url:
        link = RichTextElementParts.Link(url=_cut(story.page_url, SECTION_CHARACTERS_MAX))
        blocks.append(RichTextBlock(elements=[RichTextSectionElement(elements=[link])]))
    small = [f"because {story.cause}"]
    if story.bill is not None and story.bill.revisions:
        small.append(bill_line(story.bill))
    blocks.append(
        ContextBlock(
            elements=[PlainTextObject(text=_cut(line, SECTION_CHARACTERS_MAX), emoji=False) for line in small]
        )
    )
    return blocks


def laid_out(story: Story) -> list[dict[str, Any]] | None:
    """The message as the API takes it; None when slack_sdk finds fault with it, so that text must do."""
    try:
        return [block.to_dict() for block in blocks_of(story)]
    except SlackObjectFormationError:
        return None


def text_of(story: Story) -> str:
    """The message for notifications, and where blocks are not shown; escaped."""
    return _escaped(_cut(render(story), TEXT_CHARACTERS_MAX // 2))


def reply_of(story: Story) -> str:
    """What the owners are called with."""
    called = story.call
    mentions = " ".join(mention(each) for each in story.owners)
    said = standing(story)
    if called is not None and called.kind == "recovery":
        said = f"works again: {said}"
    lines = [f"{mentions} {_escaped(_cut(f'{story.project} {story.run[:8]} {said}', 600))}".strip()]
    if story.failed is not None:
        lines.append(_escaped(_cut(failure_line(story.failed), 600)))
        if story.failed.cause:
            lines.append(f"```{_escaped(_cut(story.failed.cause, 600)).replace('`', 'ˋ')}```")
        lines += [_escaped(f"{step.when}: {step.command}") for step in next_steps(story)]
    elif story.page_url:
        lines.append(_escaped(_cut(story.page_url, 600)))
    return "\n".join(lines)


def mention(owner: str) -> str:
    """What notifies an owner: an id of a user or a group, `@here`, or a group's `@handle` as it is."""
    if owner.startswith("<") and owner.endswith(">"):
        return owner
    everybody = _EVERYBODY.fullmatch(owner)
    if everybody:
        return f"<!{everybody[1]}>"
    if _USER.fullmatch(owner):
        return f"<@{owner}>"
    if _GROUP.fullmatch(owner):
        return f"<!subteam^{owner}>"
    return _escaped(owner)


def _title(story: Story) -> str:
    kind = story.call.kind if story.call else story.outcome
    return f"{_MARKS.get(kind, '🔴')} {headline(story)}"


def _sections(story: Story) -> Iterator[list[str]]:
    yield change_lines(story)
    if story.proven:
        yield [lead_line(story.lead_seconds)] if story.lead_seconds is not None else []
    elif story.serving:
        yield [f"the site serves {story.serving}"]


def _failure(story: Story, failed: FailedAction) -> Iterator[Block]:
    cause = f"first cause: {failed.cause}" if failed.cause else ""
    yield _section([each for each in (failure_line(failed), command_line(failed.failure), cause) if each])
    if failed.failure.lines:
        yield _preformatted(failed.failure.lines[-LOG_LINES_MAX:])
    if story.since_good:
        yield _section([moved_line(moved) for moved in story.since_good])
    for step in next_steps(story):
        yield _section([f"{step.when}:"])
        yield _preformatted([step.command])


def _section(lines: Sequence[str]) -> Block:
    """Lines as they are; what does not fit is counted."""
    shown: list[str] = []
    room = SECTION_CHARACTERS_MAX - len("and 1000000 more")
    for line in lines:
        room -= _units(line) + 1
        if room < 0 and shown:
            shown.append(f"and {len(lines) - len(shown)} more")
            break
        shown.append(line)
    return SectionBlock(
        text=PlainTextObject(text=_cut("\n".join(shown), SECTION_CHARACTERS_MAX), emoji=False)
    )


def _preformatted(lines: Sequence[str]) -> Block:
    each_max = SECTION_CHARACTERS_MAX // max(1, len(lines)) - 1
    text = "\n".join(_cut(line, each_max) for line in lines)
    return RichTextBlock(
        elements=[RichTextPreformattedElement(elements=[RichTextElementParts.Text(text=text or " ")])]
    )


def _cut(text: str, most: int) -> str:
    """At most so many UTF-16 units, as Slack counts, never empty, never half a character."""
    if not text.strip():
        return "-"
    if len(text) <= most and _units(text) <= most:
        return text
    room, kept = most - 1, 0
    for character in text[:most]:
        room -= _units(character)
        if room < 0:
            break
        kept += 1
    return f"{text[:kept]}…"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _escaped(text: str) -> str:
    """Source: docs.slack.dev, "Escaping text": these three and no others."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
