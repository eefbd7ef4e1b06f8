"""On which line each key of a TOML file stands, as far as that can be told without a parser of our own."""

import re
from collections.abc import Mapping
from typing import cast

from laststop.pipeline.problems import Trail

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PARTS = re.compile(_PART)


def toml_lines(text: str, value: Mapping[str, object]) -> dict[Trail, int]:
    """Key path -> line, from 1; the first place wins, and only paths that exist in `value` are named.

    Limit: keys of inline tables and items of lists have the line of the key they belong to; a line inside a
    multi-line text that looks like an existing key may be taken for it.
    """
    lines: dict[Trail, int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        key = _KEY.match(line)
        if header:
            table = _path(header[1])
            path = table
        elif key:
            path = (*table, *_path(key[1]))
        else:
            continue
        for length in range(1, len(path) + 1):
            if _exists(path[:length], value):
                lines.setdefault(path[:length], number)
    return lines


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(dotted))


def _exists(path: Trail, value: Mapping[str, object]) -> bool:
    inside: object = value
    for step in path:
        if not isinstance(inside, dict) or step not in inside:
            return False
        inside = cast("dict[str | int, object]", inside)[step]
    return True
