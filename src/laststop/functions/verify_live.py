"""Looks at the site as a reader would, until it shows the release, or the bound is over."""

from collections.abc import Mapping
from typing import Any

import msgspec

from laststop.errors import NotFoundError, TransientError
from laststop.functions.answering import answering
from laststop.functions.ports import BillVersions, Jobs, Runs, SiteLedger, Waiting
from laststop.pipeline.job import Job, decode_job
from laststop.site.live import Live
from laststop.site.manifest import Manifest
from laststop.site.probe import Probe
from laststop.site.releases import Releases
from laststop.site.seen import (
    Conclusion,
    Expectation,
    Look,
    Newer,
    NotYet,
    Seen,
    Wrong,
    conclude,
    pages_to_check,
)
from laststop.words.counting import counted
from laststop.words.failure import Failure
from laststop.words.ids import ReleaseId

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0
ROUND_PAUSE_SECONDS = 2.0
"""Between rounds that must agree."""
WRONG_ROUNDS = 3
"""Rounds in a row that must find wrong content: a switch under way can look wrong for a moment."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The ports and settings a proof works with.

    `rounds` in a row must agree: more than one where an address leads to another edge each time.

    Units: `within_seconds` is the bound after which a slow edge is "not yet visible".
    """

    releases: Releases
    ledger: SiteLedger
    probe: Probe
    bill_versions: BillVersions
    within_seconds: float
    versions_path: str = ""
    rounds: int = 1


def verify_live(event: Mapping[str, Any], *, jobs: Jobs, runs: Runs, proof: Proof, waiting: Waiting) -> None:
    """Prove the live release through every edge, without cache-busting.

    Wrong content fails the action. A slow edge at the end of the bound does not: the release is "deployed,
    not yet visible" (`EDGE=pending`) and is looked at again later. A run whose release is not the live one
    has nothing to prove.
    """
    job = decode_job(event)
    with answering(jobs, job.id):
        run = runs.get(jobs.context(job.id).key.run)
        live = proof.releases.live()
        if live is None or live.bill.digest != run.bill.digest:
            shown = live.release if live else "nothing"
            jobs.succeed(
                job.id, summary=f"not this run's release is live, but {shown}", variables={"EDGE": "other"}
            )
            return
        _look_until_seen(job, jobs, live, proof, waiting)


def _look_until_seen(job: Job, jobs: Jobs, live: Live, proof: Proof, waiting: Waiting) -> None:
    pause, wrong, agreed = FIRST_PAUSE_SECONDS, 0, 0
    while True:
        found = look(live, proof)
        agreed = agreed + 1 if isinstance(found, Seen) else 0
        match found:
            case Seen() if agreed < proof.rounds:
                wrong, pause = 0, ROUND_PAUSE_SECONDS
            case Seen(edges=edges, pages=pages):
                proof.ledger.seen(live.release, edges, pages)
                jobs.succeed(
                    job.id,
                    summary=f"seen at {counted(len(edges), 'edge')}, {counted(pages, 'page')}",
                    variables={"EDGE": "seen"},
                )
                return
            case Newer(release=release):
                jobs.succeed(job.id, summary=f"the site moved on to {release}", variables={"EDGE": "newer"})
                return
            case Wrong(reason=reason, place=place):
                wrong += 1
                if wrong >= WRONG_ROUNDS:
                    jobs.fail(job.id, Failure(code="JobFailed", message=f"{place}: {reason}"))
                    return
            case NotYet(reason=reason):
                wrong = 0
                if waiting.elapsed_seconds() >= proof.within_seconds:
                    _give_up(job, jobs, live, proof, reason)
                    return
        if not waiting.wait(pause):
            return
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _give_up(job: Job, jobs: Jobs, live: Live, proof: Proof, reason: str) -> None:
    proof.ledger.unseen(live.release, reason)
    jobs.succeed(job.id, summary=f"deployed, not yet visible: {reason}", variables={"EDGE": "pending"})


def look(live: Live, proof: Proof) -> Conclusion:
    """One round: fetch the pages from every edge, then judge them by the pointer as it is after that."""
    expected = _expectation(live, proof)
    try:
        looks = [
            Look(edge=edge, pages={path: proof.probe.fetch(edge, path) for path in expected.paths})
            for edge in proof.probe.edges()
        ]
    except TransientError as error:
        return NotYet(reason=str(error))
    return conclude(looks, expected, live=proof.releases.live())


def _expectation(live: Live, proof: Proof) -> Expectation:
    earlier = [release for release in proof.ledger.unproven() if release != live.release]
    manifest = proof.releases.manifest(live.release)
    previous = tuple(m for release in earlier if (m := _kept(proof.releases, release)) is not None)
    return Expectation(
        release=live.release,
        manifest=manifest,
        paths=pages_to_check(manifest, previous, versions_path=proof.versions_path),
        bill=live.bill,
        previous=previous,
        versions_path=proof.versions_path,
        versions=proof.bill_versions.active(live.bill) if proof.versions_path else {},
    )


def _kept(releases: Releases, release: ReleaseId) -> Manifest | None:
    """A manifest, or None when retention removed the release."""
    try:
        return releases.manifest(release)
    except NotFoundError:
        return None
