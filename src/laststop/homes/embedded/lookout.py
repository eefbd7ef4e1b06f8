"""A thread that looks at something outside at its own pace, or when told, and rings when it moved."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from laststop.errors import LaststopError


class Lookout(ABC):
    """What went wrong at the last look is kept in `trouble` until a look succeeds."""

    def __init__(self, name: str, ring: Callable[[], None]) -> None:
        """`name` is the thread's; nothing is looked at before `start`."""
        self._ring = ring
        self._stopped = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch {name}", daemon=True)
        self.trouble = ""

    @property
    @abstractmethod
    def interval_seconds(self) -> float:
        """How long it rests between looks."""

    @abstractmethod
    def _moved(self) -> bool:
        """Look, and note what moved; whether anything did.

        Raises: LaststopError, which becomes the trouble.
        """

    def start(self, *, look_now: bool = True) -> None:
        """Keep looking; `look_now` once in the caller's thread, before anything is decided."""
        if look_now:
            self.look()
        else:
            self._wake.set()
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped = True
        self._wake.set()

    def wake(self) -> None:
        """Look now, in its own thread; somebody said that something was pushed."""
        self._wake.set()

    def look(self) -> bool:
        """Look once; True when something moved and was noted."""
        try:
            moved = self._moved()
        except LaststopError as error:
            self.trouble = str(error)
            return False
        self.trouble = ""
        return moved

    def _run(self) -> None:
        while True:
            self._wake.wait(self.interval_seconds)
            self._wake.clear()
            if self._stopped:
                return
            if self.look():
                self._ring()
