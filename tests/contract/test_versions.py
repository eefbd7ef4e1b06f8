"""What every home's table of versions promises: `catalog.ports.versions`."""

from contextlib import contextmanager

import pytest

from contract.aws_home import HOMES, AwsVersions
from laststop.catalog.version import VersionRow
from laststop.errors import ConflictError
from unit.homes.home_workbench import COMPLETE, Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)

    @contextmanager
    def opened(self):
        with self._home.versions() as versions:
            yield versions

    def records(self):
        """(event, algorithm, version) of every change, the oldest first."""
        return [(f.event, f.algorithm, f.version) for f in self._home.facts("change.recorded")]


@pytest.fixture(params=HOMES)
def table(request, tmp_path):
    if request.param == "aws":
        return AwsVersions(request.getfixturevalue("aws"))
    return Embedded(tmp_path)


def row(version="1.0", phase="UPLOADED", algorithm="bgp", **attributes):
    return VersionRow(
        algorithm=algorithm, version=version, type="routing", phase=phase, attributes=attributes
    )


def put(table, wanted, expected=None):
    with table.opened() as versions:
        versions.put(wanted, expected=expected)


def test_an_unknown_version_is_none_and_an_unknown_algorithm_has_nothing(table):
    with table.opened() as versions:
        assert versions.get("bgp", "1.0") is None
        found = versions.of("bgp")
    assert (found.name, found.versions, found.pin) == ("bgp", (), None)


def test_a_row_comes_back_as_it_was_put_with_every_kind_of_attribute(table):
    rich = row(title="BGP – Länge", big=10**30, tiny=-0.25, yes=True, none=None, deep={"a": [1, {"b": "c"}]})
    put(table, rich)
    with table.opened() as versions:
        assert versions.get("bgp", "1.0") == rich
        assert versions.of("bgp").versions == (rich,)


def test_each_write_is_one_record_of_its_kind(table):
    put(table, row())
    put(table, row(phase=COMPLETE), expected=row())
    with table.opened() as versions:
        versions.remove("bgp", "1.0")
    assert table.records() == [(event, "bgp", "1.0") for event in ("INSERT", "MODIFY", "REMOVE")]


def test_the_same_row_again_writes_no_record(table):
    put(table, row(title="x"))
    put(table, row(title="x"), expected=row(title="x"))
    assert len(table.records()) == 1


@pytest.mark.parametrize(
    ("before", "after"), [({"n": 1}, {"n": True}), ({"n": 1}, {"n": "1"}), ({"n": None}, {})], ids=str
)
def test_attributes_that_only_look_alike_are_a_change(table, before, after):
    put(table, row(**before))
    put(table, row(**after), expected=row(**before))
    assert len(table.records()) == 2


@pytest.mark.parametrize("expected", [None, row(phase=COMPLETE)], ids=["nothing", "another phase"])
def test_a_write_with_a_wrong_expectation_is_a_conflict_and_writes_nothing(table, expected):
    put(table, row())
    with pytest.raises(ConflictError), table.opened() as versions:
        versions.put(row(phase="RETIRED"), expected=expected)
    assert len(table.records()) == 1


def test_a_write_that_expects_a_row_where_none_is_is_a_conflict(table):
    with pytest.raises(ConflictError), table.opened() as versions:
        versions.put(row(), expected=row())
    assert table.records() == []


def test_removing_what_is_not_there_writes_no_record(table):
    with table.opened() as versions:
        versions.remove("bgp", "1.0")
    assert table.records() == []


def test_a_pin_is_set_moved_and_removed_each_with_one_record_and_repeats_with_none(table):
    put(table, row())
    for pin in ("1.0", "1.0", "2.0", None, None):
        with table.opened() as versions:
            versions.pin("bgp", pin)
            assert versions.of("bgp").pin == pin
    assert [event for event, _, version in table.records() if version == "#active"] == [
        "INSERT",
        "MODIFY",
        "REMOVE",
    ]


def test_a_pin_is_no_version(table):
    with table.opened() as versions:
        versions.pin("bgp", "1.0")
        assert versions.get("bgp", "#active") is None
        assert versions.of("bgp").versions == ()


def test_a_read_sees_the_write_before_it_in_the_same_sitting(table):
    with table.opened() as versions:
        versions.put(row(), expected=None)
        assert versions.get("bgp", "1.0") == row()


def test_a_scan_meets_every_algorithm_once_and_whole_whatever_the_page_size(table):
    names = [f"a{n}" for n in range(7)] + ["Ünal", "z z"]
    for name in names:
        for version in ("1", "2"):
            put(table, row(version, algorithm=name))
    for limit in (1, 3, 9, 100):
        met, after, pages = [], None, 0
        while pages == 0 or after is not None:
            with table.opened() as versions:
                page = versions.scan(after, limit=limit)
            met += page.algorithms
            after = page.after
            pages += 1
            assert pages < 20
        assert sorted(each.name for each in met) == sorted(names)
        assert all(len(each.versions) == 2 for each in met)


def test_a_scan_of_an_empty_catalog_ends_at_once(table):
    with table.opened() as versions:
        page = versions.scan()
    assert (page.algorithms, page.after) == ((), None)
