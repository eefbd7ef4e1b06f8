"""The purge plan, held against CloudFront's matching rules."""

from time import process_time
from urllib.parse import quote
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.site.manifest import Manifest, entry_of
from laststop.site.path import is_fingerprinted
from laststop.site.plan import difference
from laststop.site.purge import PATHS_MAX, WILDCARDS_MAX, PurgePlan, plan_purge, reference_of
from laststop.words.ids import ReleaseId

RFC3986_PATH = "/!$&'()*+,;=:@~-._"


def site(files: dict[str, bytes]) -> Manifest:
    return Manifest(files={path: entry_of(path, content) for path, content in files.items()})


def forgets(plan: PurgePlan, path: str) -> bool:
    """Whether CloudFront forgets what a browser asks for at this path."""
    asked = "/" + quote(path, safe=RFC3986_PATH)
    return any(
        asked.startswith(pattern[:-1]) if pattern.endswith("*") else asked == pattern
        for pattern in plan.paths
    )


def planned(old: dict[str, bytes], new: dict[str, bytes]) -> tuple[str, ...]:
    return plan_purge(site(new), served=[site(old)]).paths


def test_without_a_known_release_everything_is_purged() -> None:
    assert plan_purge(site({"a": b"1"}), served=()).paths == ("/*",)


def test_equal_sites_need_no_purge() -> None:
    assert planned({"a": b"1"}, {"a": b"1"}) == ()


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ({"a.html": b"1"}, {"a.html": b"2"}, ("/a.html",)),
        ({"a.html": b"1"}, {}, ("/a.html",)),
        ({}, {"a.html": b"1"}, ("/a.html",)),
        ({"index.html": b"1"}, {"index.html": b"2"}, ("/", "/index.html")),
        ({"d/index.html": b"1"}, {"d/index.html": b"2"}, ("/d/", "/d/index.html")),
        ({}, {"d/index.html": b"2"}, ("/d", "/d/", "/d/index.html")),
        ({"d/index.html": b"2"}, {}, ("/d", "/d/", "/d/index.html")),
        ({}, {"app-3f9c01ab.js": b"1"}, ("/app-3f9c01ab.js",)),
        ({"app-3f9c01ab.js": b"1"}, {}, ()),
        ({"app-3f9c01ab.js": b"1"}, {"app-3f9c01ab.js": b"2"}, ("/app-3f9c01ab.js",)),
        ({}, {"ü b.html": b"1"}, ("/%C3%BC%20b.html",)),
        ({}, {'a(b)&c+d=e"f%.html': b"1"}, ("/a(b)&c+d=e%22f%25.html",)),
        ({}, {"d/~me.html": b"1"}, ("/d/*",)),
        ({}, {"d/a?b~.html": b"1"}, ("/d/a*",)),
        ({}, {"..~x": b"1"}, ("/*",)),
        ({}, {"a*b.html": b"1"}, ("/a*b.html",)),
    ],
)
def test_what_is_purged(old: dict[str, bytes], new: dict[str, bytes], paths: tuple[str, ...]) -> None:
    assert planned(old, new) == paths


def test_a_release_whose_own_purge_failed_is_purged_with_the_next() -> None:
    first, second, third = site({"a": b"1"}), site({"a": b"2", "b": b"2"}), site({"a": b"1"})
    assert plan_purge(third, served=[first]).paths == ()
    assert plan_purge(third, served=[first, second]).paths == ("/a", "/b")


def ten_thousand() -> dict[str, bytes]:
    return {f"{part}/{page}.html": b"1" for part in range(100) for page in range(100)}


def test_one_metadata_change_in_a_large_site_costs_five_paths_at_most() -> None:
    old = {**ten_thousand(), "index.html": b"1", "versions.json": b"1", "build.json": b"1"}
    changes = {"index.html": b"2", "versions.json": b"2", "build.json": b"2", "7/7.html": b"2"}
    assert planned(old, {**old, **changes}) == (
        "/",
        "/7/7.html",
        "/build.json",
        "/index.html",
        "/versions.json",
    )


def test_a_changed_directory_collapses_without_touching_its_neighbours() -> None:
    old = {**ten_thousand(), "index.html": b"1"}
    changes = {path: b"2" for path in old if path.startswith("7/")}
    assert planned(old, {**old, **changes, "index.html": b"2"}) == ("/", "/7/*", "/index.html")


def test_of_two_directories_the_one_without_untouched_files_collapses() -> None:
    """The other would save more paths, and would make the edge fetch a page again that did not change."""
    whole = {f"whole/{number}.html": b"1" for number in range(11)}
    partly = {f"partly/{number}.html": b"1" for number in range(29)}
    old = {**whole, **partly, "partly/same.html": b"1"}
    new = {**dict.fromkeys([*whole, *partly], b"2"), "partly/same.html": b"1"}
    assert planned(old, new) == tuple(sorted(["/whole/*", *(f"/{path}" for path in partly)]))


def test_many_small_directories_collapse_to_their_parent_within_the_wildcards_allowed() -> None:
    old = {f"p/{part}/{page}.html": b"1" for part in range(40) for page in range(2)} | {"q.html": b"1"}
    new = {**dict.fromkeys(old, b"2"), "q.html": b"1"}
    assert planned(old, new) == ("/p/*",)
    assert planned({**old, "p/same": b"1"}, {**new, "p/same": b"1"}) == ("/p/*",)


def test_changes_everywhere_collapse_to_everything() -> None:
    old = ten_thousand()
    assert planned(old, dict.fromkeys(old, b"2")) == ("/*",)


def test_a_large_scattered_change_is_planned_in_no_time() -> None:
    old = ten_thousand()
    started = process_time()
    paths = planned(old, {path: b"2" if path.endswith("1.html") else b"1" for path in old})
    assert len(paths) <= PATHS_MAX
    assert process_time() - started < 5


parts = st.text(st.sampled_from("ab~?%*é ü#'[]"), min_size=1, max_size=3)
names = st.sampled_from(["index.html", "x.html", "y.css", "z-3f9c01ab.js"])
paths = st.builds(lambda folders, name: "/".join([*folders, name]), st.lists(parts, max_size=3), names)
contents = st.sampled_from([b"1", b"2"])
sites = st.dictionaries(paths, contents, max_size=60)


@given(st.lists(sites, min_size=1, max_size=3), sites)
def test_no_edge_keeps_anything_older_than_the_new_release(
    served: list[dict[str, bytes]], new: dict[str, bytes]
) -> None:
    plan = plan_purge(site(new), served=[site(old) for old in served])
    assert len(plan.paths) <= PATHS_MAX
    assert plan.wildcards <= WILDCARDS_MAX
    for old in served:
        change = difference(site(old), site(new))
        removed = [path for path in change.removed if not is_fingerprinted(path)]
        for path in (*change.shown, *removed):
            assert forgets(plan, path)
            if path.endswith("/index.html") or path == "index.html":
                assert forgets(plan, path.removesuffix("index.html"))
        for path in (*change.added, *removed):
            if path.endswith("/index.html"):
                assert forgets(plan, path.removesuffix("/index.html"))


@given(st.lists(st.integers(0, 4), min_size=3, max_size=3), st.integers(0, 2**40))
def test_large_plans_stay_within_the_bounds_and_cover(shape: list[int], seed: int) -> None:
    width, depth, every = (number + 1 for number in shape)
    old = {
        "/".join([*(f"d{(number >> level) % width}" for level in range(depth)), f"{number}.html"]): b"1"
        for number in range(300)
    }
    new = {path: b"2" if (crc32(path.encode()) ^ seed) % every == 0 else b"1" for path in old}
    plan = plan_purge(site(new), served=[site(old)])
    assert len(plan.paths) <= PATHS_MAX
    assert plan.wildcards <= WILDCARDS_MAX
    assert all(forgets(plan, path) for path in old if old[path] != new[path])
    assert all(path.isascii() and path.startswith("/") and len(path) < 4000 for path in plan.paths)


def test_a_reference_is_equal_for_equal_paths_and_only_then() -> None:
    release = ReleaseId("r1")
    assert reference_of(release, ["/a", "/b"]) == reference_of(release, ("/b", "/a", "/a"))
    assert reference_of(release, ["/a"]) != reference_of(release, ["/b"])
    assert reference_of(release, ["/a"]) != reference_of(ReleaseId("r2"), ["/a"])
    assert reference_of(release, ["/a"]).startswith("r1-")
