"""What every home's ledger of the site promises: `functions.ports.SiteLedger`."""

import msgspec
import pytest

from contract.aws_home import HOMES, AwsLedger
from contract.releases_made import keep, made, switch_to
from laststop.errors import NotFoundError
from laststop.site.fence import Held, Overtaken, Unchanged
from laststop.site.live import HighWater
from laststop.words.facts_site import ReleaseRemoved
from laststop.words.ids import ReleaseId, RunId
from unit.homes.home_workbench import EPOCH, Clock, Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)
        self.port = self._home.ledger
        self.releases = self._home.releases

    def remove(self, release) -> None:
        self._home.append(ReleaseRemoved(at=self._home.clock(), release=release))

    def refusals(self):
        """(run, outcome, reason, whether a fresh run is wanted)."""
        facts = self._home.facts("release.refused")
        return [(f.run, f.outcome, f.reason, f.fresh_run_wanted) for f in facts]

    def proofs(self):
        return [f.release for f in self._home.facts("release.seen")]


@pytest.fixture(params=HOMES)
def place(request, tmp_path):
    if request.param == "aws":
        made = AwsLedger(request.getfixturevalue("aws"), Clock())
        yield made
        made.service.close()
    else:
        yield Embedded(tmp_path)


@pytest.fixture
def ledger(place):
    return place.port


def live(place, number: int) -> ReleaseId:
    kept = {each.run: each for each in place.releases.kept()}
    release = kept.get(RunId(f"run-{number}")) or keep(place.releases, number)
    switch_to(place.releases, release)
    return release.id


def purged(ledger, release) -> None:
    ledger.purged(release, ("/*",), "reference", 1)


def seen(ledger, release) -> None:
    ledger.seen(release, ("http://edge",), 3)


NOTED = [("unpurged", purged), ("unproven", seen)]


def test_before_the_first_purge_nothing_is_named_so_everything_is_purged(place, ledger):
    assert ledger.unpurged() == ()
    live(place, 1)
    assert ledger.unpurged() == ()


def test_before_the_first_proof_an_edge_may_show_any_release_without_being_wrong(place, ledger):
    assert ledger.unproven() == ()
    one, two = live(place, 1), live(place, 2)
    assert ledger.unproven() == (two, one)


@pytest.mark.parametrize(("owed", "note"), NOTED, ids=["purge", "proof"])
def test_the_last_one_and_every_release_switched_to_since_are_named_newest_first(place, ledger, owed, note):
    one = live(place, 1)
    note(ledger, one)
    assert getattr(ledger, owed)() == (one,)
    two, three = live(place, 2), live(place, 3)
    assert getattr(ledger, owed)() == (three, two, one)
    note(ledger, three)
    assert getattr(ledger, owed)() == (three,)


@pytest.mark.parametrize(("owed", "note"), NOTED, ids=["purge", "proof"])
def test_a_way_back_to_what_was_done_last_still_owes_what_was_shown_between(place, ledger, owed, note):
    one = live(place, 1)
    note(ledger, one)
    two = live(place, 2)
    live(place, 1)
    assert getattr(ledger, owed)() == (one, two)
    note(ledger, one)
    assert getattr(ledger, owed)() == (one,)


def test_a_release_that_is_no_longer_kept_may_still_be_in_an_edge(place, ledger):
    one = live(place, 1)
    purged(ledger, one)
    two, three = live(place, 2), live(place, 3)
    place.remove(two)
    assert ledger.unpurged() == (three, two, one)


def test_a_purge_for_a_release_that_was_left_meanwhile_hides_no_newer_one(place, ledger):
    one, two = live(place, 1), live(place, 2)
    purged(ledger, one)
    assert ledger.unpurged() == (two, one)


def test_a_proof_is_noted_once_for_each_time_the_release_became_live(place, ledger):
    one = live(place, 1)
    seen(ledger, one)
    seen(ledger, one)
    assert place.proofs() == [one]
    two = live(place, 2)
    seen(ledger, two)
    live(place, 1)
    seen(ledger, one)
    seen(ledger, one)
    assert place.proofs() == [one, two, one]


def test_a_proof_for_a_release_that_is_not_live_is_let_go(place, ledger):
    one = live(place, 1)
    live(place, 2)
    seen(ledger, one)
    seen(ledger, made(9)[0].id)
    assert place.proofs() == []


def test_what_could_not_be_seen_is_no_proof_and_a_later_proof_counts(place, ledger):
    one = live(place, 1)
    ledger.unseen(one, "still shows another")
    assert place.proofs() == []
    seen(ledger, one)
    assert ledger.unproven() == (one,)


def test_an_unknown_release_cannot_be_unseen(ledger):
    with pytest.raises(NotFoundError):
        ledger.unseen(ReleaseId("run-9-abc"), "why")


MARK = HighWater(generations={}, decided_at=EPOCH, run=RunId("run-2"))
OVERTAKEN = Overtaken(
    by=RunId("run-2"), fresh_run_wanted=False, document="docs/r.zip", mine=1, theirs=2, decided_at=EPOCH,
    theirs_decided_at=EPOCH,
)  # fmt: skip


@pytest.mark.parametrize(
    ("judgement", "outcome", "part", "fresh"),
    [
        (OVERTAKEN, "overtaken", "run run-2 brought docs/r.zip to generation 2", False),
        (msgspec.structs.replace(OVERTAKEN, fresh_run_wanted=True), "overtaken", "generation 1", True),
        (
            Unchanged(run=RunId("run-2"), release=ReleaseId("r"), high_water=MARK),
            "unchanged",
            "run run-2",
            False,
        ),
        (Held(release=ReleaseId("r"), reason="broken page"), "held", "broken page", False),
    ],
    ids=["overtaken", "overtaken with news", "unchanged", "held"],
)
def test_a_refusal_is_kept_with_its_reason(place, ledger, judgement, outcome, part, fresh):
    ledger.refused(RunId("run-1"), judgement)
    ((run, kept, reason, wanted),) = place.refusals()
    assert (run, kept, wanted) == ("run-1", outcome, fresh)
    assert part in reason
