"""Waiting in the caller's own thread."""

import time


class OwnPatience:
    """The `Waiting` port for whoever has nobody that could give the work up."""

    def __init__(self) -> None:
        """The clock starts here."""
        self._began = time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Sleep so long; there is always a point in going on."""
        time.sleep(seconds)
        return True

    def elapsed_seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self._began
