"""Globs as CodePipeline's triggers use them, matched in a time that no pattern and no path can blow up.

Source: AWS CodePipeline user guide, "Working with glob patterns in syntax": `*` stays inside one name, `**`
crosses slashes, `?` is one character of a name, `[ ]` one of a set (`!` negates it, `-` spans), `{a,b}` one
of several, a backslash takes the next character as it is; a leading dot is a character like any other. It is
the language of Java's PathMatcher, where `**/x` wants a slash before x; Python's glob libraries differ there.
"""

from functools import lru_cache
from typing import Final

import msgspec

ALTERNATIVES_MAX: Final = 1000
"""Plain patterns that one pattern with braces may stand for."""


class GlobError(ValueError):
    """A pattern that cannot be read; the text says what is wrong with it."""


class _One(msgspec.Struct, frozen=True, kw_only=True):
    """One character: of `ranges`, or, `negated`, of none of them and no slash."""

    ranges: tuple[tuple[str, str], ...] = ()
    negated: bool = False

    def takes(self, character: str) -> bool:
        inside = any(low <= character <= high for low, high in self.ranges)
        return inside if not self.negated else (character != "/" and not inside)


class _Many(msgspec.Struct, frozen=True, kw_only=True):
    """Any number of characters; slashes only if `deep`."""

    deep: bool


_Tokens = tuple[_One | _Many, ...]
_ANY: Final = _One(negated=True)


def matches(pattern: str, text: str) -> bool:
    """Whether a whole path, branch or tag is one the pattern means; case counts.

    Raises: GlobError.
    """
    return any(_run(tokens, text) for tokens in compiled(pattern))


@lru_cache(maxsize=512)
def compiled(pattern: str) -> tuple[_Tokens, ...]:
    """The pattern, read once: one row of tokens per alternative of its braces.

    Raises: GlobError.
    """
    return tuple(_tokens(plain) for plain in _expanded(pattern))


def _run(tokens: _Tokens, text: str) -> bool:
    """Follow all possibilities at once: len(tokens) * len(text) steps at most."""
    alive = _skipping(tokens, {0})
    for character in text:
        after: set[int] = set()
        for place in alive:
            if place == len(tokens):
                continue
            token = tokens[place]
            if isinstance(token, _Many):
                if token.deep or character != "/":
                    after.add(place)
            elif token.takes(character):
                after.add(place + 1)
        if not after:
            return False
        alive = _skipping(tokens, after)
    return len(tokens) in alive


def _skipping(tokens: _Tokens, places: set[int]) -> set[int]:
    """These places, and those behind a `*` that takes nothing."""
    reached = set(places)
    for place in places:
        further = place
        while further < len(tokens) and isinstance(tokens[further], _Many):
            further += 1
            reached.add(further)
    return reached


def _tokens(plain: str) -> _Tokens:
    tokens: list[_One | _Many] = []
    at = 0
    while at < len(plain):
        character = plain[at]
        if character == "*":
            deep = plain.startswith("**", at)
            tokens.append(_Many(deep=deep))
            at += 2 if deep else 1
        elif character == "?":
            tokens.append(_ANY)
            at += 1
        elif character == "[":
            one, at = _bracket(plain, at + 1)
            tokens.append(one)
        else:
            literal, at = _literal(plain, at)
            tokens.append(_One(ranges=((literal, literal),)))
    return tuple(tokens)


def _literal(plain: str, at: int) -> tuple[str, int]:
    if plain[at] != "\\":
        return plain[at], at + 1
    if at + 1 == len(plain):
        raise GlobError("a backslash at the end takes no character")
    return plain[at + 1], at + 2


def _bracket(plain: str, at: int) -> tuple[_One, int]:
    r"""The set that begins after `[`, and the place behind its `]`; inside, `* ? \` are plain."""
    end = plain.find("]", at)
    if end < 0:
        raise GlobError("a [ is not closed")
    body = plain[at:end]
    negated = body.startswith("!")
    body = body[1:] if negated else body
    if not body or "/" in body:
        raise GlobError("a set in [ ] names characters, and no slash")
    ranges: list[tuple[str, str]] = []
    place = 0
    while place < len(body):
        low = body[place]
        spans = place > 0 or low != "-"
        if spans and body[place + 1 : place + 2] == "-" and place + 2 < len(body):
            high = body[place + 2]
            if high < low:
                raise GlobError(f"the span {low}-{high} runs backwards")
            ranges.append((low, high))
            place += 3
        else:
            ranges.append((low, low))
            place += 1
    return _One(ranges=tuple(ranges), negated=negated), end + 1


def _expanded(pattern: str) -> list[str]:
    """The pattern without braces, once per choice of its alternatives."""
    rows = [""]
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "{":
            choices, at = _group(pattern, at + 1)
        elif character == "\\":
            choices, at = [pattern[at : at + 2]], at + 2
        elif character == "[":
            end = pattern.find("]", at) + 1 or len(pattern)
            choices, at = [pattern[at:end]], end
        else:
            choices, at = [character], at + 1
        if len(rows) * len(choices) > ALTERNATIVES_MAX:
            raise GlobError(f"its braces stand for more than {ALTERNATIVES_MAX} patterns")
        rows = [row + choice for row in rows for choice in choices]
    return rows


def _group(pattern: str, at: int) -> tuple[list[str], int]:
    """The alternatives after `{`, and the place behind its `}`."""
    choices = [""]
    while at < len(pattern):
        character = pattern[at]
        if character == "}":
            return choices, at + 1
        if character == "{":
            raise GlobError("groups in { } cannot stand in each other")
        if character == ",":
            choices.append("")
            at += 1
        elif character == "\\":
            choices[-1] += pattern[at : at + 2]
            at += 2
        else:
            choices[-1] += character
            at += 1
    raise GlobError("a { is not closed")
