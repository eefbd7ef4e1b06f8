"""What the page would show otherwise, foreseen by the rules that publish it."""

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.standing import Standing
from laststop.catalog.version import VersionRow
from laststop.functions.publish import Shelf, foresee, refresh
from unit.functions.test_publish import POLICY, Documents, Publications, Standings
from unit.homes.home_workbench import COMPLETE, RUNNING


class Table:
    def __init__(self, *rows: VersionRow, pin: str | None = None) -> None:
        self.rows, self.pin = {row.version: row for row in rows}, pin

    def of(self, algorithm: str) -> Algorithm:
        return Algorithm(name=algorithm, versions=tuple(self.rows.values()), pin=self.pin)


class Known(Standings):
    def __init__(self, *standings: Standing) -> None:
        super().__init__()
        self.known = standings

    def of(self, algorithm: str):
        return self.known


def row(version: str, phase: str, type_: str = "routing") -> VersionRow:
    return VersionRow(algorithm="bgp", version=version, type=type_, phase=phase)


def foreseen(table: Table, wanted: VersionRow, documents: Documents, standings: Standings | None = None):
    """(object, version before, version after) of each change, and that it is what publishing then writes."""
    standings = standings or Known()
    shelf = Shelf(versions=table, documents=documents, standings=standings, publications=Publications())
    refresh(["bgp"], shelf=shelf, policy=POLICY)
    before = {name: list(stored) for name, stored in documents.stored.items()}
    found = [
        (
            object_,
            change.before.version if change.before else None,
            change.after.version if change.after else None,
        )
        for object_, change in foresee(
            wanted, versions=table, documents=documents, standings=standings, policy=POLICY
        )
    ]
    assert documents.stored == before, "nothing was written"
    return found


def test_a_release_takes_the_page_and_a_lower_one_does_not():
    table = Table(row("1.0", COMPLETE), row("1.1", RUNNING), row("0.9", RUNNING))
    assert foreseen(table, row("1.1", COMPLETE), Documents()) == [("routing", "1.0", "1.1")]
    assert foreseen(table, row("0.9", COMPLETE), Documents()) == []


def test_a_retirement_gives_the_page_back_to_the_runner_up_or_to_nobody():
    table = Table(row("1.0", COMPLETE), row("1.1", COMPLETE))
    assert foreseen(table, row("1.1", "RETIRED"), Documents()) == [("routing", "1.1", "1.0")]
    assert foreseen(Table(row("1.0", COMPLETE)), row("1.0", "RETIRED"), Documents()) == [
        ("routing", "1.0", None)
    ]


def test_a_re_test_of_what_counts_changes_nothing():
    released = Known(Standing(algorithm="bgp", version="1.0", released=7, retired=3))
    table = Table(row("1.0", COMPLETE))
    assert foreseen(table, row("1.0", RUNNING), Documents(), released) == []


def test_a_pin_keeps_the_page_from_a_higher_version():
    table = Table(row("1.0", COMPLETE), row("1.1", RUNNING), pin="1.0")
    assert foreseen(table, row("1.1", COMPLETE), Documents()) == []
