import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.errors import UsageError
from laststop.site.manifest import Manifest, ManifestEntry, entry_of, manifest_of, parse_manifest
from laststop.site.path import check_path
from laststop.words.digests import digest_of
from laststop.words.ids import Digest


def is_fine(path: str) -> bool:
    try:
        check_path(path)
    except UsageError:
        return False
    return True


paths = st.text(min_size=1, max_size=12).filter(is_fine)
sites = st.dictionaries(paths, st.binary(max_size=8), max_size=8)


def site(files: dict[str, bytes]) -> Manifest:
    return manifest_of((path, digest_of(content), len(content)) for path, content in files.items())


@given(sites)
def test_a_manifest_comes_back_as_it_was_written(files: dict[str, bytes]) -> None:
    manifest = site(files)
    again = parse_manifest(manifest.content)
    assert again == manifest
    assert again.content == manifest.content
    assert all(manifest.of(path) == entry_of(path, content) for path, content in files.items())


@given(sites)
def test_the_order_of_files_does_not_change_the_digest(files: dict[str, bytes]) -> None:
    assert site(dict(reversed(files.items()))).digest == site(files).digest


@given(sites, sites)
def test_other_files_have_another_digest(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert (site(one).digest == site(other).digest) is (one == other)


def test_the_bytes_of_a_manifest_are_its_public_form() -> None:
    """Releases written by an earlier version are compared with new ones: the form must not drift."""
    content = json.loads(site({"b.css": b"1", "a.html": b""}).content)
    assert list(content["files"]) == ["a.html", "b.css"]
    assert content["files"]["b.css"] == {
        "content_type": "text/css; charset=utf-8",
        "digest": digest_of(b"1"),
        "size_bytes": 1,
    }


def test_adding_and_leaving_out_a_path_leaves_the_original_alone() -> None:
    manifest = site({"a": b"1"})
    more = manifest.adding("b", entry_of("b", b"22"))
    assert more.without("b") == manifest
    assert (manifest.size_bytes, more.size_bytes) == (1, 3)
    assert more.digests == {digest_of(b"1"), digest_of(b"22")}
    assert manifest.of("b") is None


def test_a_path_given_twice_or_of_no_site_is_refused() -> None:
    with pytest.raises(UsageError, match="stands twice"):
        manifest_of([("a", digest_of(b""), 0), ("a", digest_of(b""), 0)])
    with pytest.raises(UsageError, match="plain relative"):
        manifest_of([("../a", digest_of(b""), 0)])


def stored(path: str = "a", **instead: object) -> bytes:
    entry = {"digest": "0" * 64, "size_bytes": 1, "content_type": "x", **instead}
    return json.dumps({"later": 1, "files": {path: entry}}).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is no manifest"),
        (b"\xff", "is no manifest"),
        (b"[" * 100_000, "is no manifest"),
        (b'{"files": []}', "is no manifest"),
        (b'{"files": {"a": {}}}', "is no manifest"),
        (stored("/a"), "plain relative"),
        (stored(digest="0" * 63), "digest or the size"),
        (stored(digest="Z" * 64), "digest or the size"),
        (stored(size_bytes=-1), "digest or the size"),
        (stored(size_bytes="1"), "is no manifest"),
    ],
)
def test_what_is_no_manifest_is_refused_by_name(content: bytes, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as caught:
        parse_manifest(content, place="releases/x")
    assert caught.value.place.startswith("releases/x")


def test_keys_of_a_later_version_are_passed_over() -> None:
    entry = ManifestEntry(digest=Digest("0" * 64), size_bytes=1, content_type="x")
    assert parse_manifest(stored(later=2)).files == {"a": entry}
