import pytest

from laststop.errors import ConflictError, TransientError
from laststop.functions.invalidate_edge import invalidate_edge, purge_live
from laststop.site.live import Hold, Release, held, switched
from laststop.site.manifest import Manifest, entry_of
from laststop.words.ids import ReleaseId, RunId
from unit.functions.function_fakes import (
    FakeEdge,
    FakeJobs,
    FakeLedger,
    FakeReleases,
    bill_with,
    event_for,
)
from unit.homes.home_workbench import EPOCH

ONE = {"index.html": b"1", "a.html": b"a"}
TWO = {"index.html": b"2", "a.html": b"a"}
THREE = {"index.html": b"2", "a.html": b"b"}


def ship(releases, number, files):
    """Keep a release and switch to it."""
    manifest = Manifest(files={path: entry_of(path, content) for path, content in files.items()})
    release = Release(
        id=ReleaseId(f"rel-{number}"),
        run=RunId(f"run-{number}"),
        bill=bill_with(number),
        manifest=manifest.digest,
        stored_at=EPOCH,
    )
    releases.manifests[release.id] = manifest
    mark = releases.pointer.high_water if releases.pointer else None
    releases.pointer = switched(releases.pointer, release, high_water=mark, at=EPOCH)
    return release.id


@pytest.fixture
def releases():
    return FakeReleases()


@pytest.fixture
def edge():
    return FakeEdge()


def call(releases, ledger, edge):
    jobs = FakeJobs()
    invalidate_edge(event_for("invalidate-edge"), jobs=jobs, releases=releases, ledger=ledger, edge=edge)
    (told,) = jobs.told
    return told


def test_while_nothing_is_live_there_is_nothing_to_purge(releases, edge):
    assert call(releases, FakeLedger(), edge) == ("succeeded", "nothing is live yet", {"PATHS": "0"})
    assert edge.purges == []


def test_the_first_release_purges_everything_that_an_edge_may_have_kept(releases, edge):
    ledger = FakeLedger()
    one = ship(releases, 1, ONE)
    assert call(releases, ledger, edge)[1] == "1 path purged at 2 edges"
    assert edge.purges[0][0] == ("/*",)
    assert ledger.purges[0][:2] == (one, ("/*",))


def test_only_what_changed_is_purged(releases, edge):
    one = ship(releases, 1, ONE)
    two = ship(releases, 2, TWO)
    ledger = FakeLedger(unpurged=[two, one])
    assert call(releases, ledger, edge)[2] == {"PATHS": "2"}
    assert set(edge.purges[0][0]) == {"/", "/index.html"}


def test_a_purge_that_an_earlier_run_owed_is_made_good(releases, edge):
    one, two, three = (ship(releases, n, files) for n, files in enumerate((ONE, TWO, THREE), 1))
    call(releases, FakeLedger(unpurged=[three, two, one]), edge)
    assert set(edge.purges[0][0]) == {"/", "/index.html", "/a.html"}


def test_when_a_release_between_is_no_longer_kept_everything_is_purged(releases, edge):
    one, two, three = (ship(releases, n, files) for n, files in enumerate((ONE, TWO, THREE), 1))
    del releases.manifests[two]
    call(releases, FakeLedger(unpurged=[three, two, one]), edge)
    assert edge.purges[0][0] == ("/*",)


def test_a_release_that_shows_the_same_files_needs_no_purge_and_is_noted(releases, edge):
    one, two = ship(releases, 1, ONE), ship(releases, 2, ONE)
    ledger = FakeLedger(unpurged=[two, one])
    assert call(releases, ledger, edge)[1] == "nothing changed for readers"
    assert edge.purges == []
    assert ledger.purges == [(two, (), "", 0)]


def test_doing_it_again_is_no_new_work(releases, edge):
    two = (ship(releases, 1, ONE), ship(releases, 2, TWO))[1]
    ledger = FakeLedger(unpurged=[two, "rel-1"])
    call(releases, ledger, edge)
    assert call(releases, ledger, edge)[1] == "the edge was purged for this release already"
    assert len(edge.purges) == 1


def test_after_a_kill_before_the_note_the_same_reference_is_given_again(releases, edge):
    one, two = ship(releases, 1, ONE), ship(releases, 2, TWO)
    for _ in range(2):
        purge_live(releases, FakeLedger(unpurged=[two, one]), edge)
    assert edge.purges[0] == edge.purges[1]


def test_another_write_of_the_pointer_is_another_purge(releases, edge):
    one, two = ship(releases, 1, ONE), ship(releases, 2, TWO)
    purge_live(releases, FakeLedger(unpurged=[two, one]), edge)
    releases.pointer = held(releases.pointer, Hold(reason="x", since=EPOCH))
    purge_live(releases, FakeLedger(unpurged=[two, one]), edge)
    assert edge.purges[0][0] == edge.purges[1][0]
    assert edge.purges[0][1] != edge.purges[1][1]


@pytest.mark.parametrize(
    "error", [TransientError("the edge hangs"), ConflictError("known reference")], ids=repr
)
def test_an_edge_that_does_not_confirm_fails_the_action_and_the_purge_stays_owed(releases, edge, error):
    one, two = ship(releases, 1, ONE), ship(releases, 2, TWO)
    ledger = FakeLedger(unpurged=[two, one])
    edge.failure = error
    how, message, more = call(releases, ledger, edge)
    assert (how, message, more["code"]) == ("failed", error.message, error.code)
    assert ledger.purges == []
    edge.failure = None
    assert call(releases, ledger, edge)[0] == "succeeded"


def test_a_way_back_purges_what_was_shown_between(releases, edge):
    one, two = ship(releases, 1, ONE), ship(releases, 2, TWO)
    ship(releases, 1, ONE)
    call(releases, FakeLedger(unpurged=[one, two]), edge)
    assert set(edge.purges[0][0]) == {"/", "/index.html"}


def test_no_running_edge_has_nothing_to_forget(releases, edge):
    edge.count = 0
    ship(releases, 1, ONE)
    ledger = FakeLedger()
    assert call(releases, ledger, edge)[1] == "1 path purged at 0 edges"
    assert ledger.purges[0][3] == 0
