"""The `Messages` port over the ledger."""

from laststop.functions.message_ports import Told
from laststop.homes.aws.revised_row import RevisedRow
from laststop.homes.aws.table import Table
from laststop.words.ids import RunId


class TableMessages:
    """A row for each run and bulletin."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger."""
        self._table = table

    def get(self, run: RunId, bulletin: str) -> Told:
        """What stands there as far as is known."""
        return self._row(run, bulletin).get()

    def put(self, run: RunId, bulletin: str, told: Told, *, expected: Told) -> None:
        """Write it if nobody else did since."""
        self._row(run, bulletin).put(told, expected=expected)

    def _row(self, run: RunId, bulletin: str) -> RevisedRow[Told]:
        return RevisedRow(self._table, f"RUN#{run}", f"MESSAGE#{bulletin}", Told)
