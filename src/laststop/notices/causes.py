"""The line of a failed command's log that tells why, and the few lines that explain it.

The first cause is wanted, not the last symptom: tools repeat a failure outwards (a compiler, a script runner,
a package manager), and only the innermost says what is wrong. So the *first* line of the greatest weight is
taken, among those the command did not get over: what comes before a claim of success was tolerated.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

import msgspec

from laststop.notices.cause_patterns import Weight, claims_success, head_of, shown, weigh
from laststop.notices.cause_reader import CauseReader, own_text

SCANNED_LINES = 40_000
"""How many lines of one command are weighed; of a longer log the first and the last half of this."""

EXCERPT_LINES = 15
LEFT_OUT = "..."
"""Stands in an excerpt where lines between its first and its last were left out."""

_BACK_LINES = 200
_ON_LINES = 60
"""How far around the cause an excerpt looks."""
_END_LINES = 30
_AFTER = 8
_BEFORE = 5
_MORE_REASONS = 3

# Python shows frames before the exception, innermost last; Node and test runners after it, innermost first.
_FRAME_BEFORE = re.compile(r"[ |]*File \".*\", line \d+|\S+\.\w+:\d+: in \S+$")
_FRAME_AFTER = re.compile(r"(?:npm \S+)?\s+at \S|\s*❯ \S+:\d+|\S+\.\w+:\d+: \w+$|\s*\d+: 0x")
_FOREIGN = re.compile(
    r"site-packages|dist-packages|node_modules|node:|/lib(?:64)?/python|<frozen|<string>|<anonymous>\)?$|: 0x"
)
_NPM = re.compile(r"npm (?:error|ERR!|notice|warn)")
_EMPTY = re.compile(r"npm (?:error|ERR!)(?: \d+)?[\s^]*$|[\s~^|}\])-]*$")
_MARK_INDEX = -1

_BEGINS = re.compile(r"(?:\$|Running command) (.*)")
_FAILED = re.compile(r"(?:phases\.\S+ ended with exit status -?\d+:|Command did not exit successfully) (.*)")


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The line that tells why: where it stands in the log, and how a terminal would show it.

    It is a whole line, never cut, so that a secret in it can still be recognised and masked.
    """

    index: int
    line: str


def causal_line(lines: Sequence[str], *, command: str = "", exit_status: int | None = None) -> Cause | None:
    """The line of a log that tells best why a command failed, or None when no line tells.

    `lines` are a whole log or the output of one command; in a log of ours or of CodeBuild's the output of the
    command that failed is found by itself. With an exit status the failure is certain: then weaker words
    count too, and at last what the command said last. Without one only a clear reason counts.

    Limit: a judgement by words and places, which knows no tool's output completely. Of a command with more
        than `SCANNED_LINES` the middle is not read. Escape sequences are removed, which can join a secret
        that they hid from masking: mask what this gives, also when the log was masked before.
    """
    if exit_status == 0:
        return None
    reader = CauseReader(exit_status)
    for index in _bounded(*_output_of_failure(lines, command)):
        reader.take(index, lines[index])
    found = reader.best()
    return None if found is None else Cause(index=found, line=shown(lines[found]))


def _output_of_failure(lines: Sequence[str], command: str) -> tuple[int, int]:
    """From where to where the failing command wrote; everything when the log does not say."""
    wanted = next(iter(command.strip().splitlines()), "")
    said = [(index, text) for index, line in enumerate(lines) if (text := own_text(line)) is not None]
    begun, running = 0, (0, len(lines))
    for place, (index, text) in enumerate(said):
        begins, failed = _BEGINS.match(text), _FAILED.match(text)
        if begins:
            begun = index + 1
            if wanted and _is_same(begins[1], wanted):
                running = (begun, said[place + 1][0] if place + 1 < len(said) else len(lines))
        elif failed and begun and (not wanted or _is_same(failed[1], wanted)):
            return begun, index
    return running


def _is_same(written: str, wanted: str) -> bool:
    """Whether the builder wrote this command; it shows the first line, CodeBuild adds the exit status."""
    written = written.strip().removesuffix(" ...")
    return written == wanted or written.startswith(f"{wanted} exit status ")


def _bounded(start: int, end: int) -> Iterator[int]:
    half = SCANNED_LINES // 2
    if end - start <= SCANNED_LINES:
        yield from range(start, end)
    else:
        yield from range(start, start + half)
        yield from range(end - half, end)


def excerpt(lines: Sequence[str], cause: Cause | None, *, limit: int = EXCERPT_LINES) -> tuple[str, ...]:
    """The cause among the lines that explain it, in the order of the log, `...` where lines were left out.

    At most `limit` lines, and always the cause; with it what stands around it, the innermost frame of the
    project's own code, further reasons, and how the command ended. Without a cause the last lines of the
    command that failed. Empty lines are left out without a mark.

    Limit: looks 200 lines back and 60 on. Lines are whole: mask them first, then shorten them.
    """
    limit = max(1, limit)
    if cause is None:
        start, end = _output_of_failure(lines, "")
        tail = (text for index in range(end - 1, start - 1, -1) if (text := _content(lines[index])))
        return tuple(reversed([text for text, _ in zip(tail, range(limit), strict=False)]))
    if not 0 <= cause.index < len(lines):
        return (cause.line,)
    reach = _reach(lines, cause.index)
    heads = [head_of(lines[index]) if index != _MARK_INDEX else "" for index in reach]
    place = paragraph = reach.index(cause.index)
    while paragraph and reach[paragraph - 1] == reach[paragraph] - 1:
        paragraph -= 1
    kept = [place]
    for position in _by_importance(heads, place, paragraph):
        more = sorted({*kept, position})
        if heads[position] and _size(more) <= limit:
            kept = more
    return tuple(_rendered(lines, [reach[position] for position in kept], kept))


def _content(line: str) -> str:
    return "" if own_text(line) is not None else shown(line)


def _reach(lines: Sequence[str], index: int) -> list[int]:
    """The lines an excerpt may take: around `index`, and behind a mark how the command ended."""
    before = range(index - 1, max(-1, index - 1 - _BACK_LINES), -1)
    after = range(index + 1, min(len(lines), index + SCANNED_LINES))
    back = list(takewhile(lambda near: own_text(lines[near]) is None, before))
    on = list(takewhile(lambda near: own_text(lines[near]) is None, after))
    around = [*reversed(back), index, *on[:_ON_LINES]]
    content = [near for near in around if near == index or not _EMPTY.match(head_of(lines[near]))]
    end = _ending([head_of(lines[near]) for near in on[-_END_LINES:]])
    ending = [] if end is None else [on[-_END_LINES:][end]]
    return content if not ending or ending[0] in content else [*content, _MARK_INDEX, *ending]


def _ending(heads: Sequence[str]) -> int | None:
    """Which line tells how the command ended: the last that wraps up, or the last one that says anything."""
    said = [near for near, head in enumerate(heads) if _is_said(head)]
    closing = [near for near in said if weigh(heads[near]) is Weight.CLOSING]
    return next(reversed(closing or said), None)


def _by_importance(heads: Sequence[str], place: int, paragraph: int) -> Iterator[int]:
    """Positions of lines, those that explain most first; the cause's paragraph begins at `paragraph`."""
    yield from _own_frame(heads, place)
    after = [near for near in range(place + 1, len(heads)) if _explains(heads[near])][:_AFTER]
    before = [near for near in range(place - 1, paragraph - 1, -1) if _explains(heads[near])][:_BEFORE]
    yield from after[:3]
    yield from before[:1]
    yield from _reasons(heads, range(place + 1, len(heads)))
    yield from _reasons(heads, range(place - 1, -1, -1))
    end = _ending(heads[place + 1 :])
    if end is not None:
        yield place + 1 + end
    yield from after
    yield from before


def _own_frame(heads: Sequence[str], place: int) -> Iterator[int]:
    """The innermost frame of the project's own code, and the code that Python quotes below it."""
    for near in range(place + 1, len(heads)):
        if _FRAME_AFTER.match(heads[near]) and not _FOREIGN.search(heads[near]):
            yield near
            return
    for near in range(place - 1, -1, -1):
        if _FRAME_BEFORE.match(heads[near]) and not _FOREIGN.search(heads[near]):
            yield near
            if near + 1 < place:
                yield near + 1
            return


def _reasons(heads: Sequence[str], positions: Iterable[int]) -> list[int]:
    return [near for near in positions if weigh(heads[near]) >= Weight.SIGN][:_MORE_REASONS]


def _explains(head: str) -> bool:
    if not head or head.startswith("npm notice"):
        return False
    if (_FRAME_BEFORE.match(head) or _FRAME_AFTER.match(head)) and _FOREIGN.search(head):
        return False
    return weigh(head) is not Weight.CLOSING and not claims_success(head)


def _is_said(head: str) -> bool:
    """Whether a line may end an excerpt: not npm's farewell, no frame, not empty."""
    return not _EMPTY.match(head) and not _NPM.match(head) and not _FRAME_AFTER.match(head)


def _size(kept: Sequence[int]) -> int:
    return len(kept) + sum(1 for one, next_one in pairwise(kept) if next_one - one > 1)


def _rendered(lines: Sequence[str], indexes: Sequence[int], positions: Sequence[int]) -> Iterator[str]:
    """The lines at `indexes`, with a mark where their `positions` leave some out."""
    previous = positions[0]
    for index, position in zip(indexes, positions, strict=True):
        if position - previous > 1:
            yield LEFT_OUT
        yield shown(lines[index])
        previous = position
