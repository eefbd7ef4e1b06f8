"""The catalog's table of algorithm versions."""

from typing import Protocol

import msgspec

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.version import VersionRow


class AlgorithmPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the whole catalog; `after` is where the next begins, None at the end."""

    algorithms: tuple[Algorithm, ...]
    after: str | None


class Versions(Protocol):
    """Reads see every write that ended before they began; a row that cannot be read hides no other.

    Raises: any method may raise TransientError when the store is throttled or locked, and DeniedError.
    """

    def get(self, algorithm: str, version: str) -> VersionRow | None:
        """The row of a version, or None.

        Raises: UsageError when the row exists and cannot be read.
        """

    def of(self, algorithm: str) -> Algorithm:
        """Everything under one name, in one consistent look; an unknown name has nothing.

        Limit: one query. On AWS an algorithm larger than 1 MB is read in several pages, and a write between
        two of them may or may not be seen; its own record rings again.
        """

    def put(self, row: VersionRow, *, expected: VersionRow | None) -> None:
        """Write a row if what stands is still `expected` (None: nothing stands there).

        Type and phase are compared. The same row again writes no record. `row.released` is kept by a home
        that can, and ignored by a table that others write.
        Raises: ConflictError when somebody was faster; read again and decide again.
        """

    def remove(self, algorithm: str, version: str) -> None:
        """Delete a version's row; deleting what is not there does nothing and writes no record."""

    def scan(self, after: str | None = None, *, limit: int = 100) -> AlgorithmPage:
        """Up to about `limit` whole algorithms, from where an earlier page ended (None: from the start).

        An algorithm is never cut between pages. `after` is opaque and survives a restart. What is written
        while a scan runs may be missed by it; what stood all the while is met exactly once.
        """

    def pin(self, algorithm: str, version: str | None) -> None:
        """Point the algorithm's pin at a version, or (None) remove it; the same again writes no record."""
