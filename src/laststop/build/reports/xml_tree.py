"""XML that nobody vouches for, as a small tree.

No document type is read, so there are no entities to expand and no other files to fetch; depth and number of
elements are bounded, and so is the text that is kept.
"""

from typing import Final
from xml.parsers import expat

from laststop.errors import UsageError

DEPTH_MAX: Final = 64
ELEMENTS_MAX: Final = 300_000
_TEXT_CHARACTERS_MAX: Final = 4000


class Element:
    """One element: its name without a namespace, its attributes, its children, the text right inside it."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        """Children and text come as they are read."""
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""

    def get(self, name: str) -> str:
        """An attribute; empty without it."""
        return self.attributes.get(name, "")

    def of(self, *names: str) -> list["Element"]:
        """The children of these names."""
        return [child for child in self.children if child.name in names]

    def first(self, *path: str) -> "Element | None":
        """The first element down a path of names."""
        here: Element | None = self
        for name in path:
            here = next(iter(here.of(name)), None) if here is not None else None
        return here

    def walk(self) -> list["Element"]:
        """The element and everything below it, in document order."""
        found: list[Element] = []
        pending = [self]
        while pending:
            element = pending.pop()
            found.append(element)
            pending.extend(reversed(element.children))
        return found


class _Building:
    """A tree under construction."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > ELEMENTS_MAX or len(self._open) >= DEPTH_MAX:
            raise UsageError(f"holds more than {ELEMENTS_MAX} elements, or {DEPTH_MAX} inside one another")
        element = Element(name.rpartition(":")[2], attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        element = self._open[-1]
        if len(element.text) < _TEXT_CHARACTERS_MAX:
            element.text += text[: _TEXT_CHARACTERS_MAX - len(element.text)]


def parse_xml(content: bytes) -> Element:
    """The root of a document.

    Raises: UsageError for what is no XML, declares a document type, or is larger than the bounds.
    """
    building = _Building()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = building.start
    parser.EndElementHandler = building.end
    parser.CharacterDataHandler = building.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)  # noqa: FBT003 - positional in expat
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UsageError(f"is no XML: {error}") from error
    if building.root is None:
        raise UsageError("is no XML: it is empty")
    return building.root


def _refuse_doctype(*_: object) -> None:
    raise UsageError("declares a document type, which is not read: entities could hide anything")
