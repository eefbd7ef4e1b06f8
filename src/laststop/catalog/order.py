"""One total order over every text that may name a version."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

from packaging.version import InvalidVersion, Version

LONGEST_PARSED = 255
"""Characters; a longer text is ordered like one that is not PEP 440, so its length costs nothing."""

NaturalKey: TypeAlias = tuple[tuple[int, int, str], ...]
OrderKey: TypeAlias = tuple[bool, Version, NaturalKey, str]

KEYS_KEPT = 65_536
"""Parsing a version costs twenty times as much as comparing it, and publishing meets the same ones again."""
_RUNS = re.compile(r"[0-9]+|[^0-9]+")
_UNPARSED = Version("0")  # a constant, so that texts which are not PEP 440 tie here and the next key decides


@lru_cache(maxsize=KEYS_KEPT)
def order_key(text: str) -> OrderKey:
    """Give the place of a version in the one total order; equal keys mean equal texts.

    Compared in turn: whether it parses as PEP 440 (those that do stand above), the parsed value, the natural
    key (digits as numbers), the raw text. So `1.0`, `1.0.0` and `v1.0`, one value to PEP 440, are never tied.
    """
    parsed = _parsed(text)
    return (parsed is not None, parsed or _UNPARSED, natural_key(text), text)


def natural_key(text: str) -> NaturalKey:
    """Split a text so that its runs of digits compare as numbers: `release-9` stands below `release-10`.

    Limit: digits are ASCII digits. A number is compared by length, then digits, never converted: a hostile
    run of digits costs what reading it costs.
    """
    return tuple(_run_key(run) for run in _RUNS.findall(text))


def is_final(text: str) -> bool:
    """Whether a version is PEP 440 and neither a pre-release nor a development release."""
    parsed = _parsed(text)
    return parsed is not None and not parsed.is_prerelease


def choice_key(text: str, *, allow_prereleases: bool = False) -> tuple[bool, OrderKey]:
    """The version to show has the greatest of these keys: finals first, unless pre-releases may compete."""
    return (allow_prereleases or is_final(text), order_key(text))


def highest(texts: Iterable[str], *, allow_prereleases: bool = False) -> str | None:
    """The version to show of several, or None of none.

    A final beats every pre-release, unless these are allowed; where no final exists, the highest of what
    there is wins, so an algorithm with only pre-releases is still shown.
    """
    return max(texts, key=lambda text: choice_key(text, allow_prereleases=allow_prereleases), default=None)


def _parsed(text: str) -> Version | None:
    """The PEP 440 value of a text, if it has one."""
    if len(text) > LONGEST_PARSED:
        return None
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _run_key(run: str) -> tuple[int, int, str]:
    """Words stand below numbers at the same place; numbers compare by length once the zeros are gone."""
    if not run[0].isascii() or not run[0].isdigit():
        return (0, 0, run)
    digits = run.lstrip("0")
    return (1, len(digits), digits)
