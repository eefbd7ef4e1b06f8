"""The `StartMarks` port over the ledger."""

from typing import Final

from laststop.functions.start_ports import StartMark
from laststop.homes.aws.revised_row import RevisedRow
from laststop.homes.aws.table import Table

START: Final = "START"


class TableMarks(RevisedRow[StartMark]):
    """The one row that remembers the newest run that was decided."""

    def __init__(self, table: Table) -> None:
        """`table` is the ledger."""
        super().__init__(table, START, "MARK", StartMark)
