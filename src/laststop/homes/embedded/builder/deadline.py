"""When a build has to end though it has not finished."""

import time

from laststop.build.ports import Cancellation


class Deadline:
    """Watches the clock and the flag of one build.

    Units: `timeout_seconds` from its making.
    """

    def __init__(self, timeout_seconds: float, cancelled: Cancellation) -> None:
        """The clock starts now."""
        self.timeout_seconds = timeout_seconds
        self._until = time.monotonic() + timeout_seconds
        self._cancelled = cancelled

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the end."""
        return self._cancelled.is_set()

    def passed(self) -> bool:
        """Whether the build has to end now, for either reason."""
        return self._cancelled.is_set() or time.monotonic() >= self._until
