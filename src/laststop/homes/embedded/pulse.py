"""Work that comes in bursts: done until nothing is left, then slept over until something may be."""

import threading
from collections.abc import Callable, Iterable
from typing import Final

from laststop.errors import TransientError
from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.store.journal import Store
from laststop.words.instants import Instant

LOOK_AROUND_SECONDS: Final = 1.0
"""A lost ring costs at most this."""


class Pulse:
    """Woken by a bell, by a write to the store, by a deadline, and once a second in case a ring was lost.

    Concurrency: `run` in one thread; `stop` from any.
    """

    def __init__(
        self,
        *,
        store: Store,
        bell: Bell,
        deadlines: Callable[[], Iterable[Instant | None]],
        clock: Callable[[], Instant],
        say: Callable[[str], None],
    ) -> None:
        """`deadlines` says when there is work at the latest, `say` is told of passing trouble."""
        self._store = store
        self._bell = bell
        self._deadlines = deadlines
        self._clock = clock
        self._say = say
        self._stop = threading.Event()
        self._seen = -1

    def run(self, work: Callable[[], bool], rest: Callable[[], None] = lambda: None) -> None:
        """Work until told to stop. `work` is true when it did anything; `rest` comes before every sleep."""
        while not self._stop.is_set():
            try:
                while work() and not self._stop.is_set():
                    pass
                rest()
                self._sleep()
            except TransientError as error:
                self._say(f"{error}; trying again")
                self._stop.wait(LOOK_AROUND_SECONDS)

    def stop(self) -> None:
        """End after the current pass."""
        self._stop.set()
        self._bell.ring()

    def _sleep(self) -> None:
        """Until somebody rings, the store was written, or a deadline has come."""
        while not self._stop.is_set() and not self._bell.wait(self._pause()):
            now = self._store.database.data_version()
            if now != self._seen or self._pause() <= 0:
                self._seen = now
                return

    def _pause(self) -> float:
        """Seconds until a deadline, at most the look-around interval."""
        deadlines = [at for at in self._deadlines() if at is not None]
        if not deadlines:
            return LOOK_AROUND_SECONDS
        left = (min(deadlines) - self._clock()).total_seconds()
        return max(0.0, min(left, LOOK_AROUND_SECONDS))
