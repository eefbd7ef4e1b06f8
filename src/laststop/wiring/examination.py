"""What an examination finds, and what it looks at."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from laststop.config.project import Project
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.lock import Holder

State = Literal["ok", "note", "trouble"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing looked at. `mend` is a command, or a sentence where no command does it."""

    about: str
    state: State
    says: str
    mend: str = ""


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """A port that `up` would take, and the option that names another."""

    name: str
    number: int
    option: str


class Patient(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks look at."""

    project: Project
    folders: Folders
    holder: Holder | None
    ports: tuple[Port, ...]


Check = Callable[[Patient], Iterator[Finding]]
"""One look at one thing; says nothing where there is nothing to say."""
