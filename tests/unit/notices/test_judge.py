"""Every row of the table of verdicts."""

import msgspec
import pytest

from laststop.notices.judge import ENDED_BADLY, Holding, Proven, Published, covers, judge
from laststop.words.ids import ReleaseId, RunId
from laststop.words.verdicts import VerdictKind

CHANGE = Published(algorithm="bgp", version="1.0", type="routing", object="routing", generation=5)
RUN, LATER = RunId("run-1"), RunId("run-2")


def proven(generation=5, shown="1.0", object_="routing"):
    return Proven(
        release=ReleaseId("rel"),
        run=RUN,
        generations={object_: generation},
        active={"bgp": shown} if shown else {},
    )


def holding(status="InProgress", **more):
    return Holding(run=LATER, status=status, **more)


def verdict(*, counts=True, proven=None, holding=None, change=CHANGE, allow_prereleases=False):
    found = judge(
        change,
        counts=counts,
        proven=proven,
        holding=holding,
        waits="waits for a run",
        allow_prereleases=allow_prereleases,
    )
    return found.kind.value, found.reason, found.run


OPEN = {
    "no run holds it": (None, ("pending", "waits for a run", None)),
    "a run is under way": (holding(waits="run 2 is at Build"), ("pending", "run 2 is at Build", LATER)),
    "a run is being stopped": (holding("Stopping", waits="x"), ("pending", "x", LATER)),
    "a run ended well and is not proven": (
        holding("Succeeded", waits="deployed, not yet visible at every edge"),
        ("pending", "deployed, not yet visible at every edge", LATER),
    ),
    "a run ended well and nobody knows more": (holding("Succeeded"), ("pending", "waits for a run", LATER)),
    "a run failed": (holding("Failed", failure="no space left"), ("failed", "no space left", LATER)),
    "a run failed without a word": (holding("Failed"), ("failed", "run run-2 was failed", LATER)),
    "a run was stopped": (holding("Stopped"), ("failed", "run run-2 was stopped", LATER)),
    "a run was cancelled": (holding("Cancelled"), ("failed", "run run-2 was cancelled", LATER)),
}


@pytest.mark.parametrize(("held", "expected"), OPEN.values(), ids=OPEN.keys())
@pytest.mark.parametrize(
    "seen",
    [None, proven(4), proven(9, object_="firewall"), proven(4, shown="2.0")],
    ids=["nothing proven", "an older generation", "another document", "an older one with a higher version"],
)
def test_a_change_that_no_proof_covers_is_open(held, expected, seen):
    assert verdict(proven=seen, holding=held) == expected


FINAL = {
    "the page shows it": (proven(), True, ("live", "the page shows 1.0")),
    "a later generation shows it": (proven(9), True, ("live", "the page shows 1.0")),
    "it was shown and retired since": (proven(), False, ("live", "the page shows 1.0")),
    "a higher one": (proven(shown="2.0"), True, ("replaced", "the page shows a higher version: 2.0")),
    "a higher one, and it was retired": (
        proven(shown="2.0"), False, ("replaced", "the page shows a higher version: 2.0"),
    ),
    "a pinned lower one": (proven(shown="0.9"), True, ("replaced", "the page shows the pinned version: 0.9")),
    "a lower one, because it was retired": (
        proven(shown="0.9"), False, ("rejected", "the version left its release phase before it was shown"),
    ),
    "none, because it was retired": (
        proven(shown=None), False, ("rejected", "the version left its release phase before it was shown"),
    ),
    "an equal one in another spelling": (
        proven(shown="1.0.0"), True, ("replaced", "the page shows a higher version: 1.0.0"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "counts", "expected"), FINAL.values(), ids=FINAL.keys())
@pytest.mark.parametrize(
    "held", [None, *(holding(status) for status in ("InProgress", "Succeeded", *ENDED_BADLY))], ids=str
)
def test_a_proof_settles_a_change_whatever_became_of_its_runs(seen, counts, expected, held):
    assert verdict(proven=seen, counts=counts, holding=held) == (*expected, RUN)


@pytest.mark.parametrize(
    ("shown", "allowed", "reason"),
    [
        ("2.0rc1", False, "the page shows the pinned version: 2.0rc1"),
        ("2.0rc1", True, "the page shows a higher version: 2.0rc1"),
        ("10", False, "the page shows a higher version: 10"),
        ("nightly", False, "the page shows the pinned version: nightly"),
    ],
)
def test_higher_is_as_the_project_orders_versions(shown, allowed, reason):
    assert verdict(proven=proven(shown=shown), allow_prereleases=allowed) == ("replaced", reason, RUN)


@pytest.mark.parametrize(("generation", "covered"), [(4, False), (5, True), (6, True)])
def test_a_proof_covers_what_its_document_took_into_account(generation, covered):
    assert covers(proven(generation), CHANGE) is covered


def test_a_document_that_was_dealt_anew_is_not_covered_by_an_old_name():
    moved = msgspec.structs.replace(CHANGE, object="documents-1")
    assert verdict(proven=proven(99), change=moved)[0] == "pending"


def test_only_final_verdicts_come_from_a_proof():
    kinds = {VerdictKind(row[-1][0]) for row in FINAL.values()}
    assert kinds == {kind for kind in VerdictKind if kind.final}
    assert not any(VerdictKind(expected[0]).final for _, expected in OPEN.values())


def test_prereleases_lose_unless_somebody_says_otherwise():
    """A final that is shown is higher than the pre-release of a later one, so nobody pinned it."""
    change = msgspec.structs.replace(CHANGE, version="2.0rc1")
    found = judge(change, counts=True, proven=proven(shown="1.0"), holding=None, waits="")
    assert found.reason == "the page shows a higher version: 1.0"
