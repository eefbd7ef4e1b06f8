"""`/build.json`: what a release says about itself to anyone who asks.

It names the release, the run and the bill, and nothing that the bill's sources did not make public by being
built: no commit texts, no authors. The same run and files give the same bytes, so a repeated deploy ships the
same release.
"""

import msgspec

from laststop.site.manifest import Manifest, entry_of
from laststop.words.bill import Bill
from laststop.words.ids import Digest, ReleaseId, RunId

NOTE_PATH = "build.json"
_RELEASE_DIGITS = 12
_BYTES_MAX = 1024 * 1024


class NoteLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One revision of the bill; `generation` of metadata documents only."""

    source: str
    location: str = ""
    revision: str = ""
    generation: int | None = None


class BuildNote(msgspec.Struct, frozen=True, kw_only=True):
    """The note, decoded; `manifest` is the digest of the release's manifest without the note itself."""

    build: ReleaseId
    run: RunId = RunId("")
    manifest: Digest = Digest("")
    bill: tuple[NoteLine, ...] = ()

    @property
    def generations(self) -> dict[str, int]:
        """Location of each metadata document -> its generation."""
        return {line.location: line.generation for line in self.bill if line.generation is not None}


class Stamped(msgspec.Struct, frozen=True, kw_only=True):
    """A built site made into a release: its id, the manifest with the note, the note's bytes."""

    release: ReleaseId
    manifest: Manifest
    note: bytes


def release_id(run: RunId, manifest_digest: Digest) -> ReleaseId:
    """The run's id, a dash, twelve hex digits of the digest of the manifest without the note."""
    return ReleaseId(f"{run}-{manifest_digest[:_RELEASE_DIGITS]}")


def stamp(built: Manifest, *, run: RunId, bill: Bill) -> Stamped:
    """Make a built site into a release; a `build.json` the build itself made is replaced."""
    plain = built.without(NOTE_PATH)
    digest = plain.digest
    release = release_id(run, digest)
    lines = tuple(
        NoteLine(source=line.action, location=line.location, revision=line.id, generation=line.generation)
        for line in bill.revisions
    )
    text = msgspec.json.encode(BuildNote(build=release, run=run, manifest=digest, bill=lines))
    note = msgspec.json.format(text, indent=2) + b"\n"
    return Stamped(release=release, manifest=plain.adding(NOTE_PATH, entry_of(NOTE_PATH, note)), note=note)


def read_note(content: bytes) -> BuildNote | None:
    """The note a page showed, or None where the page shows no note at all (an error page, another site).

    Tolerant: only `build` must be there; unknown keys are passed over.
    """
    if len(content) > _BYTES_MAX:
        return None
    try:
        note = msgspec.json.decode(content, type=BuildNote)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return note if note.build else None
