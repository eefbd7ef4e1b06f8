"""Named SQL from the files beside this module."""

import re
from pathlib import Path

_FOLDER = Path(__file__).parent / "sql"
_NAME = re.compile(r"^-- :(\w+)\b.*$", re.MULTILINE)


def load(file: str) -> dict[str, str]:
    """The statements of one file, by name; a line `-- :name purpose` begins each."""
    text = (_FOLDER / file).read_text(encoding="utf-8")
    parts = _NAME.split(text)[1:]
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}
