"""The standard streams: closed, full, or read by nobody any more."""

import os
import sys
from collections.abc import Callable
from typing import TextIO

NOBODY_READS = 141
"""The exit code when standard output was closed before all was said, as a shell tells it of others."""
NO_ROOM = 4


def spoken(answer: Callable[[], int]) -> int:
    """Do what prints, say it to the end, and give the exit code.

    A reader who is gone (`laststop run list | head -1`) ends a command quietly.
    """
    _open_what_is_closed()
    try:
        status = answer()
    except BrokenPipeError:
        status = NOBODY_READS
    except OSError as error:
        status = _refused(error)
    return _flushed(sys.stdout) or _flushed(sys.stderr) or status


def _open_what_is_closed() -> None:
    """Whoever starts us without standard streams must not make the store's file one of them."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 for good


def lead_nowhere(stream: TextIO) -> None:
    """What is still to be said goes nowhere, also at the interpreter's end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _flushed(stream: TextIO) -> int:
    """Say the rest now: at the interpreter's own end a reader who is gone would cost a traceback."""
    try:
        stream.flush()
    except OSError as error:
        lead_nowhere(stream)
        return NOBODY_READS if isinstance(error, BrokenPipeError) else _refused(error)
    return 0


def _refused(error: OSError) -> int:
    """The system takes no more, on a full disk for instance."""
    sys.stderr.write(f"laststop: {error.strerror}\n  make room, or print elsewhere\n")
    return NO_ROOM
