"""Commands open the store themselves, whether or not a server runs, and ring it when they have written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from laststop.cli.options import project_in
from laststop.homes.embedded.bell import ring
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.lock import holder_of
from laststop.wiring.embedded import EmbeddedHome


@contextmanager
def opened(folder: Path) -> Iterator[EmbeddedHome]:
    """The project's home for one command."""
    home = EmbeddedHome(project_in(folder))
    try:
        yield home
    finally:
        home.close()


def tell_server(home: EmbeddedHome) -> bool:
    """Ring the server; False when none runs, and what was written happens when `up` starts."""
    holder = holder_of(Folders(home.project.root).lock)
    ring(holder)
    return holder is not None


NOT_SERVING = "no server is running: this happens when `laststop up` starts"
