from uuid import UUID

import pytest

from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.digests import digest_of
from laststop.words.ids import AttemptKey, RunId, derived_id
from laststop.words.verdicts import VerdictKind


def revision(action, identity="1", location="here", **more):
    return Revision(action=action, id=identity, location=location, **more)


def test_a_bill_has_one_order():
    one, two = revision("a"), revision("b")
    assert bill_of([two, one]) == bill_of([one, two])
    assert bill_of([two, one]).digest == bill_of([one, two]).digest


@pytest.mark.parametrize(
    "other", [revision("b"), revision("a", "2"), revision("a", location="there")], ids=str
)
def test_bills_of_other_sources_or_revisions_differ(other):
    assert bill_of([revision("a")]).digest != bill_of([other]).digest


@pytest.mark.parametrize("more", [{"summary": "x"}, {"change": "etag"}, {"generation": 3}], ids=str)
def test_what_is_only_told_about_a_revision_makes_no_other_bill(more):
    assert bill_of([revision("a")]).digest == bill_of([revision("a", **more)]).digest


def test_a_bill_knows_its_revisions_by_action_and_its_generations_by_location():
    bill = bill_of([revision("git"), revision("routing", location="docs/routing.zip", generation=4)])
    assert bill.of("git") == revision("git")
    assert bill.of("moon") is None
    assert bill.generations == {"docs/routing.zip": 4}
    assert Bill().generations == {}


def test_digests_are_sha256_in_hex():
    assert digest_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_attempt_has_the_same_id_each_time_and_another_one_than_its_neighbours():
    key = AttemptKey(run=RunId("r"), stage="Build", action="site", attempt=1)
    assert key.text == "r/Build/site/1"
    assert str(UUID(key.id)) == key.id == key.id
    others = {
        AttemptKey(run=RunId("r"), stage="Build", action="site", attempt=2).id,
        AttemptKey(run=RunId("q"), stage="Build", action="site", attempt=1).id,
        derived_id(RunId("r"), "Build"),
        key.id,
    }
    assert len(others) == 4


def test_three_verdicts_are_final():
    assert {kind.value for kind in VerdictKind if kind.final} == {"live", "replaced", "rejected"}
