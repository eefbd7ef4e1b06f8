"""How many bytes may be in flight at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

IN_FLIGHT_BYTES = 256 * 1024 * 1024
"""A function of 2 GB takes it with room to spare; the largest single file comes on top when it is alone."""


class Budget:
    """Lets bytes in as long as there is room, and one piece larger than all the room when it is alone."""

    def __init__(self, limit_bytes: int = IN_FLIGHT_BYTES) -> None:
        """Nothing is in flight."""
        self._limit = limit_bytes
        self._room = threading.Condition()
        self._taken = 0

    @contextmanager
    def taking(self, size_bytes: int) -> Iterator[None]:
        """Wait for room, and give it back at the end of the block."""
        with self._room:
            self._room.wait_for(lambda: not self._taken or self._taken + size_bytes <= self._limit)
            self._taken += size_bytes
        try:
            yield
        finally:
            with self._room:
                self._taken -= size_bytes
                self._room.notify_all()
