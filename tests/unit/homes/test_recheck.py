import threading
import time

import pytest

from laststop.errors import TransientError
from laststop.homes.embedded import recheck as module
from laststop.homes.embedded.recheck import Recheck
from unit.homes.home_workbench import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve()


@pytest.fixture
def rung():
    return threading.Event()


@pytest.fixture
def recheck(home, rung):
    recheck = Recheck(store=home.store, proof=home.proof, edge=home.edge, ring=rung.set)
    yield recheck
    recheck.stop()


def not_yet_visible(home):
    """A change that is deployed while no edge runs; afterwards one does."""
    home.edge.urls = ()
    home.put("bgp", "1.0")
    home.work()
    assert home.line("bgp", "1.0").reason == "deployed, not yet visible at every edge"
    home.edge.urls = ("http://edge.test",)


def test_what_was_not_yet_visible_is_proven_late_and_gets_its_verdict(home, recheck, rung):
    not_yet_visible(home)
    assert recheck.once() is True
    assert rung.is_set()
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}


def test_while_nothing_is_live_or_all_is_proven_nothing_is_fetched(home, recheck, rung):
    assert recheck.once() is False
    home.work()
    fetched = len(home.edge.fetched)
    assert recheck.once() is False
    assert len(home.edge.fetched) == fetched
    assert not rung.is_set()


def test_while_a_run_is_under_way_its_own_actions_look(home, recheck):
    not_yet_visible(home)
    home.executor.held.add("build-site")
    home.push("c2")
    home.work()
    assert recheck.once() is False
    home.executor.let_go("build-site")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}


def test_an_edge_that_is_still_behind_is_looked_at_again(home, recheck):
    home.work()
    first = home.releases.live().release
    home.edge.behind = first
    home.put("bgp", "1.0")
    home.work()
    assert recheck.once() is False
    assert home.line("bgp", "1.0").verdict == "pending"
    home.edge.behind = None
    assert recheck.once() is True


def test_a_purge_that_is_owed_is_made_good_first(home, recheck):
    not_yet_visible(home)
    purges = len(home.edge.purges)
    home.edge.failure = TransientError("the edge hangs")
    home.push("c2")
    home.work()
    assert home.run_rows()[-1].status == "Failed"
    home.edge.failure = None
    assert recheck.once() is True
    assert len(home.edge.purges) == purges + 1


def test_it_looks_by_itself_and_trouble_does_not_end_it(home, recheck, rung, monkeypatch):
    monkeypatch.setattr(module, "INTERVAL_SECONDS", 0.02)
    not_yet_visible(home)
    real = home.ledger.unproven
    monkeypatch.setattr(
        home.ledger, "unproven", lambda: (_ for _ in ()).throw(TransientError("the disk is full"))
    )
    recheck.start()
    deadline = time.monotonic() + 10
    while recheck.trouble != "the disk is full" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert recheck.trouble == "the disk is full"
    monkeypatch.setattr(home.ledger, "unproven", real)
    assert rung.wait(10)
    while recheck.trouble and time.monotonic() < deadline:
        time.sleep(0.01)
    assert recheck.trouble == ""
