"""Verdicts as the real store, readers and engine reach them."""

import pytest

from laststop.homes.embedded import readers
from laststop.site.live import Hold, held
from laststop.words.facts_catalog import ChangeRecorded, SourceMoved
from laststop.words.failure import Failure
from unit.homes.home_workbench import BRANCH, COMPLETE, EPOCH, Home, Killed

BROKEN = Failure(code="JobFailed", message="exit status 1")


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve().work()


def test_a_thousand_changes_are_settled_by_one_fact(home):
    with home.store.transaction() as transaction:
        for number in range(1000):
            transaction.append(ChangeRecorded(at=EPOCH, algorithm=f"a{number}", version="1.0", event="INSERT",
                new={"type": "routing", "phase": COMPLETE, "pin": "", "attributes": {}}))  # fmt: skip
    home.work()
    settled = home.facts("verdict.settled")
    assert [(f.verdict, len(f.changes)) for f in settled if f.verdict == "live"][-1][0] == "live"
    assert sum(len(f.changes) for f in settled) == 1000
    assert set(home.verdicts().values()) == {"live"}


def test_equal_verdicts_of_one_run_are_one_fact(home):
    for number in range(5):
        home.put("bgp", f"1.{number}")
    home.work()
    facts = [(f.verdict, f.reason, len(f.changes)) for f in home.facts("verdict.settled")]
    assert facts == [
        ("replaced", "the page shows a higher version: 1.4", 4),
        ("live", "the page shows 1.4", 1),
    ]


def test_while_nothing_happened_nothing_is_judged(home):
    assert home.judge.read() is False
    home.append(SourceMoved(at=EPOCH, location=BRANCH, revision="c9"))
    assert home.judge.read() is False


def test_a_final_verdict_is_written_once_whatever_comes_later(home):
    home.put("bgp", "1.0")
    home.work()
    home.put("bgp", "2.0")
    home.work()
    home.phase("bgp", "1.0", "RETIRED")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live", ("bgp", "2.0"): "live"}
    assert len(home.facts("verdict.settled")) == 2


def test_a_kill_between_verdict_and_cursor_leaves_neither(home, monkeypatch):
    home.put("bgp", "1.0")
    while not home.facts("release.seen")[1:]:
        home.publisher.read()
        wish, place = home.wish()
        home.engine.step([wish] if wish else [])
        with home.store.transaction() as transaction:
            transaction.move_cursor("start", place or transaction.cursor("start"))

    def kill(*_):
        raise Killed

    before = len(home.facts())
    with monkeypatch.context() as patch:
        patch.setattr(readers.Transaction, "move_cursor", kill)
        with pytest.raises(Killed):
            home.judge.read()
    assert len(home.facts()) == before
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}


def test_a_failed_run_is_told_and_a_retry_turns_the_verdict(home):
    home.broken = BROKEN
    home.put("bgp", "1.0")
    home.work()
    run = home.run_rows()[-1].id
    assert home.verdicts() == {("bgp", "1.0"): "failed"}
    assert home.line("bgp", "1.0").reason == f"run {run} failed at Build / build-site: exit status 1"
    home.broken = None
    home.executor.held.add("build-site")
    home.call("RetryStageExecution", pipelineName="translations", stageName="Build", pipelineExecutionId=run)
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "pending"}
    home.executor.let_go("build-site")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}
    assert [f.verdict for f in home.facts("verdict.settled")] == ["failed", "pending", "live"]


def test_a_later_run_turns_the_verdict_of_a_failed_one(home):
    home.broken = BROKEN
    home.put("bgp", "1.0")
    home.work()
    home.broken = None
    home.push("c2")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}


def test_a_second_failed_run_is_the_one_that_is_named(home):
    home.broken = BROKEN
    home.put("bgp", "1.0")
    home.work()
    home.push("c2")
    home.work()
    assert home.line("bgp", "1.0").run == home.run_rows()[-1].id
    assert len({run.id for run in home.run_rows()}) == 3


def test_a_version_that_left_its_release_phase_unseen_is_rejected(home):
    home.executor.held.add("build-site")
    home.push("c2")
    home.work()
    home.put("bgp", "1.0")
    home.publish()
    home.phase("bgp", "1.0", "RETIRED")
    home.publish()
    home.executor.let_go("build-site")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "rejected"}
    assert home.line("bgp", "1.0").reason == "the version left its release phase before it was shown"


def test_a_lower_version_is_replaced_at_once_when_the_page_already_shows_a_higher_one(home):
    home.put("bgp", "2.0")
    home.work()
    runs = len(home.run_rows())
    home.put("bgp", "1.0")
    home.work()
    assert len(home.run_rows()) == runs, "no run is needed"
    assert home.line("bgp", "1.0").verdict == "replaced"
    assert home.line("bgp", "1.0").reason == "the page shows a higher version: 2.0"


def test_a_higher_version_behind_a_pin_is_replaced_by_the_pinned_one(home):
    home.put("bgp", "1.0")
    home.pin("bgp", "1.0")
    home.work()
    home.put("bgp", "2.0")
    home.work()
    assert home.line("bgp", "2.0").reason == "the page shows the pinned version: 1.0"


def test_while_the_site_is_held_changes_wait_and_say_so(home):
    live = home.releases.live()
    home.releases.switch(held(live, Hold(reason="broken page", since=EPOCH)), expected_epoch=live.epoch)
    home.put("bgp", "1.0")
    home.work()
    assert home.line("bgp", "1.0").verdict == "pending"
    assert home.line("bgp", "1.0").reason == "held: broken page"
