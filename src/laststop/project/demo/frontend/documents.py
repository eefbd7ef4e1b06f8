"""The metadata documents as the build finds them: one JSON file per algorithm type."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

MOST_DIGITS = 9
INPUT_PREFIX = "CODEBUILD_SRC_DIR_"


class DocumentError(Exception):
    """A document that cannot be used; the text names the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithm:
    """The active version of one algorithm, with what the catalog knows about it."""

    name: str
    type: str
    version: str
    attributes: Mapping[str, Any]

    def text(self, key: str) -> str:
        """An attribute as text; empty when it is missing or is no plain value."""
        value = self.attributes.get(key, "")
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value).strip("\n") if isinstance(value, str | int | float) else ""

    def lines(self, key: str) -> tuple[str, ...]:
        """An attribute as a list of texts; one text counts as a list of one."""
        value = self.attributes.get(key, ())
        items = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        return tuple(str(item) for item in items if isinstance(item, str | int | float))

    def number(self, key: str) -> int:
        """An attribute as a whole number, also when it arrives as text; 0 when it is none."""
        text = self.text(key)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0

    @property
    def title(self) -> str:
        """What people call it; its name when nobody said."""
        return self.text("title") or self.name

    @property
    def released(self) -> date | None:
        """The day in `released_on`, when it is one."""
        try:
            return date.fromisoformat(self.text("released_on"))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One type: its generation and its algorithms by name."""

    type: str
    generation: int
    algorithms: tuple[Algorithm, ...]


def input_folders(environment: Mapping[str, str]) -> list[Path]:
    """The folders of all inputs but the primary one, as the build's environment names them."""
    return [Path(environment[key]) for key in sorted(environment) if key.startswith(INPUT_PREFIX)]


def read_documents(folders: Iterable[Path]) -> list[Document]:
    """Every metadata document at the top of `folders`.

    Raises: DocumentError when there is none, one is malformed, or two are of the same type.
    """
    found: dict[str, Document] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.json"))):
        for document in _read(file):
            if document.type in found:
                raise DocumentError(f"{file}: a second document of type {document.type!r}")
            found[document.type] = document
    if not found:
        raise DocumentError(
            f"no metadata document found; expected JSON files in the folders of {INPUT_PREFIX}*, "
            "or in folders named as arguments"
        )
    return list(found.values())


def _read(file: Path) -> Iterator[Document]:
    """The document in `file`; nothing when the file is something else."""
    try:
        raw = json.loads(file.read_bytes())
    except ValueError as error:
        raise DocumentError(f"{file}: not JSON ({error})") from error
    if not isinstance(raw, dict) or "algorithms" not in raw:
        return
    type_name, generation, algorithms = raw.get("type"), raw.get("generation"), raw["algorithms"]
    if not isinstance(type_name, str) or not isinstance(generation, int) or not isinstance(algorithms, dict):
        raise DocumentError(f"{file}: expected type (text), generation (number) and algorithms (object)")
    yield Document(
        type=type_name,
        generation=generation,
        algorithms=tuple(_algorithm(file, type_name, name, algorithms[name]) for name in sorted(algorithms)),
    )


def _algorithm(file: Path, type_name: str, name: str, raw: object) -> Algorithm:
    version = raw.get("version") if isinstance(raw, dict) else None
    attributes = raw.get("attributes", {}) if isinstance(raw, dict) else None
    if not isinstance(version, str) or not isinstance(attributes, dict):
        raise DocumentError(f"{file}: algorithms[{name!r}]: expected version (text) and attributes (object)")
    return Algorithm(name=name, type=type_name, version=version, attributes=attributes)
