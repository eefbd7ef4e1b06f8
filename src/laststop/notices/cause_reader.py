"""Weighs the lines of one command in their context: a traceback, a block of npm's, what a heading announces.

It reads line by line and keeps little, so that a log of any length costs one pass.
"""

import re
from collections import deque

import msgspec

from laststop.notices.cause_patterns import (
    Weight,
    claims_success,
    head_of,
    is_noise,
    is_warning,
    told_by_status,
    weigh,
    wraps_up,
)

_QUIET_LINES = 200
"""How many lines without weight are kept, for the case that none has any."""

# What laststop's builder and CodeBuild write themselves.
_OWN = re.compile(r"\[(?:laststop|Container)\] (?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d+)? )?")
_PHASE_FAILED = re.compile(r"[A-Z_]+ (?:FAILED|FAULT|TIMED_OUT): ")

_NPM = re.compile(r"npm (?:error|ERR!)(?: |$)")
_NPM_CODE = re.compile(r"code (\S+)$")
_NPM_FACT = re.compile(
    r"(?:code|errno|syscall|path|dest|cwd|signal|workspace|location|command|A complete log)\b|\s*$"
)
_TRACEBACK = re.compile(r"[ |+-]*(?:Exception Group )?Traceback \(most recent call last\):$")
_GUTTER = re.compile(r"[ |+-]*")
_CHAINED = re.compile(r"[ |]*(?:During handling of the above|The above exception was the direct cause)\b")
_CAPTURED = re.compile(r"std(?:out|err) \| ")
_HEADING = re.compile(
    r"""(?x)
    ERROR\sin\s\S+(?:\s\d+:\d+(?:-\d+)?)?$                          # webpack
    | (?i:error(?:\s\w+){0,3}:$ | failed\sto\scompile\b.{0,40}[.:]$)
    | \s+error:\s[|>][-+]?$                                          # TAP
    """
)

# Weights, and whether nothing claimed success afterwards, best first; NOTHING stands for what was said last.
_ORDER = (
    (Weight.CAUSE, True),
    (Weight.SIGN, True),
    (Weight.CAUSE, False),
    (Weight.WORD, True),
    (Weight.NOTHING, True),
    (Weight.SIGN, False),
    (Weight.WORD, False),
    (Weight.CLOSING, True),
    (Weight.CLOSING, False),
)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A line that may be the cause."""

    index: int
    weight: Weight


def own_text(line: str) -> str | None:
    """What the builder itself says in a line; None for a line that a command wrote."""
    own = _OWN.match(line) if line.startswith("[") else None
    return line[own.end() :] if own else None


class CauseReader:
    """Reads the lines of one command, in order, and keeps what may be its cause.

    Concurrency: one thread.
    """

    def __init__(self, exit_status: int | None) -> None:
        """`exit_status` is the command's, where it is known."""
        self.candidates: list[Candidate] = []
        self.last_success = -1
        """The last line in which a tool said that it got through; -1 before any."""
        self.by_status: int | None = None
        """The last line that says what the exit status means."""
        self._exit_status = exit_status
        self._quiet: deque[tuple[int, str]] = deque(maxlen=_QUIET_LINES)  # without weight, since any success
        self._traceback_column: int | None = None
        self._exception: int | None = None  # among the candidates: the last one a traceback ended with
        self._npm_script = False
        self._announced = False
        self._captured = False

    def take(self, index: int, line: str) -> None:
        """Read the next line, which stands at `index`."""
        said = own_text(line)
        if said is not None:
            if _PHASE_FAILED.match(said) and not self.candidates:
                self._keep(index, Weight.CAUSE)
            return
        head = head_of(line)
        if not head:
            self._captured = False
            return
        self._captured = self._captured or _CAPTURED.match(head) is not None
        if self._captured:  # what a test wrote while it ran says nothing about whether it passed
            return
        weight = self._weight(head)
        if weight > Weight.NOTHING:
            self._keep(index, weight)
        elif claims_success(head):
            self.last_success = index
            self._quiet.clear()
        else:
            self._quiet.append((index, head))
        if told_by_status(head, self._exit_status):
            self.by_status = index

    def best(self) -> int | None:
        """The first of the heaviest lines; those the command got over after others of their kind."""
        if self.by_status is not None and self.by_status > self.last_success:
            return self.by_status
        for weight, is_fresh in _ORDER if self._exit_status is not None else _ORDER[:2]:
            if weight is Weight.NOTHING:
                if (last_words := self._last_words()) is not None:
                    return last_words
                continue
            for candidate in self.candidates:
                if candidate.weight is weight and (candidate.index > self.last_success) == is_fresh:
                    return candidate.index
        return None

    def _last_words(self) -> int | None:
        """The last line that is no noise, or the first warning after it: some tools only warn, and fail."""
        warning: int | None = None
        for index, head in reversed(self._quiet):
            if is_warning(head):
                warning = index
            elif not is_noise(head):
                return index if warning is None else warning
        return warning

    def _keep(self, index: int, weight: Weight) -> None:
        self.candidates.append(Candidate(index=index, weight=weight))

    def _weight(self, head: str) -> Weight:
        if self._traceback_column is not None:
            return self._in_traceback(head, self._traceback_column)
        if _TRACEBACK.match(head):
            self._traceback_column = _column(head)
            return Weight.CLOSING
        if _CHAINED.match(head):
            self._demote_exception()
            return Weight.NOTHING
        npm = _NPM.match(head)
        if npm:
            return self._in_npm(head[npm.end() :])
        weight = weigh(head)
        if _HEADING.match(head):
            self._announced = True
            return Weight.CLOSING
        if self._announced and weight is not Weight.CLOSING and not is_noise(head):
            self._announced = False
            return Weight.CAUSE
        return weight

    def _in_traceback(self, head: str, column: int) -> Weight:
        """Frames and code weigh nothing; the first line that is not indented is the exception."""
        if _column(head) > column:
            return Weight.NOTHING
        self._traceback_column = None
        if wraps_up(head):
            return Weight.WORD
        self._exception = len(self.candidates)
        return Weight.CAUSE

    def _demote_exception(self) -> None:
        """Of chained exceptions the last one is what the program says; those before explain it."""
        if self._exception is not None:
            earlier = self.candidates[self._exception]
            self.candidates[self._exception] = Candidate(index=earlier.index, weight=Weight.SIGN)
            self._exception = None

    def _in_npm(self, rest: str) -> Weight:
        """What npm says itself is a reason; where it repeats a script's output, only that is."""
        code = _NPM_CODE.match(rest)
        if code:
            self._npm_script = code[1] == "ELIFECYCLE" or code[1].isdigit()
        if not rest.strip():
            return Weight.NOTHING
        if _NPM_FACT.match(rest):
            return Weight.CLOSING
        weight = weigh(rest)
        if self._npm_script:
            return weight if weight >= Weight.SIGN else Weight.CLOSING
        return Weight.CLOSING if weight is Weight.CLOSING else Weight.CAUSE


def _column(head: str) -> int:
    gutter = _GUTTER.match(head)
    return gutter.end() if gutter else 0
