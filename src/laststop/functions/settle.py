"""Settles verdicts from what is proven and what the pipeline says of the runs that hold a change."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

import msgspec

from laststop.catalog.ports.standings import Standings
from laststop.catalog.ports.versions import Versions
from laststop.catalog.standing import counting
from laststop.errors import NotFoundError
from laststop.functions.history import Detail, History, found
from laststop.functions.ports import BillVersions
from laststop.functions.publish import Policy
from laststop.functions.verdict_ports import OpenChange, Proofs, Verdicts
from laststop.notices.judge import Holding, Proven, Published, covers, judge
from laststop.site.live import Live
from laststop.site.releases import Releases
from laststop.words.verdicts import Verdict, VerdictKind

RUNS_LOOKED_AT: Final = 20
"""The newest runs that are asked whether they hold a change; an older one no longer changes anything."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """The ports by which what is proven is judged; `locations` leads from document object to `bucket/key`."""

    verdicts: Verdicts
    proofs: Proofs
    bill_versions: BillVersions
    versions: Versions
    standings: Standings
    policy: Policy
    locations: Mapping[str, str]


class Court(Evidence, frozen=True, kw_only=True):
    """The ports all judging works through: what is not proven is for the pipeline to say."""

    history: History
    releases: Releases


def settle(court: Court) -> int:
    """Judge every open change as things stand now; gives how many verdicts became another.

    Repeats are harmless: a verdict follows from rows, proofs and runs alone, and a final one stays.
    Raises: TransientError when a store is throttled; what was settled stays settled.
    """
    changed = 0
    for each, verdict in judged(court, court.verdicts.open()):
        turned = verdict.kind != each.kind
        if turned or (verdict.kind is VerdictKind.FAILED and verdict.run != each.run):
            court.verdicts.settle(each, verdict)
            changed += 1
    return changed


def judged(court: Court, changes: Iterable[OpenChange]) -> Iterator[tuple[OpenChange, Verdict]]:
    """Each open change with its verdict as things stand now; nothing is written."""
    sitting: _Sitting | None = None
    for each in changes:
        sitting = sitting or _Sitting(court)
        yield each, sitting.judge(each)


def settle_shown(evidence: Evidence, generations: Mapping[str, int]) -> int:
    """Judge the open changes that the newest proof covers, if it covers one of these generations.

    A change that needed no new document has no run to wait for: the pinned version stays, say. Nothing is
    asked of the pipeline. Gives how many changes were settled.
    Raises: as `settle`.
    """
    shown = _Shown(evidence)
    if not any(shown.reaches(object_, generation) for object_, generation in generations.items()):
        return 0
    covered = [each for each in evidence.verdicts.open() if shown.covers(each.change)]
    for each in covered:
        evidence.verdicts.settle(each, shown.judge(each.change))
    return len(covered)


class _Shown:
    """The newest proof and what it says of changes, read once."""

    def __init__(self, evidence: Evidence) -> None:
        """Reads which release was proven last."""
        self._evidence = evidence
        self._release = evidence.proofs.proven()
        self._counts: dict[str, frozenset[str]] = {}

    def reaches(self, object_: str, generation: int) -> bool:
        """Whether the release shows a document that is at least so new."""
        at = self._evidence.locations.get(object_, "")
        return self._release is not None and self._release.bill.generations.get(at, -1) >= generation

    def covers(self, change: Published) -> bool:
        """Whether the proof settles a change for ever."""
        return self.proven is not None and covers(self.proven, change)

    @cached_property
    def proven(self) -> Proven | None:
        """What the release shows, by document object; None also when its documents are gone."""
        release, evidence = self._release, self._evidence
        if release is None:
            return None
        try:
            active = evidence.bill_versions.active(release.bill)
        except NotFoundError:
            return None
        generations = release.bill.generations
        return Proven(
            release=release.id,
            run=release.run,
            generations={
                name: generations[at] for name, at in evidence.locations.items() if at in generations
            },
            active={name: version for each in active.values() for name, version in each.items()},
        )

    def judge(self, change: Published, *, holding: Holding | None = None, waits: str = "") -> Verdict:
        """The verdict on a change; `holding` and `waits` are what is said of one that is not covered."""
        return judge(
            change,
            counts=self.covers(change) and change.version in self._counting(change.algorithm),
            proven=self.proven,
            holding=holding,
            waits=waits,
            allow_prereleases=self._evidence.policy.allow_prereleases,
        )

    def _counting(self, algorithm: str) -> frozenset[str]:
        if algorithm not in self._counts:
            evidence = self._evidence
            rows = counting(
                evidence.versions.of(algorithm), evidence.standings.of(algorithm), evidence.policy.phases
            )
            self._counts[algorithm] = frozenset(row.version for row in rows)
        return self._counts[algorithm]


class _Sitting:
    """Everything that is looked at, read once."""

    def __init__(self, court: Court) -> None:
        """Reads what every change is judged by."""
        self._court = court
        self._live = court.releases.live()
        self._shown = _Shown(court)
        hold = self._live.hold if self._live else None
        self._waits = f"held: {hold.reason}" if hold else "waits for a run"
        self._details: list[Detail] | None = None

    def judge(self, each: OpenChange) -> Verdict:
        """The verdict on one change."""
        change = each.change
        if self._shown.covers(change):
            return self._shown.judge(change)
        holding = self._holding(change.object, change.generation)
        return self._shown.judge(change, holding=holding, waits=self._waits)

    def _holding(self, object_: str, generation: int) -> Holding | None:
        """The newest run whose bill holds a generation of a document."""
        location = self._court.locations.get(object_, "")
        for detail in self._runs():
            if detail.bill is not None and detail.bill.generations.get(location, -1) >= generation:
                return _holding(detail, self._court.proofs, self._live)
        return None

    def _runs(self) -> list[Detail]:
        """The newest runs that were not superseded: those hand what they hold to a newer one."""
        if self._details is None:
            history = self._court.history
            newest = [past for past in history.newest(RUNS_LOOKED_AT) if past.status != "Superseded"]
            details = (found(history, past.id) for past in newest)
            self._details = [detail for detail in details if detail is not None]
        return self._details


def _holding(detail: Detail, proofs: Proofs, live: Live | None) -> Holding:
    run, broken = detail.past.id, detail.broken
    failure = ""
    if detail.past.status == "Failed":
        at = f" at {broken.stage} / {broken.action}: {broken.failure.message}" if broken else ""
        failure = f"run {run} failed{at}"
    return Holding(run=run, status=detail.past.status, waits=_waits(detail, proofs, live), failure=failure)


def _waits(detail: Detail, proofs: Proofs, live: Live | None) -> str:
    """What a change waits for whose run did not end badly."""
    run = detail.past.id
    if detail.past.in_flight:
        if live is not None and live.hold is not None:
            return f"held: {live.hold.reason}"  # a push begins runs all the same; they end before the release
        return f"run {run} is at {detail.stage}"
    refused = proofs.refusal(run)
    if refused:
        return f"run {run} changed nothing: {refused}"
    if live is not None and live.run == run:
        return "deployed, not yet visible at every edge"
    return ""
