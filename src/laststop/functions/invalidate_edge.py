"""Makes the edge forget what is no longer so."""

from collections.abc import Mapping
from typing import Any

from laststop.errors import NotFoundError
from laststop.functions.answering import answering
from laststop.functions.ports import Jobs, SiteLedger
from laststop.pipeline.job import decode_job
from laststop.site.edge import Edge
from laststop.site.manifest import Manifest
from laststop.site.purge import plan_purge, reference_of
from laststop.site.releases import Releases
from laststop.words.counting import counted
from laststop.words.ids import ReleaseId


def invalidate_edge(
    event: Mapping[str, Any], *, jobs: Jobs, releases: Releases, ledger: SiteLedger, edge: Edge
) -> None:
    """Purge what differs between the live release and whatever an edge may still hold.

    It looks at the pointer, not at its run: a run that was refused has nothing to purge, and a purge that an
    earlier run owed is made good here. The reference follows from release and paths, so a repeat is no new
    work at the edge.
    """
    job = decode_job(event)
    with answering(jobs, job.id):
        summary, paths = purge_live(releases, ledger, edge)
        jobs.succeed(job.id, summary=summary, variables={"PATHS": str(len(paths))})


def purge_live(releases: Releases, ledger: SiteLedger, edge: Edge) -> tuple[str, tuple[str, ...]]:
    """Purge for the live release if that is still owed; gives a summary and the paths."""
    live = releases.live()
    if live is None:
        return "nothing is live yet", ()
    since = ledger.unpurged()
    if since and since[0] == live.release and len(since) == 1:
        return "the edge was purged for this release already", ()
    manifest = releases.manifest(live.release)
    served = [kept for release in since if release != live.release and (kept := _kept(releases, release))]
    complete = len(served) == len([release for release in since if release != live.release])
    plan = plan_purge(manifest, served=served if complete else [])
    if not plan.paths:
        ledger.purged(live.release, (), "", 0)
        return "nothing changed for readers", ()
    reference = f"{reference_of(live.release, plan.paths)}-{live.epoch}"
    edges = edge.purge(plan.paths, reference)
    ledger.purged(live.release, plan.paths, reference, edges)
    return f"{counted(len(plan.paths), 'path')} purged at {counted(edges, 'edge')}", plan.paths


def _kept(releases: Releases, release: ReleaseId) -> Manifest | None:
    """A manifest, or None when the release is no longer kept; then everything is purged."""
    try:
        return releases.manifest(release)
    except NotFoundError:
        return None
