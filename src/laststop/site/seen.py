"""What one look at the site through its edges proves.

A look is, per edge, a handful of pages fetched as a reader would. It proves the release when every edge shows
the release's own `/build.json` and every page fetched is the release's. An edge that still shows an earlier
release, whole or in part, is slow, not wrong. A page that belongs to neither is wrong.

The live pointer is read *after* the pages. So pages that fit nothing because somebody switched in between are
told from wrong ones: the pointer then names another release.
"""

from collections.abc import Iterable, Sequence

import msgspec

from laststop.errors import UsageError
from laststop.site.build_note import NOTE_PATH, BuildNote, read_note
from laststop.site.live import Live
from laststop.site.manifest import Manifest
from laststop.site.path import INDEX, is_fingerprinted, is_page
from laststop.site.plan import difference
from laststop.site.probe import Observation
from laststop.site.versions import DIFFERENCES_SHOWN, Versions, differences
from laststop.words.bill import Bill
from laststop.words.ids import ReleaseId

PAGES_MAX = 50

_OK = 200
_GONE = (404, 410)
_OVERLOADED = 429
_SERVER_ERRORS = range(500, 600)


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What one edge showed: path, without a leading slash, -> answer."""

    edge: str
    pages: dict[str, Observation]


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What a proven release must show.

    `paths` is what `pages_to_check` chose: a look without one of them proves nothing. `previous` are the
    manifests an edge may still hold: that of the last proven release and those switched to since.
    `versions_path` is empty where the site has no versions file.
    """

    release: ReleaseId
    manifest: Manifest
    bill: Bill
    paths: tuple[str, ...]
    previous: tuple[Manifest, ...] = ()
    versions_path: str = ""
    versions: Versions = {}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Every edge shows the release; `pages` of each were fetched."""

    edges: tuple[str, ...]
    pages: int


class Newer(msgspec.Struct, frozen=True, kw_only=True):
    """The site has moved on to `release`; there is nothing left to prove here."""

    release: ReleaseId


class NotYet(msgspec.Struct, frozen=True, kw_only=True):
    """An edge is behind; look again."""

    reason: str
    edge: str = ""


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """The site shows what no release of ours explains; `place` is the address."""

    reason: str
    place: str


Conclusion = Seen | Newer | NotYet | Wrong


def pages_to_check(
    manifest: Manifest, previous: Sequence[Manifest] = (), *, versions_path: str = "", limit: int = PAGES_MAX
) -> tuple[str, ...]:
    """The paths to fetch: the note, the entry page, the versions file and up to `limit` changed files.

    Pages come first, then files without a fingerprint, then the rest; among equals the digest of the content
    decides, which is the same choice every time and another one for every release.
    """
    fixed = [NOTE_PATH, *(path for path in (INDEX, versions_path.removeprefix("/")) if path)]
    changed = {path for old in previous or (None,) for path in difference(old, manifest).shown}

    def rank(path: str) -> tuple[int, str, str]:
        kind = 0 if is_page(path) else 2 if is_fingerprinted(path) else 1
        return kind, manifest.files[path].digest, path

    picked = sorted((path for path in changed if path not in fixed), key=rank)[:limit]
    known = [path for path in fixed if path in manifest.files]
    return tuple(dict.fromkeys((*known, *picked)))


def conclude(looks: Iterable[Look], expected: Expectation, *, live: Live | None) -> Conclusion:
    """Judge one round of looks; `live` was read after the last page was fetched.

    A wrong page outweighs a slow edge, and a slow edge one that has moved on. Where the site has moved on,
    what does not fit is not called wrong.
    """
    edges: list[str] = []
    found: list[Conclusion] = []
    for look in looks:
        edges.append(look.edge)
        if verdict := _of_edge(look, expected, live):
            found.append(verdict)
    for kind in (Wrong, NotYet, Newer):
        if first := next((verdict for verdict in found if isinstance(verdict, kind)), None):
            return first
    if not edges:
        return NotYet(reason="no edge is running")
    return Seen(edges=tuple(edges), pages=len(expected.paths))


def _of_edge(look: Look, expected: Expectation, live: Live | None) -> Conclusion | None:
    """What speaks against this edge showing the release; None when nothing does."""
    moved_on = Newer(release=live.release) if live and live.release != expected.release else None
    note_page = look.pages.get(NOTE_PATH)
    note = read_note(note_page.body) if note_page and note_page.status == _OK else None
    if note is None:
        status = f"answers {note_page.status} without a note" if note_page else "was not fetched"
        return NotYet(reason=f"/{NOTE_PATH} {status}", edge=look.edge)
    if note.build != expected.release:
        return _of_other_release(note, look.edge, expected, live)
    verdicts = [_of_page(look, path, expected) for path in (NOTE_PATH, *expected.paths)]
    faults = [verdict for verdict in verdicts if verdict]
    faults.sort(key=lambda verdict: not isinstance(verdict, Wrong))
    fault = faults[0] if faults else _of_versions(look, expected)
    return moved_on if moved_on and isinstance(fault, Wrong) else fault


def _of_other_release(note: BuildNote, edge: str, expected: Expectation, live: Live | None) -> Newer | NotYet:
    """While the pointer names the release, any other is on its way out, also one that a way back left."""
    behind = NotYet(reason=f"still shows {note.build}", edge=edge)
    if live and live.release == expected.release:
        return behind
    mine = expected.bill.generations
    shared = [(value, mine[place]) for place, value in note.generations.items() if place in mine]
    ahead = any(theirs > own for theirs, own in shared) and all(theirs >= own for theirs, own in shared)
    return Newer(release=note.build) if ahead or (live and note.build == live.release) else behind


def _of_page(look: Look, path: str, expected: Expectation) -> NotYet | Wrong | None:
    place = f"{look.edge.rstrip('/')}/{path}"
    page = look.pages.get(path)
    if page is None:
        return NotYet(reason=f"/{path} was not fetched", edge=look.edge)
    entry = expected.manifest.of(path)
    if page.status == _OK and entry and page.digest == entry.digest:
        return None
    if page.status == _OVERLOADED or page.status in _SERVER_ERRORS:
        return NotYet(reason=f"/{path} answers {page.status}", edge=look.edge)
    earlier = [previous.of(path) for previous in expected.previous]
    if page.status == _OK and any(old and page.digest == old.digest for old in earlier):
        return NotYet(reason=f"/{path} is still an earlier release's", edge=look.edge)
    if page.status in _GONE and (not earlier or None in earlier):
        return NotYet(reason=f"/{path} is not there yet", edge=look.edge)
    if page.status != _OK:
        return Wrong(reason=f"answers {page.status}", place=place)
    return Wrong(reason="the content is neither this release's nor an earlier one's", place=place)


def _of_versions(look: Look, expected: Expectation) -> Wrong | None:
    if not expected.versions_path:
        return None
    path = expected.versions_path.removeprefix("/")
    place = f"{look.edge.rstrip('/')}/{path}"
    page = look.pages.get(path)
    if page is None:
        return Wrong(
            reason="the release has no such file, and [verify] versions names it: "
            "the build has to write it, or the setting has to go",
            place=place,
        )
    try:
        found = differences(page.body, expected.versions, place=place)
    except UsageError as error:
        return Wrong(reason=error.message, place=place)
    if not found:
        return None
    more = len(found) - DIFFERENCES_SHOWN
    text = "; ".join(found[:DIFFERENCES_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return Wrong(reason=text, place=place)
