"""Makes a build's artifact the live site, if the fence lets it through."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from laststop.errors import ConflictError, TransientError, UsageError
from laststop.functions.answering import answering
from laststop.functions.ports import Archive, Artifacts, Jobs, RunFacts, Runs, SiteLedger
from laststop.pipeline.job import Job, decode_job
from laststop.site.build_note import NOTE_PATH, Stamped, stamp
from laststop.site.fence import AlreadyLive, Held, Overtaken, Pass, Unchanged, judge_switch
from laststop.site.live import Hold, Release, marked, switched
from laststop.site.manifest import manifest_of
from laststop.site.releases import Blob, Releases
from laststop.words.ids import Digest, ReleaseId
from laststop.words.instants import Instant

SWITCH_ATTEMPTS_MAX = 20
"""Other writers of the pointer in a row before the action gives up."""


def deploy_site(
    event: Mapping[str, Any],
    *,
    jobs: Jobs,
    runs: Runs,
    artifacts: Artifacts,
    releases: Releases,
    ledger: SiteLedger,
    clock: Callable[[], Instant],
) -> None:
    """Store what is missing, judge by the fence, switch the pointer; and say by the output `RELEASE` which.

    `RELEASE` is `live`, `unchanged`, `overtaken` or `held`; the last three leave the site as it is, and are
    no failure. Doing it again, at any point, ends in the same. The run of a rollback passes the fence because
    it is marked as one, switches to the release it goes back to, and holds the site there.
    """
    job = decode_job(event)
    with answering(jobs, job.id):
        run = runs.get(jobs.context(job.id).key.run)
        outcome, release = _deploy(job, run, artifacts, releases, ledger, clock)
        jobs.succeed(
            job.id,
            summary=f"{outcome}: {release}",
            variables={"RELEASE": outcome, "RELEASE_ID": str(release)},
        )


def _deploy(
    job: Job,
    run: RunFacts,
    artifacts: Artifacts,
    releases: Releases,
    ledger: SiteLedger,
    clock: Callable[[], Instant],
) -> tuple[str, ReleaseId]:
    stored: Release | None = None
    for _ in range(SWITCH_ATTEMPTS_MAX):
        live = releases.live()
        epoch = live.epoch if live else 0
        judgement = judge_switch(
            run=run.id,
            bill=run.bill,
            decided_at=run.started_at,
            live=live,
            way_back=run.target is not None,
        )
        try:
            match judgement:
                case AlreadyLive(release=release):
                    return "live", release
                case Held(release=release):
                    ledger.refused(run.id, judgement)
                    return "held", release
                case Overtaken():
                    ledger.refused(run.id, judgement)
                    return "overtaken", live.release if live else ReleaseId("")
                case Unchanged(release=release, high_water=mark):
                    if live is not None and mark != live.high_water:
                        releases.switch(marked(live, mark), expected_epoch=epoch)
                    ledger.refused(run.id, judgement)
                    return "unchanged", release
                case Pass(high_water=mark):
                    stored = stored or _kept(run, releases) or _store(job, run, artifacts, releases, clock())
                    pointer = switched(live, stored, high_water=mark, at=clock(), hold=_hold(run, clock()))
                    releases.switch(pointer, expected_epoch=epoch)
                    return "live", stored.id
        except ConflictError:
            continue  # somebody moved the pointer: judge again by what it says now
    raise TransientError("others kept moving the live pointer", hint="retry the stage")


def _kept(run: RunFacts, releases: Releases) -> Release | None:
    """The release a rollback goes back to, if it is kept: then nothing is built or uploaded."""
    if run.target is None:
        return None
    return next((each for each in releases.kept() if each.bill.digest == run.bill.digest), None)


def _hold(run: RunFacts, now: Instant) -> Hold | None:
    """A way back holds the site where it went; else the next run would undo it."""
    if run.target is None:
        return None
    return Hold(reason=run.cause, since=now, by=f"run {run.id}")


def _store(job: Job, run: RunFacts, artifacts: Artifacts, releases: Releases, now: Instant) -> Release:
    """Bring the artifact's files into the store as a release; nothing of it shows yet."""
    with artifacts.open(job.input(), job.data.artifact_credentials) as archive:
        built = manifest_of((entry.name, entry.digest, entry.size_bytes) for entry in archive.entries())
        if not built.files:
            raise UsageError(
                "the built site is empty",
                place=job.input().name,
                hint="check base-directory and files under artifacts in buildspec.yml",
            )
        stamped = stamp(built, run=run.id, bill=run.bill)
        release = Release(
            id=stamped.release,
            run=run.id,
            bill=run.bill,
            manifest=stamped.manifest.digest,
            stored_at=now,
        )
        missing = releases.missing(stamped.manifest.digests)
        releases.store(release, stamped.manifest, _blobs(archive, stamped, missing))
    return release


def _blobs(archive: Archive, stamped: Stamped, missing: frozenset[Digest]) -> Iterator[Blob]:
    """The contents the store lacks, each once."""
    left = set(missing)
    for path, entry in stamped.manifest.files.items():
        if entry.digest not in left:
            continue
        left.discard(entry.digest)
        chunks = iter([stamped.note]) if path == NOTE_PATH else archive.chunks(path)
        yield Blob(digest=entry.digest, size_bytes=entry.size_bytes, chunks=chunks)
