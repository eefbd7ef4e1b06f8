"""A picture that is drawn over and over on a terminal; elsewhere there are lines."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import RenderableType

    Draw = Callable[[RenderableType], None]

LOOK_SECONDS = 0.1


@contextmanager
def live(stream: TextIO) -> Iterator["Draw | None"]:
    """What draws a picture in the place of the one before; None where nobody could see that.

    That is a pipe, or a terminal that cannot move its cursor. The last picture stays, also after Ctrl-C.
    """
    if not stream.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown", ""):
        yield None
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(file=stream, highlight=False)
    with Live(console=console, auto_refresh=False) as shown:
        yield lambda picture: shown.update(picture, refresh=True)
