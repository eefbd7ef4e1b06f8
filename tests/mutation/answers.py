"""The mutants that no test can tell from the code, each with its reason: a table of docs/mutation.md."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "mutation.md"
_ROW = re.compile(r"^\| `(?P<name>.+?)` \| (?P<why>.+?) \|$", re.MULTILINE)


def answered() -> dict[str, str]:
    """A mutant's name -> why it survives."""
    page = PAGE.read_text(encoding="utf-8")
    return {found["name"].replace(r"\|", "|"): found["why"] for found in _ROW.finditer(page)}


def row(name: str) -> str:
    """A mutant's name as the table has it."""
    escaped = name.replace("|", r"\|")
    return f"`{escaped}`"
