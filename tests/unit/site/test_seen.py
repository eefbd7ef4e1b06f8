"""What one look proves, edge by edge and page by page."""

from datetime import UTC, datetime

import msgspec
import pytest

from laststop.site.build_note import Stamped, stamp
from laststop.site.live import HighWater, Live
from laststop.site.manifest import Manifest, entry_of
from laststop.site.probe import Observation
from laststop.site.seen import (
    Expectation,
    Look,
    Newer,
    NotYet,
    Seen,
    Wrong,
    conclude,
    pages_to_check,
)
from laststop.words.bill import Bill, Revision, bill_of
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId, RunId

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EDGE = "http://127.0.0.1:8080"


def bill(generation: int) -> Bill:
    return bill_of(
        [Revision(action="routing", id=str(generation), location="docs/routing.zip", generation=generation)]
    )


def site(files: dict[str, bytes]) -> Manifest:
    return Manifest(files={path: entry_of(path, content) for path, content in files.items()})


def released(name: str, generation: int, files: dict[str, bytes]) -> tuple[Stamped, dict[str, bytes]]:
    stamped = stamp(site(files), run=RunId(name), bill=bill(generation))
    return stamped, {**files, "build.json": stamped.note}


OLD_FILES = {"index.html": b"old", "a.html": b"same", "gone.html": b"gone", "versions.json": b'{"bgp": "1"}'}
NEW_FILES = {"index.html": b"new", "a.html": b"same", "b.html": b"b", "versions.json": b'{"bgp": "2"}'}
OLD, OLD_PAGES = released("old", 1, OLD_FILES)
NEW, NEW_PAGES = released("new", 2, NEW_FILES)
NEXT, NEXT_PAGES = released("next", 3, {**NEW_FILES, "index.html": b"next"})
PATHS = pages_to_check(NEW.manifest, [OLD.manifest], versions_path="/versions.json")
EXPECTED = Expectation(
    release=NEW.release,
    manifest=NEW.manifest,
    bill=bill(2),
    paths=PATHS,
    previous=(OLD.manifest,),
    versions_path="/versions.json",
    versions={"routing": {"bgp": "2"}},
)


def shows(content: bytes, status: int = 200) -> Observation:
    return Observation(status=status, digest=digest_of(content), body=content)


def look(pages: dict[str, bytes], edge: str = EDGE, **instead: Observation) -> Look:
    shown = {path: shows(pages[path]) if path in pages else shows(b"no such page", 404) for path in PATHS}
    return Look(edge=edge, pages={**shown, **instead})


def live(stamped: Stamped) -> Live:
    run = RunId("any")
    return Live(
        release=stamped.release,
        run=run,
        bill=bill(0),
        epoch=1,
        high_water=HighWater(generations={}, decided_at=NOON, run=run),
        switched_at=NOON,
    )


def test_the_pages_checked_are_the_note_the_entry_the_versions_and_what_changed() -> None:
    assert PATHS == ("build.json", "index.html", "versions.json", "b.html")


def test_all_edges_showing_the_release_is_proof() -> None:
    looks = [look(NEW_PAGES, "http://e1"), look(NEW_PAGES, "http://e2")]
    assert conclude(looks, EXPECTED, live=live(NEW)) == Seen(edges=("http://e1", "http://e2"), pages=4)


def test_no_edge_proves_nothing() -> None:
    assert conclude([], EXPECTED, live=live(NEW)) == NotYet(reason="no edge is running")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (look(OLD_PAGES), f"still shows {OLD.release}"),
        (look(NEW_PAGES, **{"build.json": shows(b"not found", 404)}), "answers 404 without a note"),
        (look(NEW_PAGES, **{"build.json": shows(b"<html>")}), "answers 200 without a note"),
        (look(NEW_PAGES, **{"build.json": shows(NEW.note, 503)}), "answers 503 without a note"),
        (look(NEW_PAGES, **{"index.html": shows(b"old")}), "/index.html is still an earlier release's"),
        (look(NEW_PAGES, **{"b.html": shows(b"", 404)}), "/b.html is not there yet"),
        (look(NEW_PAGES, **{"b.html": shows(b"", 502)}), "/b.html answers 502"),
        (look(NEW_PAGES, **{"b.html": shows(b"", 429)}), "/b.html answers 429"),
        (Look(edge=EDGE, pages={"build.json": shows(NEW.note)}), "/index.html was not fetched"),
        (Look(edge=EDGE, pages={}), "/build.json was not fetched"),
    ],
)
def test_a_slow_edge_is_looked_at_again(seen: Look, reason: str) -> None:
    concluded = conclude([look(NEW_PAGES, "http://fast"), seen], EXPECTED, live=live(NEW))
    assert isinstance(concluded, NotYet)
    assert reason in concluded.reason
    assert concluded.edge == EDGE


@pytest.mark.parametrize(
    ("path", "page", "reason"),
    [
        ("index.html", shows(b"hacked"), "neither this release's nor an earlier one's"),
        ("index.html", shows(b"", 404), "answers 404"),
        ("b.html", shows(b"", 301), "answers 301"),
        ("b.html", shows(b"", 403), "answers 403"),
        ("b.html", shows(b"b", 206), "answers 206"),
        ("build.json", shows(NEW.note + b" "), "neither"),
    ],
)
def test_what_no_release_explains_is_wrong_and_says_where(path: str, page: Observation, reason: str) -> None:
    slow = look(OLD_PAGES, "http://slow")
    concluded = conclude([slow, look(NEW_PAGES, **{path: page})], EXPECTED, live=live(NEW))
    assert isinstance(concluded, Wrong)
    assert reason in concluded.reason
    assert concluded.place == f"{EDGE}/{path}"


def test_a_first_release_may_find_kept_answers_of_an_empty_site() -> None:
    first = msgspec.structs.replace(EXPECTED, previous=())
    seen = look(NEW_PAGES, **{"index.html": shows(b"", 404)})
    assert isinstance(conclude([seen], first, live=live(NEW)), NotYet)


@pytest.mark.parametrize(
    ("shown", "pointer", "newer"),
    [
        (NEXT_PAGES, NEXT, NEXT.release),
        (NEXT_PAGES, OLD, NEXT.release),  # and then back again: the bill tells that it is newer
        (OLD_PAGES, OLD, OLD.release),  # a way back: older, and nevertheless what the site moved on to
    ],
)
def test_a_site_that_has_moved_on_is_not_called_slow(
    shown: dict[str, bytes], pointer: Stamped, newer: ReleaseId
) -> None:
    assert conclude([look(shown)], EXPECTED, live=live(pointer)) == Newer(release=newer)


def test_pages_of_a_release_switched_to_while_looking_are_not_wrong() -> None:
    seen = look(NEW_PAGES, **{"index.html": shows(b"next")})
    assert conclude([seen], EXPECTED, live=live(NEXT)) == Newer(release=NEXT.release)
    assert isinstance(conclude([seen], EXPECTED, live=live(NEW)), Wrong)


def test_after_a_way_back_the_release_that_was_left_is_a_slow_edge_and_not_a_newer_one() -> None:
    """Its documents are higher, and the pointer says that it is not what readers should see."""
    assert conclude([look(NEXT_PAGES)], EXPECTED, live=live(NEW)) == NotYet(
        reason=f"still shows {NEXT.release}", edge=EDGE
    )


def test_pages_that_differ_from_any_release_an_edge_may_hold_are_checked() -> None:
    proven, unproven = site({"a.html": b"1", "b.html": b"2"}), site({"a.html": b"2", "b.html": b"1"})
    assert pages_to_check(unproven, [proven, unproven]) == pages_to_check(unproven, [unproven, proven])
    assert set(pages_to_check(unproven, [proven, unproven])) == {"a.html", "b.html"}


def test_an_unknown_release_that_is_not_newer_is_a_slow_edge() -> None:
    mixed = msgspec.structs.replace(EXPECTED, bill=bill(7))
    assert isinstance(conclude([look(NEXT_PAGES)], mixed, live=live(OLD)), NotYet)
    assert isinstance(conclude([look(NEXT_PAGES)], mixed, live=None), NotYet)


def test_a_slow_edge_outweighs_one_that_moved_on() -> None:
    looks = [look(NEXT_PAGES, "http://e1"), look(OLD_PAGES, "http://e2")]
    assert isinstance(conclude(looks, EXPECTED, live=live(NEXT)), NotYet)


def test_a_page_that_shows_other_versions_than_the_documents_is_wrong() -> None:
    active = {f"a{number}": "1" for number in range(8)}
    wanted = msgspec.structs.replace(EXPECTED, versions={"routing": {"bgp": "3", **active}})
    concluded = conclude([look(NEW_PAGES)], wanted, live=live(NEW))
    assert isinstance(concluded, Wrong)
    assert concluded.place == f"{EDGE}/versions.json"
    assert concluded.reason.startswith("a0 is missing, 1 is active; a1 is missing")
    assert concluded.reason.endswith("; and 4 more")


def test_a_versions_file_the_release_lacks_or_that_is_none_is_wrong() -> None:
    lacks = msgspec.structs.replace(EXPECTED, versions_path="/other.json")
    concluded = conclude([look(NEW_PAGES)], lacks, live=live(NEW))
    assert isinstance(concluded, Wrong)
    assert "the release has no such file" in concluded.reason
    page = msgspec.structs.replace(EXPECTED, versions_path="/index.html")
    concluded = conclude([look(NEW_PAGES)], page, live=live(NEW))
    assert isinstance(concluded, Wrong)
    assert "is no JSON" in concluded.reason


def test_without_a_versions_path_no_versions_are_compared() -> None:
    plain = msgspec.structs.replace(EXPECTED, versions_path="", versions={"routing": {"bgp": "9"}})
    assert isinstance(conclude([look(NEW_PAGES)], plain, live=live(NEW)), Seen)


def test_of_many_changes_fifty_are_picked_pages_first_and_always_the_same() -> None:
    files = {f"{number}.html": str(number).encode() for number in range(60)}
    files |= {f"{number}.css": b"c" for number in range(9)} | {"app-3f9c01ab.js": b"j"}
    picked = pages_to_check(site(files))
    assert picked == pages_to_check(site(dict(reversed(files.items()))))
    assert len(picked) == 50
    assert all(path.endswith(".html") for path in picked)
    few = pages_to_check(site({"b.js": b"1", "app-3f9c01ab.js": b"2", "z.html": b"3", "index.html": b"4"}))
    assert few == ("index.html", "z.html", "b.js", "app-3f9c01ab.js")
