"""Secrets, made unreadable in text.

A secret is hidden by its exact value, as CodeBuild does it: an encoded, quoted or cut secret is not found.
Each line of a multi-line secret is hidden by itself, because logs are written line by line. Values shorter
than four characters are left alone: hiding every `1` or `on` would hide the log and tell what the value is.
"""

from collections.abc import Iterable

MASK = "***"
SHORTEST_SECRET = 4


def secret_lines(secrets: Iterable[str]) -> tuple[str, ...]:
    """The texts to look for: lines of all secrets, without their margins, longest first, none twice."""
    lines = {line.strip() for secret in secrets for line in secret.splitlines()}
    return tuple(sorted((line for line in lines if len(line) >= SHORTEST_SECRET), key=_longest_first))


def mask(text: str, secrets: Iterable[str]) -> str:
    """`text` with every occurrence of every secret replaced by `***`; overlapping ones as one."""
    return mask_lines(text, secret_lines(secrets))


def mask_lines(text: str, lines: tuple[str, ...]) -> str:
    """As `mask`, for many texts: `lines` are what `secret_lines` gave."""
    found = [line for line in lines if line in text]
    if not found:
        return text
    spans = sorted(span for line in found for span in _spans(text, line))
    pieces: list[str] = []
    shown_until, hidden_until = 0, 0
    for start, end in spans:
        if start >= hidden_until:
            pieces += (text[shown_until:start], MASK)
        hidden_until = max(hidden_until, end)
        shown_until = hidden_until
    return "".join((*pieces, text[shown_until:]))


def _spans(text: str, line: str) -> Iterable[tuple[int, int]]:
    start = text.find(line)
    while start >= 0:
        yield start, start + len(line)
        start = text.find(line, start + 1)


def _longest_first(line: str) -> tuple[int, str]:
    return -len(line), line
