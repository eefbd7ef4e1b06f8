"""One strict pass over the events of a YAML text.

Nothing is composed, so no alias is ever followed; what readers of YAML take differently becomes a fault.
Source: the resolvers of YAML 1.1, YAML 1.2, PyYAML and go-yaml, the last of which Terraform's follows.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec
import yaml

from laststop.pipeline.problems import Trail, quoted

DEPTH_MAX: Final = 30
FAULTS_MAX: Final = 50
"""After so many the reader has something to do; the rest would be noise."""

_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,14}")
_BLOCKS: Final = ("|", ">")
_LOST_REFERENCE = re.compile(r"[ \t]+#\{")
_DIALECTS: Final = (
    (re.compile(r"y|n|yes|no|on|off|true|false", re.IGNORECASE), "true or false"),
    (re.compile(r"~|null", re.IGNORECASE), "nothing at all"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t]+[0-9].*)?", re.DOTALL), "a date"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-9][0-9_]*)+(\.[0-9_]*)?"), "a number of base 60"),
    (re.compile(r"[-+]?0[xX][0-9a-fA-F_]*|[-+]?0[oO][0-7_]*|[-+]?0[bB][01_]*"), "a number"),
    (re.compile(r"[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9_]+)?"), "a number"),
    (re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE), "a number"),
    (re.compile(r"<<|="), "an instruction"),
)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a file cannot be read. Units: `line` and `column` from 1; column 0 is unknown."""

    line: int
    column: int = 0
    path: Trail = ()
    message: str
    hint: str = ""


class FullError(Exception):
    """Enough faults were found."""


class Reading:
    """The pass: `document` returns the values; `faults` and `places` are what it noted on the way."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.faults: list[Fault] = []
        self.places: dict[Trail, int] = {}
        self.line = 1
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)

    def _fault(self, line: int, path: Trail, message: str, hint: str = "") -> None:
        self.faults.append(Fault(line=line, path=path, message=message, hint=hint))
        if len(self.faults) >= FAULTS_MAX:
            raise FullError

    def _next(self) -> yaml.Event:
        event = next(self.events)
        self.line = _line(event)
        return event

    def document(self) -> object:
        """The values of the only document.

        Raises: FullError when it gave up; yaml.YAMLError, ValueError and OverflowError from the parser.
        """
        self._next()  # the stream's start
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            self._fault(1, (), "the file is empty")
            return None
        assert isinstance(start, yaml.DocumentStartEvent)
        if start.version or start.tags:
            self._fault(self.line, (), "directives (%) are not allowed", "delete the line")
        value = self._node(self._next(), ())
        self._next()  # the document's end
        if isinstance(self._next(), yaml.DocumentStartEvent):
            self._fault(self.line, (), "a second document begins here", "keep one document in the file")
        return value

    def _node(self, event: yaml.Event, path: Trail) -> object:
        line = _line(event)
        self.places.setdefault(path, line)
        if isinstance(event, yaml.AliasEvent):
            self._fault(line, path, f"aliases (*{event.anchor}) are not allowed", "write the value out")
            return None
        assert isinstance(event, yaml.NodeEvent)
        if event.anchor is not None:
            self._fault(line, path, f"anchors (&{event.anchor}) are not allowed", "delete the anchor")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._fault(line, path, f"tags ({quoted(str(tag))[1:-1]}) are not allowed", "delete the tag")
        if len(path) >= DEPTH_MAX:
            self._fault(line, path[:3], f"values are nested deeper than {DEPTH_MAX} levels")
            raise FullError
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Trail) -> list[object]:
        items: list[object] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Trail) -> dict[str, object]:
        members: dict[str, object] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            line = _line(event)
            key = self._key(event, path)
            inside = (*path, key)
            if key in members:
                first = self.places[inside]
                self._fault(line, inside, f"the key {quoted(key)} stands twice; first on line {first}")
            self.places.setdefault(inside, line)
            value = self._node(self._next(), inside)
            members.setdefault(key, value)
        return members

    def _key(self, event: yaml.Event, path: Trail) -> str:
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(line, path, "a key must be text", "aliases, lists and mappings cannot be keys")
            raise FullError
        if event.anchor is not None or event.tag is not None:
            self._fault(line, path, "a key must be plain text, without an anchor or a tag")
        if event.implicit[0] and not event.value:
            self._fault(line, path, "there is a value without a key")
        elif event.implicit[0] and (_WHOLE.fullmatch(event.value) or _reading_of(event.value)):
            what = _reading_of(event.value) or "a number"
            self._fault(
                line,
                path,
                f"the key {quoted(event.value)[1:-1]} is {what} to some readers",
                f"put it in quotes: {quoted(event.value)}",
            )
        self._clean(event, path)
        return str(event.value)

    def _scalar(self, event: yaml.ScalarEvent, path: Trail) -> object:
        value = str(event.value)
        line = _line(event)
        self._clean(event, path)
        rest = self.text[_end(event) :][:200]
        if not event.implicit[0]:
            if event.style in _BLOCKS and not value:
                self._fault(
                    line, path, "an empty block is nothing at all to some readers", 'write "" for no text'
                )
            return value  # quoted, or a block with something in it: text to everybody
        if _LOST_REFERENCE.match(rest):
            self._fault(
                line, path, "a # after a space begins a comment, so #{...} is lost", "quote the value"
            )
            return value
        if not value:
            self._fault(
                line, path, "there is no value here", 'write one, remove the key, or write "" for no text'
            )
            return value
        if value in {"true", "false"}:
            return value == "true"
        if _WHOLE.fullmatch(value):
            return int(value)
        what = _reading_of(value)
        if what is not None:
            shown = quoted(value)
            self._fault(line, path, f"{shown[1:-1]} is {what} to some readers", f"put it in quotes: {shown}")
        elif "${" in value:
            self._fault(line, path, "a placeholder stands in quotes", f"write {quoted(value)}")
        return value

    def _clean(self, event: yaml.ScalarEvent, path: Trail) -> None:
        if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in event.value):
            self._fault(
                _line(event),
                path,
                "there is half a character or a zero byte in this text",
                "write the character itself instead of its escapes",
            )


def _reading_of(value: str) -> str | None:
    """What some reader would take an unquoted text for, or None when it is text to all of them."""
    return next((what for pattern, what in _DIALECTS if pattern.fullmatch(value)), None)


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.line + 1


def _end(event: yaml.Event) -> int:
    assert event.end_mark is not None
    return event.end_mark.index
