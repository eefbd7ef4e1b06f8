from datetime import timedelta

import msgspec

from laststop.functions.history import Broken
from laststop.functions.run_story import LOG_WITHIN_SECONDS, Archives, story_of
from laststop.functions.verdict_ports import ProofNote
from laststop.notices.story import render
from laststop.site.live import Release
from laststop.words.bill import Revision, bill_of
from laststop.words.digests import digest_of
from laststop.words.failure import Failure
from laststop.words.ids import ReleaseId, RunId
from unit.functions.aws_fakes import Clock, FakeBillVersions, FakeCauses, FakeHistory, FakeProofs, Patient
from unit.functions.function_fakes import FakeReleases, bill_with, live_on
from unit.homes.home_workbench import EPOCH

DOCUMENTS = {"v1": {"routing": {"bgp": "1.0"}}, "v2": {"routing": {"bgp": "1.1", "ospf": "2.0"}}}


class Room:
    def __init__(self) -> None:
        self.history = FakeHistory()
        self.proofs = FakeProofs()
        self.causes = FakeCauses()
        self.releases = FakeReleases()
        self.patient = Patient(Clock())

    def story(self, run: str = "run-2"):
        archives = Archives(
            project="p",
            history=self.history,
            proofs=self.proofs,
            causes=self.causes,
            releases=self.releases,
            bill_versions=FakeBillVersions(**DOCUMENTS),
            page_url="https://pages.example/",
            owners={"routing": "@net", "firewall": "@wall"},
        )
        return story_of(RunId(run), archives, self.patient)

    def built(self, status: str = "Succeeded", **more) -> Release:
        """Two runs: the first is live, the second stored its release."""
        self.history.began("run-1", status="Succeeded", bill=bill_with(1), stages=3)
        self.history.began(
            "run-2", status=status, bill=bill_with(2), **({"stages": 3, "stage": "Release"} | more)
        )
        first, second = stored("rel-1", 1), stored("rel-2", 2)
        self.proofs.stored = {"run-1": first, "run-2": second}
        self.proofs.previous = {"rel-2": first}
        self.releases.pointer = live_on(bill_with(2), release="rel-2", run="run-2")
        return second


def stored(release: str, generation: int) -> Release:
    return Release(
        id=ReleaseId(release),
        run=RunId(release.replace("rel", "run")),
        bill=bill_with(generation),
        manifest=digest_of(b""),
        stored_at=EPOCH,
    )


def test_nothing_is_told_of_a_run_that_only_reads_its_sources_or_is_unknown():
    room = Room()
    room.history.began("run-2", stages=1)
    assert room.story() is None
    assert room.story("run-9") is None


def test_a_run_that_waits_is_superseded_without_a_word():
    room = Room()
    room.history.began("run-2", status="Superseded", stages=1)
    assert room.story() is None


def test_the_first_run_of_a_new_pipeline_fails_without_a_word():
    room = Room()
    room.history.began("run-2", status="Failed", stages=1)
    past = room.history.details["run-2"].past
    assert room.story() is not None
    quiet = msgspec.structs.replace(past, trigger="CreatePipeline")
    room.history.details["run-2"] = msgspec.structs.replace(room.history.details["run-2"], past=quiet)
    assert room.story() is None


def test_a_run_that_a_push_began_says_what_the_commit_says():
    room = Room()
    commit = Revision(action="frontend", id="c2", location="acme/frontend@main", summary="A new line")
    document = Revision(action="routing", id="v1", location="docs/routing.zip", generation=1, summary="v1")
    room.history.began("run-2", bill=bill_of([commit, document]), stages=2, stage="Build")
    assert room.story().cause == "because"
    detail = room.history.details["run-2"]
    pushed = msgspec.structs.replace(detail.past, trigger="WebhookV2")
    room.history.details["run-2"] = msgspec.structs.replace(detail, past=pushed)
    assert room.story().cause == "because: A new line"


def test_a_run_that_we_began_is_told_with_the_cause_that_was_noted():
    room = Room()
    room.history.began("run-2", bill=bill_with(2), stages=2, stage="Build")
    room.causes.noted["run-2"] = "the sweep found what was missed"
    assert room.story().cause == "the sweep found what was missed"


def test_a_proven_run_says_what_it_changed_and_how_long_it_took():
    room = Room()
    room.built()
    seen_at = EPOCH + timedelta(seconds=91)
    room.proofs.notes["rel-2"] = ProofNote(seen_at=seen_at)
    story = room.story()
    assert [(c.algorithm, c.before, c.after) for c in story.changes] == [
        ("bgp", "1.0", "1.1"),
        ("ospf", "", "2.0"),
    ]
    assert story.proven
    assert story.lead_seconds == 90.0
    assert story.owners == ("@net",)
    assert "live, seen at the edge" in render(story)


def test_a_run_stays_proven_after_another_one_took_its_place():
    room = Room()
    room.built()
    room.proofs.notes["rel-2"] = ProofNote(seen_at=EPOCH)
    room.releases.pointer = live_on(bill_with(3), release="rel-3", run="run-3")
    assert room.story().proven
    assert not room.story().on_site


def test_a_run_under_way_compares_with_what_is_live():
    room = Room()
    room.history.began("run-2", bill=bill_with(2), stages=2, stage="Build")
    room.releases.pointer = live_on(bill_with(1))
    assert [c.algorithm for c in room.story().changes] == ["bgp", "ospf"]
    assert room.story().serving == "run run-1"


def test_documents_that_are_gone_leave_the_changes_out():
    room = Room()
    room.history.began("run-2", bill=bill_with(9), stages=2, stage="Build")
    assert room.story().changes == ()


def test_a_failed_build_tells_its_first_cause_and_what_was_new():
    room = Room()
    broken = Broken(
        stage="Build",
        action="b",
        attempt=2,
        external_id="build:7",
        failure=Failure(code="JobFailed", message="Build terminated with state: FAILED"),
    )
    room.built("Failed", stage="Build", stages=2, broken=broken)
    room.releases.pointer = live_on(bill_with(1))
    room.history.logs["build:7"] = (
        "[Container] Running command npm run build",
        "src/main.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
        "[Container] Command did not exit successfully npm run build exit status 2",
    )
    story = room.story()
    assert "TS2322" in story.failed.cause
    assert story.failed.attempt == 2
    assert [moved.location for moved in story.since_good] == ["docs/routing.zip"]
    assert story.call.part == "failure/Build/b/2"


def test_a_log_that_comes_late_is_waited_for_and_one_that_never_comes_is_done_without():
    room = Room()
    broken = Broken(
        stage="Build",
        action="b",
        attempt=1,
        external_id="build:7",
        failure=Failure(code="JobFailed", message="no"),
    )
    room.built("Failed", stage="Build", stages=2, broken=broken)
    room.patient.meanwhile = lambda: (
        room.patient.waited > 5 and room.history.logs.update({"build:7": ("error: x",)})
    )
    assert room.story().failed.failure.lines == ("error: x",)
    room.history.logs.clear()
    room.patient.meanwhile = lambda: None
    before = room.patient.waited
    assert room.story().failed.failure.lines == ()
    assert room.patient.waited - before <= LOG_WITHIN_SECONDS + 2


def test_a_success_after_a_failure_is_a_recovery():
    room = Room()
    room.history.began("run-0", status="Failed", bill=bill_with(1), stages=2)
    room.history.began("run-1", status="Superseded", stages=1)
    room.history.began("run-2", status="Succeeded", bill=bill_with(2), stages=3)
    assert room.story().recovered
    room.history.began("run-3", status="Succeeded", bill=bill_with(2), stages=3)
    assert not room.story("run-3").recovered


def test_a_refused_run_says_why():
    room = Room()
    room.history.began("run-2", status="Succeeded", bill=bill_with(2), stages=3)
    room.proofs.refused["run-2"] = "already carried by run run-1"
    assert "changed nothing, already carried by run run-1" in render(room.story())
