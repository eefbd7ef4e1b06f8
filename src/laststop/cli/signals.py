"""Ctrl-C, and the polite signal of those who end services."""

import signal
from collections.abc import Callable
from types import FrameType


def stop_on_signals(stop: Callable[[], None]) -> None:
    """From now on SIGINT and SIGTERM end what is served in an orderly way."""

    def end(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
