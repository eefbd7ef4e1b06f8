"""The `Verdicts` port over the ledger."""

from collections.abc import Callable, Iterator

from laststop.errors import InvariantError
from laststop.functions.verdict_ports import OpenChange
from laststop.homes.aws.publications import ChangeRow, open_changes, settle, settled_changes
from laststop.homes.aws.table import Table
from laststop.notices.judge import Published
from laststop.words.instants import Instant
from laststop.words.verdicts import Verdict


class TableVerdicts:
    """Open changes are read page by page; a settled one is moved in a transaction."""

    def __init__(self, table: Table, clock: Callable[[], Instant]) -> None:
        """`table` is the ledger."""
        self._table = table
        self._clock = clock
        self._rows: dict[str, ChangeRow] = {}
        self._open: set[tuple[str, str]] | None = None

    def open(self) -> Iterator[OpenChange]:
        """Changes without a final verdict, about the oldest first."""
        for row in open_changes(self._table):
            self._rows[row.open_key] = row
            yield open_change(row)

    def known(self, algorithm: str) -> frozenset[str]:
        """The versions of an algorithm of which some change is known; the open ones are read once."""
        if self._open is None:
            self._open = {(row.algorithm, row.version) for row in open_changes(self._table)}
        settled = {row.version for row in settled_changes(self._table, algorithm)}
        return frozenset(settled | {version for name, version in self._open if name == algorithm})

    def settle(self, change: OpenChange, verdict: Verdict) -> None:
        """Note a verdict, unless a final one is there.

        Raises: InvariantError for a change that `open` of this object did not give.
        """
        row = self._rows.get(change.key)
        if row is None:
            raise InvariantError(f"the change {change.key} was never read")
        settle(
            self._table,
            row,
            verdict.kind,
            verdict.reason,
            run=verdict.run,
            at=self._clock(),
        )


def open_change(row: ChangeRow) -> OpenChange:
    """A row of the ledger as judging takes it."""
    return OpenChange(
        key=row.open_key,
        change=Published(
            algorithm=row.algorithm,
            version=row.version,
            type=row.type,
            object=row.object,
            generation=row.generation,
        ),
        kind=row.verdict,
        run=row.run,
        recorded_at=row.recorded_at,
    )
