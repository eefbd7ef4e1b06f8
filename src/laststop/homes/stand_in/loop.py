"""The stand-in at work: its engines, woken by a bell."""

import threading
from collections.abc import Callable, Sequence

from laststop.errors import TransientError
from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.drive import Drive
from laststop.homes.embedded.store.journal import Store
from laststop.words.instants import Instant

LOOK_AROUND_SECONDS = 1.0
"""A lost ring costs at most this."""


class EngineLoop:
    """Decides for every pipeline until nothing is left to decide; then it sleeps.

    Concurrency: `run` in one thread; `stop` from any.
    """

    def __init__(
        self,
        *,
        store: Store,
        drives: Callable[[], Sequence[Drive]],
        bell: Bell,
        clock: Callable[[], Instant],
        say: Callable[[str], None],
    ) -> None:
        """`drives` gives the pipelines as they are now, `say` is told of trouble that passes by itself."""
        self._store = store
        self._drives = drives
        self._bell = bell
        self._clock = clock
        self._say = say
        self._stop = threading.Event()
        self._seen = -1

    def run(self) -> None:
        """Work until told to stop."""
        while not self._stop.is_set():
            try:
                while self._decide() and not self._stop.is_set():
                    pass
                self._sleep()
            except TransientError as error:
                self._say(f"{error}; trying again")
                self._stop.wait(LOOK_AROUND_SECONDS)

    def stop(self) -> None:
        """End after the current pass."""
        self._stop.set()
        self._bell.ring()

    def _decide(self) -> bool:
        did = False
        for drive in self._drives():
            did = drive.decide() or did
        return did

    def _sleep(self) -> None:
        """Until somebody rings, the store was written, or a deadline has come."""
        while not self._stop.is_set() and not self._bell.wait(self._pause()):
            now = self._store.database.data_version()
            if now != self._seen or self._pause() <= 0:
                self._seen = now
                return

    def _pause(self) -> float:
        deadlines = [at for drive in self._drives() if (at := drive.next_deadline()) is not None]
        if not deadlines:
            return LOOK_AROUND_SECONDS
        left = (min(deadlines) - self._clock()).total_seconds()
        return max(0.0, min(left, LOOK_AROUND_SECONDS))
