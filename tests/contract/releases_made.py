"""Small releases, kept and switched to through the port."""

from laststop.site.live import HighWater, Hold, Release, switched
from laststop.site.manifest import Manifest, entry_of
from laststop.site.releases import Blob
from laststop.words.bill import Bill, Revision
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId, RunId
from unit.homes.home_workbench import EPOCH


def made(number: int, **files: bytes) -> tuple[Release, Manifest, dict]:
    files = files or {"index": f"page {number}".encode()}
    manifest = Manifest(files={f"{name}.html": entry_of(f"{name}.html", c) for name, c in files.items()})
    bill = Bill(revisions=(Revision(action="frontend", id=f"c{number}", location="acme/frontend@main"),))
    release = Release(
        id=ReleaseId(f"run-{number}-{manifest.digest[:12]}"),
        run=RunId(f"run-{number}"),
        bill=bill,
        manifest=manifest.digest,
        stored_at=EPOCH,
    )
    return release, manifest, {digest_of(content): content for content in files.values()}


def blobs_of(contents, only=None):
    for digest, content in contents.items():
        if only is None or digest in only:
            yield Blob(digest=digest, size_bytes=len(content), chunks=iter([content[:3], content[3:]]))


def keep(releases, number: int, **files: bytes) -> Release:
    release, manifest, contents = made(number, **files)
    missing = releases.missing(manifest.digests)
    releases.store(release, manifest, blobs_of(contents, missing))
    return release


def mark_of(release: Release) -> HighWater:
    return HighWater(generations={}, decided_at=EPOCH, run=release.run)


def switch_to(releases, release: Release, hold: Hold | None = None):
    live = releases.live()
    pointer = switched(live, release, high_water=mark_of(release), at=EPOCH, hold=hold)
    releases.switch(pointer, expected_epoch=live.epoch if live else 0)
    return pointer
