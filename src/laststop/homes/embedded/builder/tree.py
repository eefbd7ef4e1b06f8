"""The files below a directory, without ever leaving the build's sources."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from laststop.errors import UsageError

MAX_FILES = 500_000
"""More than this many files below one directory is taken for a loop of links."""


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """What was found: files and directories relative to the root, sorted; and what was passed over, and why.

    A link to a file or directory inside the sources counts as what it leads to.
    """

    files: tuple[str, ...]
    directories: tuple[str, ...]
    passed_over: tuple[str, ...]


class _Walk:
    """Under way: directories still to read, each with the targets of the links that led there."""

    def __init__(self, root: Path, bounds: Sequence[Path]) -> None:
        self._root = root
        self._bounds = tuple(Path(os.path.realpath(bound)) for bound in bounds)
        self._pending: list[tuple[str, tuple[Path, ...]]] = []
        self.files: list[str] = []
        self.directories: list[str] = []
        self.passed_over: list[str] = []

    def run(self, start: str) -> None:
        if self._inside(Path(os.path.realpath(self._root / start))) and (self._root / start).is_dir():
            self._pending.append((start, ()))
        while self._pending:
            self._read(*self._pending.pop())
            if len(self.files) + len(self.directories) > MAX_FILES:
                raise UsageError(f"holds more than {MAX_FILES} files", place=str(self._root / start))

    def _read(self, directory: str, links: tuple[Path, ...]) -> None:
        self.directories.append(directory)
        with os.scandir(self._root / directory) as entries:
            for entry in entries:
                name = f"{directory}/{entry.name}" if directory else entry.name
                if entry.is_symlink():
                    self._follow(name, links)
                elif entry.is_dir(follow_symlinks=False):
                    self._pending.append((name, links))
                elif entry.is_file(follow_symlinks=False):
                    self.files.append(name)
                else:
                    self.passed_over.append(f"{name} is neither a file nor a directory")

    def _follow(self, name: str, links: tuple[Path, ...]) -> None:
        path = self._root / name
        target = Path(os.path.realpath(path))
        if not target.exists():
            self.passed_over.append(f"{name} is a link to nothing")
        elif not self._inside(target):
            self.passed_over.append(f"{name} is a link that leads out of the build's sources")
        elif target in links or Path(os.path.realpath(path.parent)).is_relative_to(target):
            self.passed_over.append(f"{name} is a link to a directory it lies in")
        elif target.is_dir():
            self._pending.append((name, (*links, target)))
        elif target.is_file():
            self.files.append(name)
        else:
            self.passed_over.append(f"{name} is neither a file nor a directory")

    def _inside(self, target: Path) -> bool:
        return any(target.is_relative_to(bound) for bound in self._bounds)


def tree_below(root: Path, start: str, bounds: Sequence[Path]) -> Tree:
    """All that lies below `root/start`, with paths relative to `root`; nothing when it is no directory.

    `bounds` are the directories that links may lead into.

    Raises: UsageError beyond `MAX_FILES`.
    """
    walk = _Walk(root, bounds)
    walk.run(start)
    return Tree(
        files=tuple(sorted(walk.files)),
        directories=tuple(sorted(walk.directories)),
        passed_over=tuple(sorted(walk.passed_over)),
    )
