"""Settles verdicts from what is proven and what the pipeline says of the runs that hold a change."""

from collections.abc import Iterable, Iterator, Mapping
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
from laststop.notices.judge import Holding, Proven, covers, judge
from laststop.site.live import Live
from laststop.site.releases import Releases
from laststop.words.verdicts import Verdict, VerdictKind

RUNS_LOOKED_AT: Final = 20
"""The newest runs that are asked whether they hold a change; an older one no longer changes anything."""


class Court(msgspec.Struct, frozen=True, kw_only=True):
    """The ports judging works through; `locations` leads from document object to `bucket/key`."""

    verdicts: Verdicts
    proofs: Proofs
    history: History
    releases: Releases
    bill_versions: BillVersions
    versions: Versions
    standings: Standings
    policy: Policy
    locations: Mapping[str, str]


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


class _Sitting:
    """Everything that is looked at, read once."""

    def __init__(self, court: Court) -> None:
        """Reads what every change is judged by."""
        self._court = court
        self._live = court.releases.live()
        self._proven = _proven(court)
        hold = self._live.hold if self._live else None
        self._waits = f"held: {hold.reason}" if hold else "waits for a run"
        self._details: list[Detail] | None = None
        self._counts: dict[str, frozenset[str]] = {}

    def judge(self, each: OpenChange) -> Verdict:
        """The verdict on one change."""
        change = each.change
        settled = self._proven is not None and covers(self._proven, change)
        return judge(
            change,
            counts=settled and change.version in self._counting(change.algorithm),
            proven=self._proven,
            holding=None if settled else self._holding(change.object, change.generation),
            waits=self._waits,
            allow_prereleases=self._court.policy.allow_prereleases,
        )

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

    def _counting(self, algorithm: str) -> frozenset[str]:
        if algorithm not in self._counts:
            court = self._court
            rows = counting(court.versions.of(algorithm), court.standings.of(algorithm), court.policy.phases)
            self._counts[algorithm] = frozenset(row.version for row in rows)
        return self._counts[algorithm]


def _proven(court: Court) -> Proven | None:
    """What the newest proven release shows, by document object; None also when its documents are gone."""
    release = court.proofs.proven()
    if release is None:
        return None
    try:
        active = court.bill_versions.active(release.bill)
    except NotFoundError:
        return None
    generations = release.bill.generations
    return Proven(
        release=release.id,
        run=release.run,
        generations={name: generations[at] for name, at in court.locations.items() if at in generations},
        active={name: version for each in active.values() for name, version in each.items()},
    )


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
