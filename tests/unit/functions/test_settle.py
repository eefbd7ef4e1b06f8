from laststop.catalog.algorithm import Algorithm
from laststop.catalog.dealing import DocumentObject
from laststop.catalog.phases import Phases
from laststop.catalog.version import VersionRow
from laststop.errors import NotFoundError
from laststop.functions.history import Broken
from laststop.functions.publish import Policy
from laststop.functions.settle import Court, judged, settle, settle_shown
from laststop.site.live import Hold, Release, held
from laststop.words.digests import digest_of
from laststop.words.failure import Failure
from laststop.words.ids import ReleaseId, RunId
from laststop.words.verdicts import VerdictKind
from unit.functions.aws_fakes import (
    FakeBillVersions,
    FakeHistory,
    FakeProofs,
    FakeVerdicts,
    open_change,
)
from unit.functions.function_fakes import FakeReleases, bill_with, live_on
from unit.homes.home_workbench import EPOCH

LOCATION = "docs/routing.zip"


class Rows:
    """A catalog in which every version of `bgp` stands in one phase."""

    def __init__(self, **versions: str) -> None:
        self.versions = {name.replace("_", "."): phase for name, phase in versions.items()}
        self.asked = 0

    def of(self, algorithm: str) -> Algorithm:
        self.asked += 1
        rows = tuple(
            VersionRow(algorithm=algorithm, version=version.removeprefix("v"), type="routing", phase=phase)
            for version, phase in self.versions.items()
        )
        return Algorithm(name=algorithm, versions=rows)


class NoStandings:
    def of(self, algorithm):
        return ()


class Bench:
    def __init__(self, *changes, **versions: str) -> None:
        self.verdicts = FakeVerdicts(*changes)
        self.proofs = FakeProofs()
        self.history = FakeHistory()
        self.releases = FakeReleases()
        self.rows = Rows(**versions)
        self.documents = FakeBillVersions()

    def settle(self) -> int:
        return settle(self.court)

    @property
    def court(self) -> Court:
        return Court(
            verdicts=self.verdicts,
            proofs=self.proofs,
            history=self.history,
            releases=self.releases,
            bill_versions=self.documents,
            versions=self.rows,
            standings=NoStandings(),
            policy=Policy(
                phases=Phases(),
                objects=(DocumentObject(object="routing", key="routing.zip", types=("routing",)),),
            ),
            locations={"routing": LOCATION},
        )

    def prove(self, generation: int, **active: str) -> None:
        bill = bill_with(generation)
        self.documents.documents[f"v{generation}"] = {"routing": active}
        self.proofs.newest = Release(
            id=ReleaseId("rel-1"), run=RunId("run-1"), bill=bill, manifest=digest_of(b""), stored_at=EPOCH
        )
        self.releases.pointer = live_on(bill)


def test_a_proof_that_shows_the_version_makes_it_live():
    bench = Bench(open_change("1.0"))
    bench.prove(2, bgp="1.0")
    assert bench.settle() == 1
    assert bench.verdicts.settled == [("bgp@1.0", "live", "the page shows 1.0")]


def test_a_higher_version_replaces_and_a_version_that_left_is_rejected():
    bench = Bench(open_change("1.0"), open_change("3.0"), v1_0="PACKAGE_TESTS_COMPLETE", v3_0="RETIRED")
    bench.prove(2, bgp="2.0")
    bench.settle()
    assert [(key, kind) for key, kind, _ in bench.verdicts.settled] == [
        ("bgp@1.0", "replaced"),
        ("bgp@3.0", "rejected"),
    ]


def test_a_proof_of_an_older_document_settles_nothing():
    bench = Bench(open_change("1.0", generation=3))
    bench.prove(2, bgp="0.9")
    assert bench.settle() == 0
    assert bench.verdicts.changes["bgp@1.0"].kind is VerdictKind.PENDING


def test_a_change_that_needed_no_new_document_is_judged_without_the_pipeline():
    bench = Bench(open_change("1.2"), open_change("1.0", generation=3), v1_2="PACKAGE_TESTS_COMPLETE")
    bench.prove(2, bgp="1.1")
    assert settle_shown(bench.court, {"routing": 2}) == 1
    assert bench.verdicts.settled == [("bgp@1.2", "replaced", "the page shows the pinned version: 1.1")]
    assert bench.history.asked == []


def test_where_no_proof_reaches_a_generation_no_open_change_is_read():
    bench = Bench(open_change("1.0"))
    bench.verdicts.open = None
    assert settle_shown(bench.court, {"routing": 2}) == 0
    bench.prove(2, bgp="1.0")
    assert settle_shown(bench.court, {"routing": 3}) == 0
    assert settle_shown(bench.court, {}) == 0


def test_a_failed_run_leaves_a_verdict_that_a_later_proof_turns_once():
    bench = Bench(open_change("1.0"))
    broken = Broken(
        stage="Build", action="b", attempt=1, failure=Failure(code="JobFailed", message="exit status 2")
    )
    bench.history.began("run-1", status="Failed", bill=bill_with(2), broken=broken)
    assert bench.settle() == 1
    assert bench.verdicts.settled[-1] == (
        "bgp@1.0",
        "failed",
        "run run-1 failed at Build / b: exit status 2",
    )
    assert bench.settle() == 0
    bench.prove(2, bgp="1.0")
    assert bench.settle() == 1
    assert bench.settle() == 0
    assert bench.verdicts.settled[-1][1] == "live"


def test_a_later_run_takes_a_failed_change_along():
    bench = Bench(open_change("1.0"))
    bench.history.began("run-1", status="Failed", bill=bill_with(2))
    bench.settle()
    bench.history.began("run-2", bill=bill_with(3), stage="Build")
    assert bench.settle() == 1
    assert bench.verdicts.settled[-1] == ("bgp@1.0", "pending", "run run-2 is at Build")


def test_superseded_runs_hold_nothing_and_unknown_ones_hide_nobody():
    bench = Bench(open_change("1.0"))
    bench.history.began("run-1", status="Failed", bill=bill_with(2))
    bench.history.began("run-2", status="Superseded", bill=bill_with(2))
    bench.history.began("run-3", status="Failed", bill=bill_with(2))
    known = bench.history.detail

    def forgot(run):
        if run == "run-3":
            raise NotFoundError("gone")
        return known(run)

    bench.history.detail = forgot
    bench.settle()
    assert bench.verdicts.settled[-1][2] == "run run-1 failed"


def test_reasons_name_the_hold_the_refusal_and_the_slow_edge():
    change = open_change("1.0")
    failed = Bench(change)
    for bench, prepare, reason in (
        (Bench(change), lambda b: setattr(b.releases, "pointer", _held(b)), "held: odd"),
        (Bench(change), lambda b: b.proofs.refused.update({"run-2": "overtaken"}), "changed nothing"),
        (Bench(change), lambda b: setattr(b.releases, "pointer", _on_run_2()), "not yet visible"),
    ):
        if reason != "held: odd":
            bench.history.began("run-2", status="Succeeded", bill=bill_with(2))
        prepare(bench)
        bench.verdicts.changes["bgp@1.0"] = _failed(change)
        bench.settle()
        assert reason in bench.verdicts.settled[-1][2]
    assert failed.settle() == 0


def test_a_run_under_way_does_not_hide_the_hold_that_stops_it():
    bench = Bench(open_change("1.0"))
    bench.history.began("run-2", bill=bill_with(2), stages=2, stage="Build")
    ((_, verdict),) = judged(bench.court, bench.court.verdicts.open())
    assert verdict.reason == "run run-2 is at Build"
    bench.releases.pointer = _held(bench)
    ((_, verdict),) = judged(bench.court, bench.court.verdicts.open())
    assert verdict.reason == "held: odd"


def test_the_catalog_is_asked_once_per_algorithm():
    bench = Bench(*(open_change(f"1.{n}") for n in range(9)), v1_0="PACKAGE_TESTS_COMPLETE")
    bench.prove(2, bgp="2.0")
    bench.settle()
    assert bench.rows.asked == 1


def test_a_proof_whose_documents_are_gone_settles_nothing():
    bench = Bench(open_change("1.0"))
    bench.prove(2, bgp="1.0")
    bench.documents.documents.clear()
    assert bench.settle() == 0


def _held(bench):
    del bench
    return held(live_on(bill_with(1)), Hold(reason="odd", since=EPOCH))


def _on_run_2():
    return live_on(bill_with(2), run="run-2")


def _failed(change):
    import msgspec

    return msgspec.structs.replace(change, kind=VerdictKind.FAILED, run=RunId("run-0"))
