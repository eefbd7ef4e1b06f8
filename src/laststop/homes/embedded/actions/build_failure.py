"""Why a build failed, found in its whole log rather than in its last lines."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from laststop.build.masking import mask
from laststop.build.order import BuildResult
from laststop.homes.embedded.build_log import read_log
from laststop.notices.causes import SCANNED_LINES, causal_line, excerpt
from laststop.words.failure import Failure


def failure_of(result: BuildResult, log: Path, secrets: tuple[str, ...]) -> Failure:
    """The builder's failure, with the first causal line and the lines that explain it best.

    Where the log says nothing, the builder's own last lines stay. Everything is masked once more: taking
    colours out of a line can join a secret that they had split.
    Limit: of a very long log the middle is not read.
    """
    found = result.failure
    if found is None:
        return Failure(code="JobFailed", message="the build failed and does not say why")
    lines = _bounded(log)
    cause = causal_line(lines, command=found.command, exit_status=found.exit_status)
    shown = excerpt(lines, cause) or found.lines
    says_more = cause is not None and found.message not in cause.line
    return Failure(
        code=found.code,
        message=found.message,
        phase=found.phase,
        command=found.command,
        exit_status=found.exit_status,
        cause=mask(cause.line, secrets) if cause is not None and says_more else "",
        lines=tuple(mask(line, secrets) for line in shown),
    )


def _bounded(log: Path) -> list[str]:
    """The beginning and the end of a log."""
    half = SCANNED_LINES // 2
    head: list[str] = []
    tail: deque[str] = deque(maxlen=half)
    for text in _texts(log):
        if len(head) < half:
            head.append(text)
        else:
            tail.append(text)
    return [*head, *tail]


def _texts(log: Path) -> Iterator[str]:
    offset = 0
    while (page := read_log(log, offset)).next_offset != offset:
        yield from (line.text for line in page.lines)
        offset = page.next_offset
