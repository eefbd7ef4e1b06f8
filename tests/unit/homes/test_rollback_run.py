"""RollbackStage over the store: the site goes back without a build, is held there, and goes on once lifted."""

import msgspec
import pytest

from laststop.engine.apply import apply
from laststop.functions.way_back import lift
from laststop.homes.embedded.past import run_with_token, stage_success
from laststop.homes.embedded.store.replay import differences
from laststop.pipeline.declaration import OnFailure, Pipeline
from laststop.pipeline.inputs import Declare, Rollback, Start
from laststop.words.facts_site import ReleaseRemoved
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from unit.homes.home_workbench import PIPELINE, Home, draw
from unit.pipeline.good_declaration import GOOD


@pytest.fixture
def home(tmp_path):
    """The last two runs show bgp 1.0, and then bgp 1.1."""
    home = Home(tmp_path).serve()
    home.put("bgp", "1.0")
    home.work()
    home.put("bgp", "1.1")
    return home.work()


def roll_back(home, target, stage="Release"):
    """Ask as an API would: with what the tables know of the target. Gives the refusal's code."""
    with home.store.transaction() as transaction:
        past = stage_success(transaction, target, stage)
        asked = Rollback(run=RunId(draw()), stage=stage, target=target, past=past, by="ann")
        applied = apply(transaction, transaction.state(PIPELINE), asked, home.clock())
        if applied.refused is None:
            transaction.save_state(applied.state)
    home.work()
    return applied.refused.code if applied.refused else ""


def builds(home):
    return len([fact for fact in home.facts("action.started") if "CodeBuild" in fact.provider])


def test_a_rollback_shows_the_kept_release_without_a_build_and_holds_the_site(home):
    first = home.run_rows()[-2]
    before = builds(home)
    assert home.page()["routing"] == {"bgp": "1.1"}
    assert roll_back(home, first.id) == ""
    newest = home.run_rows()[-1]
    live = home.releases.live()
    assert (newest.status, newest.target) == ("Succeeded", first.id)
    assert home.page()["routing"] == {"bgp": "1.0"}
    assert (live.run, live.hold.reason) == (first.id, f"Release goes back to run {first.id}, by hand")
    assert builds(home) == before
    assert differences(home.store) == []


def test_its_message_says_where_it_went_and_how_to_go_on(home):
    first = home.run_rows()[-2]
    roll_back(home, first.id)
    _, text = home.message(home.run_rows()[-1].id)
    assert f"went back to run {first.id[:8]}, seen at the edge; the site is held there" in text
    assert "laststop release lift" in text


def test_while_it_holds_changes_wait_and_lifting_ships_the_newest_once(home):
    roll_back(home, home.run_rows()[-2].id)
    runs = len(home.run_rows())
    home.put("bgp", "1.2")
    home.work()
    assert len(home.run_rows()) == runs
    assert home.line("bgp", "1.2").verdict == "pending"
    lift(home.releases)
    home.work()
    assert len(home.run_rows()) == runs + 1
    assert home.page()["routing"] == {"bgp": "1.2"}
    assert home.line("bgp", "1.2").verdict == "live"


def test_a_rollback_to_a_release_that_is_not_kept_uploads_what_the_target_had_built(home):
    first = home.run_rows()[-2]
    release = next(each for each in home.releases.kept() if each.run == first.id)
    home.append(ReleaseRemoved(at=home.clock(), release=release.id))
    before = builds(home)
    assert roll_back(home, first.id) == ""
    assert home.page()["routing"] == {"bgp": "1.0"}
    assert home.releases.live().run == home.run_rows()[-1].id
    assert builds(home) == before


def test_going_back_to_what_is_live_changes_nothing_and_holds_nothing(home):
    second = home.run_rows()[-1]
    epoch = home.releases.live().epoch
    assert roll_back(home, second.id) == ""
    live = home.releases.live()
    assert (live.epoch, live.hold) == (epoch, None)


def test_a_run_that_failed_there_and_a_stage_it_never_came_to_are_no_targets(home):
    home.broken = Failure(code="JobFailed", message="exit status 1")
    home.put("bgp", "1.2")
    home.work()
    assert roll_back(home, home.run_rows()[-1].id) == "UnableToRollbackStageException"
    assert roll_back(home, home.run_rows()[-2].id, "Source") == "UnableToRollbackStageException"


def test_a_rollback_is_no_target_itself(home):
    roll_back(home, home.run_rows()[-2].id)
    assert home.run_rows()[-1].target
    assert roll_back(home, home.run_rows()[-1].id) == "UnableToRollbackStageException"


def test_a_proof_that_fails_rolls_back_by_itself_where_the_declaration_says_so(tmp_path):
    home = Home(tmp_path).serve()
    declared = msgspec.convert(GOOD, Pipeline)
    stages = tuple(
        msgspec.structs.replace(stage, on_failure=OnFailure(result="ROLLBACK"))
        if stage.name == "Release"
        else stage
        for stage in declared.stages
    )
    home.engine.step([Declare(declaration=msgspec.structs.replace(declared, stages=stages))])
    home.put("bgp", "1.0")
    home.work()
    good = home.run_rows()[-1]
    fetch = home.edge.fetch

    def fetch_wrong(edge, path):
        broken = home.page()["routing"] == {"bgp": "1.1"} and path.endswith("index.html")
        home.edge.wrong = {path: b"broken"} if broken else {}
        return fetch(edge, path)

    home.edge.fetch = fetch_wrong
    home.put("bgp", "1.1")
    home.work()
    *_, failed, back = home.run_rows()
    assert (failed.status, back.status, back.target) == ("Failed", "Succeeded", good.id)
    assert home.page()["routing"] == {"bgp": "1.0"}
    assert home.releases.live().hold is not None
    assert home.line("bgp", "1.1").verdict == "failed"
    assert differences(home.store) == []


def test_a_request_token_is_known_as_long_as_its_run_is_kept(home):
    with home.store.transaction() as transaction:
        asked = Start(run=RunId(draw()), cause="by hand", token="once")
        applied = apply(transaction, transaction.state(PIPELINE), asked, home.clock())
        transaction.save_state(applied.state)
    home.work()
    with home.store.view() as view:
        assert run_with_token(view, PIPELINE, "once") == asked.run
        assert run_with_token(view, PIPELINE, "twice") is None
        assert run_with_token(view, "another", "once") is None
        assert run_with_token(view, PIPELINE, "") is None
