"""On which line each key of a TOML file stands, as far as that can be told without a parser of our own."""

import re
from collections.abc import Mapping
from typing import cast

from laststop.pipeline.problems import Trail

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[[ \t]*({_DOTTED})[ \t]*\]")
_ITEM = re.compile(rf"[ \t]*\[\[[ \t]*({_DOTTED})[ \t]*\]\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PARTS = re.compile(_PART)


def toml_lines(text: str, value: Mapping[str, object]) -> dict[Trail, int]:
    """Key path -> line, from 1; the first place wins, and only paths that exist in `value` are named.

    Limit: keys of inline tables and items of inline lists have the line of the key they belong to; a line
    inside a multi-line text that looks like an existing key may be taken for it.
    """
    lines: dict[Trail, int] = {}
    table: Trail = ()
    items: dict[Trail, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        header = _HEADER.match(line)
        item = _ITEM.match(line)
        key = _KEY.match(line)
        path: Trail
        if item:
            place = _path(item[1])
            items[place] = items.get(place, -1) + 1
            path = table = (*place, items[place])
        elif header:
            path = table = _path(header[1])
        elif key:
            path = (*table, *_path(key[1]))
        else:
            continue
        for length in range(1, len(path) + 1):
            if _exists(path[:length], value):
                lines.setdefault(path[:length], number)
    return lines


def _path(dotted: str) -> Trail:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in _PARTS.findall(dotted))


def _exists(path: Trail, value: Mapping[str, object]) -> bool:
    inside: object = value
    for step in path:
        if isinstance(inside, dict) and step in inside:
            inside = cast("dict[str | int, object]", inside)[step]
        elif isinstance(inside, list) and isinstance(step, int) and step < len(inside):
            inside = cast("list[object]", inside)[step]
        else:
            return False
    return True
