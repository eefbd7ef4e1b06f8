"""The directory that one build has for itself."""

import os
import shutil
from pathlib import Path


def make_empty(path: Path) -> None:
    """Leave an empty directory at `path`, whatever lay there.

    Raises: OSError when something in it cannot be removed.
    """
    if path.is_dir():
        try:
            shutil.rmtree(path)
        except PermissionError:
            _open_directories(path)
            shutil.rmtree(path)
    path.mkdir(parents=True)


def _open_directories(path: Path) -> None:
    """Let us remove what lies in directories that the build made read-only, as some tools' caches are."""
    path.chmod(0o700)
    for parent, names, _ in os.walk(path):
        for name in names:
            directory = Path(parent) / name
            if not directory.is_symlink():
                directory.chmod(0o700)
