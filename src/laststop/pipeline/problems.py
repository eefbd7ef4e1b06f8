"""What is wrong with a declaration, where, and what to do about it."""

import difflib
import re
from collections.abc import Iterable
from typing import Literal

import msgspec

from laststop.pipeline.rulebook import AwsCode, aws_code_of

Trail = tuple[str | int, ...]
"""The way from the top of a declaration to a place in it: keys and list positions."""

Severity = Literal["error", "warning"]

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_SHOWN_CHARACTERS = 80


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend; a warning leaves the declaration usable.

    `rule` is the id of the broken rule in the rulebook; problems of laststop.toml have none.
    """

    path: Trail
    message: str
    hint: str = ""
    severity: Severity = "error"
    rule: str = ""

    @property
    def aws_code(self) -> AwsCode:
        """The exception with which CodePipeline answers such a declaration."""
        return aws_code_of(self.rule)


def path_text(path: Trail) -> str:
    """The way as people write it: `stages[1].actions[0].configuration.ProjectName`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not _PLAIN_KEY.fullmatch(step):
            text += f"[{quoted(step)}]"
        else:
            text += f".{step}" if text else step
    return text


def quoted(text: str) -> str:
    """Foreign text, safe to show on a terminal: in quotes, shortened, control characters spelled out."""
    cut = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)
    return f'"{shown}"'


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None when nothing is near.

    Limit: words over 200 characters are never compared, so hostile input stays cheap.
    """
    if len(word) > 200:  # noqa: PLR2004 - longer than every name AWS allows
        return None
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """A hint that names the nearest known word; `otherwise` when none is near."""
    near = nearest(word, known)
    return f"did you mean {quoted(near)}?" if near is not None else otherwise


def listed(words: Iterable[str], *, limit: int = 12) -> str:
    """Words for a sentence, shortened to `limit` of them: `a, b, c`."""
    every = list(words)
    shown = ", ".join(quoted(word)[1:-1] for word in every[:limit])
    return f"{shown} and {len(every) - limit} more" if len(every) > limit else shown
