import json

import msgspec
import pytest

from laststop.errors import NotFoundError, TransientError, UsageError
from laststop.functions.deploy_site import deploy_site
from laststop.functions.verify_live import WRONG_ROUNDS, Proof, verify_live
from unit.functions.function_fakes import (
    FakeArtifacts,
    FakeJobs,
    FakeLedger,
    FakeProbe,
    FakeReleases,
    FakeRuns,
    bill_with,
    event_for,
    run_of,
)
from unit.homes.home_workbench import EPOCH, Patience

BOUND_SECONDS = 10.0


class BillVersions:
    def __init__(self, versions):
        self.versions = versions

    def active(self, bill):
        if isinstance(self.versions, Exception):
            raise self.versions
        return self.versions


class Desk:
    """Runs 1, 2, 3 whose sites are deployed one after the other, and a way to look at them."""

    def __init__(self, *, versions_path="", active=None, urls=()) -> None:
        self.runs = FakeRuns(*(run_of(number) for number in (1, 2, 3)), run_of(4, bill=bill_with(1)))
        self.releases = FakeReleases()
        self.ledger = FakeLedger()
        self.probe = FakeProbe(self.releases, *urls)
        self.proof = Proof(
            releases=self.releases,
            ledger=self.ledger,
            probe=self.probe,
            bill_versions=BillVersions(active or {}),
            within_seconds=BOUND_SECONDS,
            versions_path=versions_path,
        )
        self.waiting = Patience()

    def ship(self, number, **files):
        site = {"index.html": b"page %d" % number, "kept.html": b"kept"}
        site |= {f"{name}.json": content for name, content in files.items()}
        deploy_site(
            event_for("deploy-site", "site"),
            jobs=FakeJobs(f"run-{number}"),
            runs=self.runs,
            artifacts=FakeArtifacts(site=site),
            releases=self.releases,
            ledger=self.ledger,
            clock=lambda: EPOCH,
        )
        return self.releases.pointer.release

    def verify(self, run=1):
        jobs = FakeJobs(f"run-{run}")
        verify_live(
            event_for("verify-live"), jobs=jobs, runs=self.runs, proof=self.proof, waiting=self.waiting
        )
        assert len(jobs.told) <= 1
        return jobs.told[0] if jobs.told else None


def test_a_release_that_every_edge_shows_is_proven():
    desk = Desk(urls=("http://one", "http://two"))
    release = desk.ship(1)
    how, summary, variables = desk.verify()
    assert (how, variables) == ("succeeded", {"EDGE": "seen"})
    assert summary == "seen at 2 edges, 3 pages"
    assert desk.ledger.proofs == [(release, ("http://one", "http://two"), 3)]
    assert desk.waiting.elapsed == 0


def test_doing_it_again_proves_it_again():
    desk = Desk()
    desk.ship(1)
    assert desk.verify() == desk.verify()


def test_a_slow_edge_is_waited_for():
    desk = Desk()
    one = desk.ship(1)
    desk.ledger._unproven = (one,)
    desk.ship(2)
    desk.probe.behind["http://edge"] = one

    def catch_up(_, path):
        if desk.probe.rounds == 4:
            desk.probe.behind.clear()

    desk.probe.answer = catch_up
    assert desk.verify(2)[2] == {"EDGE": "seen"}
    assert 0 < desk.waiting.elapsed < BOUND_SECONDS


def test_a_slow_edge_at_the_end_of_the_bound_is_pending_and_no_failure():
    desk = Desk()
    one = desk.ship(1)
    two = desk.ship(2)
    desk.ledger._unproven = (two, one)
    desk.probe.behind["http://edge"] = one
    how, summary, variables = desk.verify(2)
    assert (how, variables) == ("succeeded", {"EDGE": "pending"})
    assert summary == f"deployed, not yet visible: still shows {one}"
    assert desk.ledger.proofs == []
    assert desk.ledger.misses == [(two, f"still shows {one}")]
    assert BOUND_SECONDS <= desk.waiting.elapsed <= BOUND_SECONDS + 2


def test_an_edge_that_cannot_be_reached_is_slow_and_not_wrong():
    desk = Desk()
    desk.ship(1)
    desk.probe.answer = lambda edge, path: TransientError("connection refused", place=edge)
    assert desk.verify()[2] == {"EDGE": "pending"}
    assert "connection refused" in desk.ledger.misses[0][1]


def test_without_any_edge_nothing_is_proven():
    desk = Desk()
    desk.ship(1)
    desk.probe.urls = ()
    assert desk.verify()[2] == {"EDGE": "pending"}
    assert desk.ledger.misses[0][1] == "no edge is running"


def test_one_slow_edge_of_several_keeps_the_proof_open():
    desk = Desk(urls=("http://one", "http://two"))
    one = desk.ship(1)
    two = desk.ship(2)
    desk.ledger._unproven = (two, one)
    desk.probe.behind["http://two"] = one
    assert desk.verify(2)[2] == {"EDGE": "pending"}


def test_wrong_content_fails_the_action_after_a_few_looks():
    desk = Desk()
    desk.ship(1)
    desk.probe.answer = lambda _, path: b"somebody else's page" if path == "index.html" else None
    how, message, more = desk.verify()
    assert (how, more["code"]) == ("failed", "JobFailed")
    assert message.startswith("http://edge/index.html: ")
    assert desk.probe.rounds == WRONG_ROUNDS
    assert desk.ledger.proofs == []


def test_rounds_that_must_agree_do_so_in_a_row_and_with_time_between_them():
    desk = Desk()
    release = desk.ship(1)
    desk.proof = msgspec.structs.replace(desk.proof, rounds=3)

    def one_edge_is_behind_once(edge, path):
        return TransientError("no answer") if desk.probe.rounds == 2 and path == "index.html" else None

    desk.probe.answer = one_edge_is_behind_once
    _, _, variables = desk.verify()
    assert variables == {"EDGE": "seen"}
    assert desk.probe.rounds == 5  # one that agreed, one that did not, and three in a row
    assert desk.waiting.elapsed_seconds() > 6
    assert [proof[0] for proof in desk.ledger.proofs] == [release]


def test_what_looks_wrong_for_a_moment_only_is_no_failure():
    desk = Desk()
    desk.ship(1)
    desk.probe.answer = lambda _, path: (
        b"torn" if path == "index.html" and desk.probe.rounds < WRONG_ROUNDS else None
    )
    assert desk.verify()[2] == {"EDGE": "seen"}


def test_a_site_that_moved_on_is_a_success_without_a_proof():
    desk = Desk()
    desk.ship(1)

    def switch_away(_, path):
        if desk.releases.pointer.run == "run-1":
            desk.ship(2)

    desk.probe.answer = switch_away
    how, summary, variables = desk.verify(1)
    assert (how, variables) == ("succeeded", {"EDGE": "newer"})
    assert summary == f"the site moved on to {desk.releases.pointer.release}"
    assert desk.ledger.proofs == []


def test_a_run_whose_release_is_not_live_has_nothing_to_prove():
    desk = Desk()
    assert desk.verify(1)[1:] == ("not this run's release is live, but nothing", {"EDGE": "other"})
    two = desk.ship(2)
    assert desk.verify(1)[1:] == (f"not this run's release is live, but {two}", {"EDGE": "other"})
    assert desk.probe.rounds == 0


def test_a_run_with_the_bill_of_the_live_release_proves_that_one():
    desk = Desk()
    one = desk.ship(1)
    assert desk.verify(4)[2] == {"EDGE": "seen"}
    assert desk.ledger.proofs[0][0] == one


def test_who_is_no_longer_waited_for_says_nothing():
    desk = Desk()
    desk.ship(1)
    desk.probe.urls = ()
    desk.waiting = Patience(patient_for=1.0)
    assert desk.verify() is None
    assert desk.ledger.misses == []


ACTIVE = {"routing": {"bgp": "2.0"}}


def test_the_pages_own_versions_are_held_against_the_documents():
    desk = Desk(versions_path="/versions.json", active=ACTIVE)
    desk.ship(1, versions=json.dumps(ACTIVE).encode())
    assert desk.verify()[2] == {"EDGE": "seen"}


@pytest.mark.parametrize(
    ("shown", "part"),
    [
        ({"routing": {"bgp": "1.0"}}, "bgp is shown as 1.0, 2.0 is active"),
        ({"routing": {}}, "bgp is missing, 2.0 is active"),
        ({"routing": {"bgp": "2.0", "moon": "1"}}, "moon is shown as 1, none is active"),
    ],
    ids=["older", "missing", "too much"],
)
def test_a_page_that_was_built_of_other_versions_fails(shown, part):
    desk = Desk(versions_path="/versions.json", active=ACTIVE)
    desk.ship(1, versions=json.dumps(shown).encode())
    how, message, _ = desk.verify()
    assert how == "failed"
    assert part in message
    assert "/versions.json" in message


def test_a_site_without_its_versions_file_fails():
    desk = Desk(versions_path="/versions.json", active=ACTIVE)
    desk.ship(1)
    how, message, _ = desk.verify()
    assert how == "failed"
    assert "the release has no such file" in message


@pytest.mark.parametrize(
    "error", [NotFoundError("generation 1 is no longer kept"), UsageError("is no document")], ids=repr
)
def test_documents_that_cannot_be_read_fail_the_action(error):
    desk = Desk(versions_path="/versions.json")
    desk.proof = msgspec.structs.replace(desk.proof, bill_versions=BillVersions(error))
    desk.ship(1, versions=b"{}")
    assert desk.verify()[0] == "failed"


def test_what_retention_removed_does_not_keep_a_release_from_being_proven():
    desk = Desk()
    one = desk.ship(1)
    two = desk.ship(2)
    del desk.releases.manifests[one]
    desk.ledger._unproven = (two, one)
    assert desk.verify(2)[2] == {"EDGE": "seen"}


def test_a_proven_note_is_the_releases_own():
    """An edge with another site behind it, whose pages happen to be equal, proves nothing."""
    desk = Desk()
    desk.ship(1)
    other = b'{"build": "somebody-else"}'
    desk.probe.answer = lambda _, path: other if path == "build.json" else None
    assert desk.verify()[2] == {"EDGE": "pending"}
