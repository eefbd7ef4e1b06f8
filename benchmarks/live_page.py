"""One page of 10 KB: as a plain file, and as the live release of a project."""

import uuid
from pathlib import Path

from laststop.config.project_file import load_project
from laststop.site.live import HighWater, Release, switched
from laststop.site.manifest import manifest_of
from laststop.site.releases import Blob
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words.bill import Bill
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId, RunId

PAGE = "static/page.html"
CONTENT = b"<!doctype html><title>Benchmark</title>\n".ljust(10 * 1024, b"x")
PROJECT_FILE = '[project]\nname = "benchmark"\ntypes = ["routing"]\n'


def make_live(folder: Path) -> None:
    """Make a project whose site is the page, and switch to it, without a pipeline's run."""
    (folder / "laststop.toml").write_text(PROJECT_FILE)
    home = EmbeddedHome(load_project(folder))
    try:
        now, run, digest = clock(), RunId(str(uuid.uuid4())), digest_of(CONTENT)
        manifest = manifest_of([(PAGE, digest, len(CONTENT))])
        release = Release(
            id=ReleaseId(f"{run}-{manifest.digest[:12]}"),
            run=run,
            bill=Bill(),
            manifest=manifest.digest,
            stored_at=now,
        )
        blob = Blob(digest=digest, size_bytes=len(CONTENT), chunks=[CONTENT])
        home.releases.store(release, manifest, [blob])
        mark = HighWater(generations={}, decided_at=now, run=run)
        home.releases.switch(switched(None, release, high_water=mark, at=now), expected_epoch=0)
    finally:
        home.close()


def make_file(folder: Path) -> Path:
    """Put the page's file into a folder; gives the folder directly around it."""
    file = folder / PAGE
    file.parent.mkdir()
    file.write_bytes(CONTENT)
    return file.parent
