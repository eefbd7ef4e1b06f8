"""A place in decoded YAML: its value, and the path to it for whoever has to mend it."""

import difflib
import re
from collections.abc import Callable, Iterable
from typing import NoReturn, Self

from laststop.errors import UsageError

Placing = Callable[[str], str]
"""Turns a path inside a document (`phases.build.commands[2]`) into a place a person can find."""

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_FLAGS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


class Node:
    """One value, read as what the grammar says it is; every refusal names the place."""

    def __init__(self, value: object, path: str, placing: Placing) -> None:
        """`path` is empty for the document itself."""
        self._value = value
        self._path = path
        self._placing = placing

    @property
    def empty(self) -> bool:
        """Whether nothing stands there: the key is absent, or present without a value."""
        return self._value is None

    def refuse(self, message: str, hint: str = "") -> NoReturn:
        """Raise the error of this place.

        Raises: UsageError always.
        """
        raise UsageError(message, place=self._placing(self._path), hint=hint)

    def fields(self, *known: str) -> dict[str, Self]:
        """The children of a mapping whose keys are fixed; absent ones are there and `empty`.

        Raises: UsageError for anything but a mapping, or for a key that is not known.
        """
        children = self.entries()
        for key, child in children.items():
            if key not in known:
                child.refuse(
                    f"{key!r} is no key here{did_you_mean(key, known)}", f"known: {', '.join(known)}"
                )
        return {key: children.get(key) or self._child(key, None) for key in known}

    def entries(self) -> dict[str, Self]:
        """The children of a mapping whose keys are the user's; none when nothing stands there.

        Raises: UsageError for anything but a mapping with keys of text.
        """
        if self._value is None:
            return {}
        if not isinstance(self._value, dict):
            self.refuse(f"expected keys and values, found {_kind(self._value)}")
        return {str(key): self._child(str(key), value) for key, value in self._value.items()}

    def text(self) -> str:
        """A scalar as text, as CodeBuild shows it: `true`, `3.10`; empty when nothing stands there.

        Raises: UsageError for a list or a mapping, or for what no shell can be given.
        """
        value = self._value
        if isinstance(value, dict):
            self.refuse("expected text, found keys and values", "a text that contains `: ` needs quotes")
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str | int | float):
            self.refuse(f"expected text, found {_kind(value)}")
        text = str(value)
        if _NO_TEXT.search(text):
            self.refuse("holds a character that no command and no variable can hold", "remove the NUL")
        return text

    def texts(self) -> tuple[str, ...]:
        """A list of scalars as texts; none when nothing stands there.

        Raises: UsageError for anything else, or for an empty entry.
        """
        if self._value is None:
            return ()
        if not isinstance(self._value, list | tuple):
            self.refuse(f"expected a list, found {_kind(self._value)}", "start each entry with `- `")
        items = [Node(value, f"{self._path}[{at}]", self._placing) for at, value in enumerate(self._value)]
        for item in items:
            if not item.text().strip():
                item.refuse("is empty", "remove the entry, or write something in it")
        return tuple(item.text() for item in items)

    def text_map(self) -> dict[str, str]:
        """A mapping from the user's keys to scalars as texts."""
        return {key: child.text() for key, child in self.entries().items()}

    def flag(self) -> bool:
        """`yes` or `no`, also spelt true/false and on/off; no when nothing stands there.

        Raises: UsageError for anything else.
        """
        flag = _FLAGS.get(self.text().strip().lower()) if self._value is not None else False
        if flag is None:
            self.refuse(f"expected yes or no, found {self.text()!r}")
        return flag

    def one_of(self, *choices: str) -> str:
        """One of the choices, or empty text when nothing stands there.

        Raises: UsageError for anything else.
        """
        text = self.text().strip()
        if text and text not in choices:
            self.refuse(f"{text!r} is not one of {', '.join(choices)}{did_you_mean(text, choices)}")
        return text

    def _child(self, key: str, value: object) -> Self:
        return type(self)(value, f"{self._path}.{key}" if self._path else key, self._placing)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean "build"?` when one of the known words is close, else nothing."""
    close = difflib.get_close_matches(given.replace("_", "-"), known, n=1) or difflib.get_close_matches(
        given, known, n=1
    )
    return f'; did you mean "{close[0]}"?' if close else ""


def _kind(value: object) -> str:
    match value:
        case dict():
            return "keys and values"
        case list() | tuple():
            return "a list"
        case _:
            return f"{value!r}"
