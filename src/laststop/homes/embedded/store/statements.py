"""Named SQL from the files beside this module."""

import re
from importlib import resources

_NAME = re.compile(r"^-- :(\w+)\b.*$", re.MULTILINE)


def load(file: str) -> dict[str, str]:
    """The statements of one file, by name; a line `-- :name purpose` begins each."""
    text = (resources.files("laststop.homes.embedded.store") / "sql" / file).read_text()
    parts = _NAME.split(text)[1:]
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}
