import pytest

from laststop.homes.embedded.clerk import Clerk
from laststop.homes.embedded.store import journal
from laststop.words.facts_site import Forgotten, ReleaseUnseen
from laststop.words.failure import Failure
from unit.homes.home_workbench import PIPELINE, Home, Killed


@pytest.fixture
def unserved(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def home(unserved):
    return unserved.serve()


def newest(home):
    return home.run_rows()[-1].id


def headline(home, run=None):
    message = home.message(run or newest(home))
    return message[1].split("\n")[0].split(": ", 1)[1] if message else None


def texts(home, run):
    return [f.text for f in home.facts("message.written") if f.run == run]


def test_while_the_sources_are_read_there_is_nothing_to_tell(unserved):
    unserved.executor.held.add("frontend")
    unserved.serve().work()
    assert unserved.message(newest(unserved)) is None


def test_a_run_is_told_of_from_build_on_in_one_message_that_is_written_anew(home):
    home.executor.held |= {"build-site", "verify-live"}
    home.work()
    assert headline(home) == "under way, at Build"
    home.executor.let_go("build-site")
    home.work()
    assert headline(home) == "under way, at Release"
    home.executor.let_go("verify-live")
    home.work()
    assert headline(home) == "live, seen at the edge"
    revisions = [f.revision for f in home.facts("message.written")]
    assert revisions == list(range(1, len(revisions) + 1))
    assert len(home.table("message")) == 1


def test_a_text_that_would_be_the_same_is_not_written(home):
    home.work()
    before = len(home.facts("message.written"))
    with home.store.transaction() as transaction:
        transaction.move_cursor(Clerk.NAME, 0)
    assert home.clerk.read() is True
    assert home.clerk.read() is False
    assert len(home.facts("message.written")) == before


def test_the_message_names_what_changed_where_it_shows_and_what_it_was_built_from(home):
    home.work()
    home.put("bgp", "1.0")
    home.work()
    home.put("bgp", "1.1")
    home.work()
    text = home.message(newest(home))[1]
    assert "because routing: bgp 1.1" in text
    assert "  bgp 1.0 -> 1.1" in text
    assert "s from the change to the proof" in text
    assert "http://page.test/" in text
    assert "acme/frontend@main c1" in text


def test_a_failure_is_told_and_its_retry_writes_over_it(home):
    home.work()
    lines = tuple(f"line {n}" for n in range(3))
    home.broken = Failure(
        code="JobFailed", message="npm failed", phase="BUILD", command="npm ci", exit_status=1, lines=lines
    )
    home.push("c2")
    home.work()
    run, text = newest(home), home.message(newest(home))[1]
    assert headline(home) == "failed at Build"
    for part in (
        "Build / build-site: npm failed",
        "npm ci (exit status 1)",
        "| line 2",
        "run retry",
        "the site serves",
    ):
        assert part in text
    home.broken = None
    home.call("RetryStageExecution", pipelineName=PIPELINE, stageName="Build", pipelineExecutionId=run)
    home.work()
    assert headline(home, run) == "live, seen at the edge"
    assert "npm failed" not in home.message(run)[1]


def test_a_run_that_changed_nothing_says_why(home):
    home.work()
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    home.work()
    assert headline(home, run).startswith("changed nothing, already carried by run ")


def test_a_run_that_fails_at_its_sources_is_told_of(unserved):
    home = unserved
    home.executor.providers["Source/AWS/CodeStarSourceConnection/1"] = lambda _: Failure(
        code="RevisionUnavailable", message="no branch main"
    )
    home.serve().work()
    assert headline(home) == "failed at Source"
    assert "no branch main" in home.message(newest(home))[1]


def test_what_is_deployed_and_not_visible_is_told_so_until_it_is(home):
    home.edge.urls = ()
    home.work()
    assert headline(home) == "deployed, not yet visible: no edge is running"
    home.edge.urls = ("http://edge.test",)
    live = home.releases.live()
    home.ledger.seen(live.release, home.edge.urls, 3)
    home.work()
    assert headline(home) == "live, seen at the edge"


def waiting_run(home, slot: str):
    """A run that waits before a stage whose occupant does not move."""
    action = {"Build": "build-site", "Release": "deploy-site"}[slot]
    home.executor.held.add(action)
    home.work()
    run = home.call("StartPipelineExecution", name=PIPELINE)["pipelineExecutionId"]
    return action, run


def test_a_run_that_is_superseded_while_it_waits_behind_its_sources_is_never_told_of(home):
    action, run = waiting_run(home, "Build")
    home.engine.step()
    home.engine.step()
    home.engine.step()
    with home.store.view() as view:
        assert view.state(PIPELINE).stage("Build").inbound == (run,)
    home.clerk.read()
    assert home.message(run) is None, "also when the clerk comes late"
    home.call("StartPipelineExecution", name=PIPELINE)
    home.work()
    assert next(row for row in home.run_rows() if row.id == run).status == "Superseded"
    home.executor.let_go(action)
    home.work()
    assert home.message(run) is None


def test_a_run_that_was_told_of_and_is_superseded_before_release_says_so(home):
    action, run = waiting_run(home, "Release")
    home.work()
    assert headline(home, run).startswith("under way")
    home.call("StartPipelineExecution", name=PIPELINE)
    home.work()
    assert headline(home, run) == "superseded at Release"
    home.executor.let_go(action)
    home.work()
    assert headline(home, run) == "superseded at Release"


def test_a_kill_between_message_and_cursor_leaves_neither(home, monkeypatch):
    home.engine.step()
    while not home.facts("stage.entered")[1:]:
        home.engine.step()

    def kill(*_):
        raise Killed

    before = len(home.facts())
    with monkeypatch.context() as patch:
        patch.setattr(journal.Transaction, "move_cursor", kill)
        with pytest.raises(Killed):
            home.clerk.read()
    assert len(home.facts()) == before
    home.work()
    assert headline(home) == "live, seen at the edge"


def test_a_run_that_retention_let_go_of_has_no_message_and_stops_nobody(home):
    home.work()
    run = newest(home)
    home.append(Forgotten(at=home.clock(), runs=(run,)))
    release = home.releases.live().release
    home.append(ReleaseUnseen(at=home.clock(), release=release, run=run, reason="x"))
    assert home.clerk.read() is True
    assert home.message(run) is None


def test_the_text_says_the_newest_state_whenever_it_is_written(tmp_path):
    """A clerk that was away for the whole run writes one message, not its history."""
    home = Home(tmp_path).serve()
    for _ in range(50):
        home.publisher.read()
        wish, place = home.wish()
        home.engine.step([wish] if wish else [])
        with home.store.transaction() as transaction:
            transaction.move_cursor("start", max(place, transaction.cursor("start")))
        home.judge.read()
    assert home.facts("message.written") == []
    home.clerk.read()
    assert [text.split("\n")[0].split(": ")[1] for text in texts(home, newest(home))] == [
        "live, seen at the edge"
    ]
