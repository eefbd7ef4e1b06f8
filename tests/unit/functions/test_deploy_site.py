import msgspec
import pytest

from laststop.errors import ConflictError, DeniedError, TransientError, UsageError
from laststop.functions.deploy_site import SWITCH_ATTEMPTS_MAX, deploy_site
from laststop.site.build_note import read_note
from laststop.site.live import Hold, held
from unit.functions.function_fakes import (
    FakeArtifacts,
    FakeJobs,
    FakeLedger,
    FakeReleases,
    FakeRuns,
    bill_with,
    event_for,
    run_of,
)
from unit.homes.home_workbench import EPOCH

SITE = {"index.html": b"<h1>1</h1>", "app.js": b"go()"}


class Desk:
    """One deploy function, called for run after run."""

    def __init__(self, *runs, **artifacts) -> None:
        self.runs = FakeRuns(*(runs or (run_of(1),)))
        self.artifacts = FakeArtifacts(**(artifacts or {"site": SITE}))
        self.releases = FakeReleases()
        self.ledger = FakeLedger()
        self.jobs = FakeJobs()

    def deploy(self, run=1, inputs=("site",)):
        """Call it; gives (how it ended, summary or message, variables)."""
        self.jobs = FakeJobs(f"run-{run}")
        deploy_site(
            event_for("deploy-site", *inputs),
            jobs=self.jobs,
            runs=self.runs,
            artifacts=self.artifacts,
            releases=self.releases,
            ledger=self.ledger,
            clock=lambda: EPOCH,
        )
        assert len(self.jobs.told) == 1, "a job ends once"
        return self.jobs.told[0]

    def outcome(self, run=1):
        how, _, variables = self.deploy(run)
        assert how == "succeeded"
        return variables["RELEASE"]


def test_the_first_release_goes_live_with_its_note():
    desk = Desk()
    how, summary, variables = desk.deploy()
    live = desk.releases.pointer
    assert (how, summary) == ("succeeded", f"live: {live.release}")
    assert variables == {"RELEASE": "live", "RELEASE_ID": live.release}
    manifest = desk.releases.manifests[live.release]
    assert set(manifest.files) == {"index.html", "app.js", "build.json"}
    note = read_note(desk.releases.blobs[manifest.of("build.json").digest])
    assert (note.build, note.run, note.generations) == (live.release, "run-1", {"docs/routing.zip": 1})
    assert (live.epoch, live.bill, live.high_water.generations) == (
        1,
        run_of(1).bill,
        {"docs/routing.zip": 1},
    )


def test_only_what_the_store_lacks_is_read_again():
    desk = Desk(run_of(1), run_of(2))
    desk.deploy(1)
    desk.artifacts.artifacts["site"] = {**SITE, "index.html": b"<h1>2</h1>"}
    desk.deploy(2)
    assert desk.artifacts.opened[1].read == ["index.html"]
    assert [live.epoch for live in desk.releases.switches] == [1, 2]


def test_a_content_that_stands_at_two_paths_is_stored_once():
    desk = Desk(site={"a.html": b"same", "b.html": b"same"})
    desk.deploy()
    assert desk.artifacts.opened[0].read == ["a.html"]


def test_doing_it_again_for_the_live_run_changes_nothing():
    desk = Desk()
    first = desk.deploy()
    assert desk.deploy() == first
    assert len(desk.releases.switches) == 1
    assert desk.ledger.refusals == []


def test_a_kill_between_store_and_switch_is_made_good_by_the_next_call():
    desk = Desk()
    desk.releases.meanwhile = [lambda: (_ for _ in ()).throw(KeyboardInterrupt)]
    with pytest.raises(KeyboardInterrupt):
        desk.deploy()
    assert desk.releases.pointer is None
    assert desk.outcome() == "live"
    assert {release.id for release in desk.releases.stored} == {desk.releases.pointer.release}


def test_an_equal_bill_is_not_released_again_and_raises_the_mark():
    desk = Desk(run_of(1), run_of(2, bill=bill_with(1)))
    desk.deploy(1)
    assert desk.outcome(2) == "unchanged"
    assert desk.releases.pointer.run == "run-1"
    assert desk.releases.pointer.high_water.run == "run-2"
    assert [run for run, _ in desk.ledger.refusals] == ["run-2"]
    assert len(desk.artifacts.opened) == 1, "its artifact is not even opened"


def test_an_unchanged_run_that_is_repeated_writes_the_mark_once():
    desk = Desk(run_of(1), run_of(2, bill=bill_with(1)))
    desk.deploy(1)
    assert [desk.outcome(2), desk.outcome(2)] == ["unchanged", "unchanged"]
    assert len(desk.releases.switches) == 2


def test_an_overtaken_run_changes_nothing_and_is_no_failure():
    desk = Desk(run_of(1), run_of(2))
    desk.deploy(2)
    before = desk.releases.pointer
    how, summary, variables = desk.deploy(1)
    assert (how, variables["RELEASE"], variables["RELEASE_ID"]) == ("succeeded", "overtaken", before.release)
    assert desk.releases.pointer == before
    ((run, judgement),) = desk.ledger.refusals
    assert (run, judgement.fresh_run_wanted) == ("run-1", False)
    assert summary == f"overtaken: {before.release}"


def test_an_overtaken_run_with_news_of_its_own_asks_for_a_fresh_run():
    desk = Desk(run_of(1, bill=bill_with(1, commit="c2")), run_of(2))
    desk.deploy(2)
    assert desk.outcome(1) == "overtaken"
    assert desk.ledger.refusals[0][1].fresh_run_wanted is True


def test_while_the_site_is_held_nothing_moves():
    desk = Desk(run_of(1), run_of(2))
    desk.deploy(1)
    desk.releases.pointer = held(desk.releases.pointer, Hold(reason="broken page", since=EPOCH))
    before = desk.releases.pointer
    assert desk.outcome(2) == "held"
    assert desk.releases.pointer == before
    assert desk.ledger.refusals[0][1].reason == "broken page"


def test_who_is_overtaken_in_the_moment_of_the_switch_judges_again():
    desk, other = Desk(run_of(1), run_of(2)), Desk(run_of(2))
    other.deploy(2)

    def overtake():
        desk.releases.manifests |= other.releases.manifests
        desk.releases.pointer = other.releases.pointer

    desk.releases.meanwhile = [overtake]
    assert desk.outcome(1) == "overtaken"
    assert desk.releases.pointer.run == "run-2"


def test_who_keeps_losing_the_race_against_marks_gives_up_for_now():
    desk = Desk(run_of(1), run_of(2))
    desk.deploy(1)

    def mark():
        live = desk.releases.pointer
        desk.releases.pointer = msgspec.structs.replace(live, epoch=live.epoch + 1)

    desk.releases.meanwhile = [mark] * SWITCH_ATTEMPTS_MAX
    how, message, more = desk.deploy(2)
    assert (how, more["code"]) == ("failed", "TryAgain")
    assert "kept moving" in message
    assert len(desk.artifacts.opened) == 2, "the artifact is stored once, not at every try"
    assert desk.outcome(2) == "live"


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({}, "the built site is empty (check base-directory"),
        ({"../index.html": b"x"}, "'../index.html'"),
        ({"/etc/passwd": b"x"}, "is not a plain relative path"),
        ({"a\\b.html": b"x"}, "backslash"),
        ({"x" * 901: b"x"}, "longer than 900 bytes"),
    ],
    ids=["empty", "..", "absolute", "backslash", "too long"],
)
def test_a_site_that_must_not_be_shown_fails_and_leaves_the_site_as_it_is(files, part):
    desk = Desk(run_of(1), run_of(2))
    desk.deploy(1)
    before = desk.releases.pointer
    desk.artifacts.artifacts["site"] = files
    how, message, _ = desk.deploy(2)
    assert how == "failed"
    assert part in message
    assert desk.releases.pointer == before
    assert len(desk.releases.stored) == 1


@pytest.mark.parametrize(
    "error",
    [
        UsageError("is no zip archive", place="site.zip"),
        TransientError("the store does not answer"),
        DeniedError("may not be read"),
    ],
    ids=repr,
)
def test_an_artifact_that_cannot_be_opened_fails_the_action_with_its_code(error):
    how, message, more = Desk(run_of(1), site=error).deploy()
    assert (how, more["code"]) == ("failed", error.code)
    assert error.message in message


@pytest.mark.parametrize(("inputs", "count"), [((), 0), (("site", "other"), 2)])
def test_it_wants_exactly_one_input(inputs, count):
    how, message, _ = Desk().deploy(inputs=inputs)
    assert how == "failed"
    assert f"it got {count}" in message
    assert "inputArtifacts" in message


def test_an_artifact_that_is_gone_is_said_to_be_so():
    how, message, more = Desk(run_of(1), other=SITE).deploy()
    assert (how, more["code"]) == ("failed", "NotFound")
    assert "site" in message


def test_a_run_nobody_knows_fails_its_action():
    how, message, _ = Desk().deploy(run=9)
    assert (how, message) == ("failed", "there is no run run-9")


def test_a_full_disk_while_storing_fails_and_another_call_goes_live():
    desk = Desk()
    desk.releases.failure = TransientError("the disk is full", hint="make room")
    how, message, more = desk.deploy()
    assert (how, message, more["code"]) == ("failed", "the disk is full (make room)", "TryAgain")
    desk.releases.failure = None
    assert desk.outcome() == "live"


def test_a_store_that_never_stops_to_conflict_ends_as_transient():
    desk = Desk()
    desk.releases.failure = ConflictError("somebody else wrote this first")
    how, _, more = desk.deploy()
    assert (how, more["code"]) == ("failed", "TryAgain")


@pytest.mark.parametrize("event", [{}, {"CodePipeline.job": {}}, {"Records": []}, [], None, "x"], ids=repr)
def test_what_is_no_event_of_codepipeline_is_refused(event):
    desk = Desk()
    with pytest.raises(UsageError, match="no event of a CodePipeline job"):
        deploy_site(
            event,
            jobs=desk.jobs,
            runs=desk.runs,
            artifacts=desk.artifacts,
            releases=desk.releases,
            ledger=desk.ledger,
            clock=lambda: EPOCH,
        )
