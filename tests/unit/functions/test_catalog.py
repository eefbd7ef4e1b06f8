import pytest

from laststop.catalog.version import WantedVersion
from laststop.errors import ConflictError, LaststopError, NotFoundError, UsageError
from laststop.functions.catalog import activate, put_version, set_phase
from unit.homes.home_workbench import COMPLETE, RUNNING, Home


class Catalog:
    """The functions over the real table, each in a sitting of its own."""

    def __init__(self, home) -> None:
        self._home = home

    def put(self, version="1.0", algorithm="bgp", **wanted):
        with self._home.versions() as versions:
            return put_version(
                versions, WantedVersion(algorithm=algorithm, version=version, **wanted), self._home.policy
            )

    def phase(self, version, phase, algorithm="bgp"):
        with self._home.versions() as versions:
            return set_phase(versions, algorithm, version, phase, self._home.policy)

    def activate(self, version, algorithm="bgp"):
        with self._home.versions() as versions:
            return activate(versions, algorithm, version, self._home.policy)

    @property
    def changes(self) -> int:
        return len(self._home.facts("change.recorded"))

    @property
    def pin(self):
        with self._home.versions() as versions:
            return versions.of("bgp").pin


@pytest.fixture
def catalog(tmp_path):
    return Catalog(Home(tmp_path))


def test_a_new_version_begins_as_uploaded(catalog):
    written = catalog.put(type="routing", attributes={"title": "BGP"})
    assert (written.changed, written.row.phase, written.row.attributes) == (
        True,
        "UPLOADED",
        {"title": "BGP"},
    )
    assert catalog.changes == 1


def test_what_stands_so_already_appends_nothing(catalog):
    catalog.put(type="routing", phase=COMPLETE, attributes={"a": 1})
    for wanted in ({}, {"type": "routing"}, {"phase": COMPLETE}, {"attributes": {"a": 1}}):
        again = catalog.put(**wanted)
        assert (again.changed, again.row.phase) == (False, COMPLETE)
    assert catalog.phase("1.0", COMPLETE).changed is False
    assert catalog.changes == 1


def test_what_is_not_named_stays(catalog):
    catalog.put(type="routing", phase=RUNNING, attributes={"a": 1})
    row = catalog.put(phase=COMPLETE).row
    assert (row.type, row.phase, row.attributes) == ("routing", COMPLETE, {"a": 1})


def test_a_type_never_changes(catalog):
    catalog.put(type="routing")
    with pytest.raises(ConflictError, match='of type "routing" and cannot become "firewall"') as refused:
        catalog.put(type="firewall")
    assert refused.value.place == "bgp 1.0"
    assert catalog.put().row.type == "routing"
    assert catalog.changes == 1


def test_another_version_may_be_of_another_type(catalog):
    catalog.put(type="routing")
    assert catalog.put("2.0", type="firewall").changed


@pytest.mark.parametrize(
    ("wanted", "kind", "part"),
    [
        ({"type": "routng"}, UsageError, "routng"),
        ({}, NotFoundError, "needs a type"),
        ({"type": "routing", "version": ""}, UsageError, "empty"),
        ({"type": "routing", "algorithm": " "}, UsageError, "blank"),
        ({"type": "routing", "version": "#active"}, UsageError, "#"),
        ({"type": "routing", "phase": ""}, UsageError, "phase"),
        ({"type": "routing", "attributes": {"phase": "x"}}, UsageError, "column"),
        ({"type": "routing", "attributes": {"x": float("nan")}}, UsageError, "attributes.x"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_used_is_refused_with_the_next_step_and_nothing_is_written(
    catalog, wanted, kind, part
):
    with pytest.raises(kind) as refused:
        catalog.put(**wanted)
    assert part in str(refused.value)
    assert refused.value.hint
    assert catalog.changes == 0


def test_a_misspelt_type_names_the_near_one(catalog):
    with pytest.raises(UsageError) as refused:
        catalog.put(type="routng")
    assert refused.value.hint == 'did you mean "routing"?'


def test_a_phase_moves_a_version_that_exists(catalog):
    catalog.put(type="routing")
    assert catalog.phase("1.0", COMPLETE).row.phase == COMPLETE
    assert catalog.changes == 2


def test_a_phase_of_a_version_that_is_not_there_names_what_is(catalog):
    catalog.put(type="routing")
    with pytest.raises(NotFoundError, match=r"bgp has no version 2\.0") as refused:
        catalog.phase("2.0", COMPLETE)
    assert refused.value.hint == "it has 1.0"
    with pytest.raises(NotFoundError, match="no algorithm") as refused:
        catalog.phase("1.0", COMPLETE, algorithm="moon")
    assert "catalog put moon 1.0" in refused.value.hint


def test_a_version_of_a_type_that_is_gone_can_only_be_retired(tmp_path):
    before = Catalog(Home(tmp_path, types=("routing", "moon")))
    before.put(type="moon")
    after = Catalog(Home(tmp_path, types=("routing",)))
    with pytest.raises(UsageError, match='no type "moon"'):
        after.phase("1.0", COMPLETE)
    assert after.phase("1.0", "RETIRED").changed


def test_a_pin_is_set_once_moved_and_removed(catalog):
    for version in ("1.0", "2.0"):
        catalog.put(version, type="routing", phase=COMPLETE)
    assert [catalog.activate(v) for v in ("1.0", "1.0", "2.0", None, None)] == [
        True,
        False,
        True,
        True,
        False,
    ]
    assert catalog.pin is None
    assert catalog.changes == 5


def test_a_version_that_does_not_count_yet_may_be_pinned_and_a_retired_one_not(catalog):
    catalog.put("1.0", type="routing")
    catalog.put("2.0", type="routing", phase="RETIRED")
    assert catalog.activate("1.0") is True
    with pytest.raises(UsageError, match="is retired"):
        catalog.activate("2.0")
    assert catalog.pin == "1.0"


@pytest.mark.parametrize("version", ["9.9", None])
def test_a_pin_on_an_algorithm_that_is_not_there_is_refused(catalog, version):
    with pytest.raises(NotFoundError, match='no algorithm "bgp"'):
        catalog.activate(version)


def test_a_pin_on_a_version_that_is_not_there_names_the_near_one(catalog):
    catalog.put("1.0.1", type="routing")
    with pytest.raises(NotFoundError) as refused:
        catalog.activate("1.0.0")
    assert refused.value.hint == 'did you mean "1.0.1"?'


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "..", "a\n", "x" * 256, "\ud800"], ids=repr)
def test_hostile_names_are_refused_everywhere(catalog, name):
    catalog.put(type="routing")
    for call in (
        lambda: catalog.put(algorithm=name, type="routing"),
        lambda: catalog.put(name, type="routing"),
        lambda: catalog.put(type=None, phase=name),
        lambda: catalog.phase("1.0", COMPLETE, algorithm=name),
        lambda: catalog.phase(name, COMPLETE),
        lambda: catalog.activate(name),
        lambda: catalog.activate("1.0", algorithm=name),
    ):
        with pytest.raises(LaststopError) as refused:
            call()
        assert refused.value.exit_code == 2
    assert catalog.changes == 1
