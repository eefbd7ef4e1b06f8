"""A release in place: the order of writes, kills at every one of them, and others who write as well."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.errors import ConflictError, NotFoundError, TransientError, UsageError
from laststop.homes.aws.blob_bucket import BlobBucket
from laststop.homes.aws.site_bucket import INDEX_KEY, SiteBucket
from laststop.site.manifest import Manifest, entry_of
from laststop.site.releases import Blob
from laststop.words.digests import digest_of
from unit.homes.aws.bucket_fake import AT, Broken, FakeBucket

APP = "assets/app-3f9c01ab.js"
APP_TWO = "assets/app-77c0ffee.js"


def manifest(files: dict[str, bytes]) -> Manifest:
    return Manifest(files={path: entry_of(path, content) for path, content in files.items()})


def stored(bucket: FakeBucket, *releases: dict[str, bytes]) -> BlobBucket:
    """Blobs that a process before us stored: nothing of them is in memory."""
    earlier = BlobBucket(bucket, lambda: AT)
    for files in releases:
        for content in files.values():
            earlier.put(content)
    bucket.writes.clear()
    return BlobBucket(bucket, lambda: AT)


def site(bucket: FakeBucket, *releases: dict[str, bytes]) -> SiteBucket:
    return SiteBucket(bucket, stored(bucket, *releases), ttl_seconds=300)


def always() -> bool:
    return True


def pages(bucket: FakeBucket) -> list[str]:
    return [key.removeprefix("site/") for key in bucket.writes if key.startswith("site/")]


ONE = {
    "index.html": b"one",
    "a.html": b"a1",
    "b.html": b"b",
    "style.css": b"s",
    APP: b"app",
    "build.json": b"1",
}
TWO = {"index.html": b"two", "a.html": b"a2", "b.html": b"b", APP_TWO: b"app2", "build.json": b"2"}


def test_what_pages_refer_to_is_written_before_them_and_the_note_last():
    bucket = FakeBucket()
    site(bucket, ONE).show(manifest(ONE), mine=always)
    written = pages(bucket)
    assert written[:2] == [APP, "style.css"]
    assert sorted(written[2:4]) == ["a.html", "b.html"]
    assert written[4:] == ["index.html", "build.json"]
    assert bucket.shown() == ONE


def test_only_what_differs_is_written_and_old_pages_go_when_the_new_ones_stand():
    bucket = FakeBucket()
    shelf = site(bucket, ONE, TWO)
    shelf.show(manifest(ONE), mine=always)
    bucket.writes.clear()
    assert shelf.show(manifest(TWO), mine=always) == 4
    assert pages(bucket) == [APP_TWO, "a.html", "index.html", "build.json"]
    assert [key for key in bucket.writes if key.startswith("-")] == ["-site/style.css"]
    assert bucket.shown() == {**TWO, APP: b"app"}, "an open page may still ask for the old chunk"


def test_a_way_back_writes_the_changed_pages_again():
    bucket = FakeBucket()
    shelf = site(bucket, ONE, TWO)
    for files in (ONE, TWO, ONE):
        bucket.writes.clear()
        shelf.show(manifest(files), mine=always)
    assert pages(bucket) == ["style.css", "a.html", "index.html", "build.json"]


def test_showing_what_is_shown_writes_nothing():
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    shelf.show(manifest(ONE), mine=always)
    bucket.writes.clear()
    assert shelf.show(manifest(ONE), mine=always) == 0
    assert bucket.writes == []


def test_names_that_come_again_are_kept_shortly_and_those_with_a_fingerprint_for_ever():
    bucket = FakeBucket()
    site(bucket, ONE).show(manifest(ONE), mine=always)
    headers = {key: found[1] for key, found in bucket.objects.items()}
    assert "immutable" in headers[f"site/{APP}"]["Cache-Control"]
    assert headers["site/a.html"]["Cache-Control"] == "public, max-age=0, must-revalidate, s-maxage=300"
    assert headers["site/a.html"]["Content-Type"] == "text/html; charset=utf-8"


def test_a_file_that_somebody_else_changed_is_written_anew_and_what_they_put_beside_is_let_be():
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    shelf.show(manifest(ONE), mine=always)
    bucket.put("site/a.html", b"vandal", headers={})
    bucket.put("site/robots.txt", b"theirs", headers={})
    assert shelf.show(manifest(ONE), mine=always) == 1
    assert bucket.shown() == {**ONE, "robots.txt": b"theirs"}


@pytest.mark.parametrize("index", [b"", b"[1]", b'{"files": {"a.html": 5}}'], ids=["empty", "list", "broken"])
def test_an_index_that_is_lost_or_broken_costs_writes_and_nothing_else(index):
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    shelf.show(manifest(ONE), mine=always)
    bucket.put(INDEX_KEY, index, headers={})
    assert shelf.show(manifest(ONE), mine=always) == len(ONE)
    assert bucket.shown() == ONE


@pytest.mark.parametrize("after", range(14))
def test_killed_at_any_write_the_next_one_ends_with_exactly_its_release(after):
    bucket = FakeBucket()
    site(bucket, ONE, TWO).show(manifest(ONE), mine=always)
    bucket.after = after
    with contextlib.suppress(Broken):
        site_again(bucket).show(manifest(TWO), mine=always)
    bucket.after = None
    for files in (ONE, TWO):
        site_again(bucket).show(manifest(files), mine=always)
        shown = bucket.shown()
        assert {path: shown[path] for path in files} == files
        assert {path for path in shown if path not in files} <= {APP, APP_TWO}


def site_again(bucket: FakeBucket) -> SiteBucket:
    return SiteBucket(bucket, BlobBucket(bucket, lambda: AT), ttl_seconds=300)


def test_whoever_lost_the_turn_writes_no_further_batch():
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    turns = iter([True, True, False])
    with pytest.raises(ConflictError):
        shelf.show(manifest(ONE), mine=lambda: next(turns))
    assert pages(bucket) == [APP, "style.css"], "no page"


def test_a_page_that_somebody_wrote_between_plan_and_write_is_not_overwritten_blindly():
    """The other's page is seen in the next look, and then replaced on condition that it still stands."""
    bucket = FakeBucket()
    shelf = site(bucket, ONE, TWO)
    shelf.show(manifest(ONE), mine=always)
    once = iter([True])

    def meanwhile(key: str) -> None:
        if key == "site/a.html" and next(once, False):
            bucket.objects[key] = (b"other", {}, '"other"')

    bucket.meanwhile = meanwhile
    shelf.show(manifest(TWO), mine=always)
    assert bucket.shown()["a.html"] == b"a2"


def test_a_writer_who_never_stops_becomes_try_again():
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    count = iter(range(10_000))

    def meanwhile(key: str) -> None:
        if key == "site/a.html":
            bucket.objects[key] = (b"other", {}, f'"other-{next(count)}"')

    bucket.meanwhile = meanwhile
    with pytest.raises(TransientError, match="somebody else"):
        shelf.show(manifest(ONE), mine=always)


def test_files_with_a_fingerprint_are_tidied_once_no_kept_release_has_them():
    bucket = FakeBucket()
    shelf = site(bucket, ONE, TWO)
    for files in (ONE, TWO):
        shelf.show(manifest(files), mine=always)
    assert shelf.tidy(frozenset({*ONE, *TWO}), mine=always) == 0
    assert shelf.tidy(frozenset(TWO), mine=lambda: False) == 0
    assert shelf.tidy(frozenset(TWO), mine=always) == 1
    assert bucket.shown() == TWO


def test_what_was_stored_a_moment_ago_is_not_read_back():
    bucket = FakeBucket()
    blobs = BlobBucket(bucket, lambda: AT)
    for content in ONE.values():
        blobs.put(content)
    SiteBucket(bucket, blobs, ttl_seconds=1).show(manifest(ONE), mine=always)
    assert [key for key in bucket.reads if key.startswith("blobs/")] == []


def test_a_blob_that_comes_back_as_something_else_is_never_shown():
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    bucket.objects[f"blobs/{digest_of(b'a1')}"] = (b"lie", {}, '"x"')
    with pytest.raises(TransientError, match="not what was stored"):
        shelf.show(manifest(ONE), mine=always)
    assert "a.html" not in bucket.shown()


def test_a_blob_that_is_gone_is_said_to_be():
    bucket = FakeBucket()
    shelf = site(bucket, ONE)
    del bucket.objects[f"blobs/{digest_of(b'a1')}"]
    with pytest.raises(NotFoundError):
        shelf.show(manifest(ONE), mine=always)


def test_many_questions_are_answered_by_a_listing():
    bucket = FakeBucket()
    blobs = stored(bucket, {str(n): str(n).encode() for n in range(0, 1000, 2)})
    wanted = [digest_of(str(n).encode()) for n in range(1000)]
    assert blobs.missing(wanted) == {digest_of(str(n).encode()) for n in range(1, 1000, 2)}


def test_one_lying_blob_of_many_stores_nothing_under_its_digest():
    bucket = FakeBucket()
    good = [Blob(digest=digest_of(c), size_bytes=len(c), chunks=[c]) for c in (b"x", b"y")]
    with pytest.raises(UsageError, match="as announced"):
        BlobBucket(bucket, lambda: AT).put_many(
            [*good, Blob(digest=digest_of(b"z"), size_bytes=3, chunks=[b"lie"])]
        )
    assert f"blobs/{digest_of(b'z')}" not in bucket.objects


PATHS = ["index.html", "a.html", "d/index.html", "style.css", APP, APP_TWO, "build.json"]
RELEASE = st.dictionaries(st.sampled_from(PATHS), st.sampled_from([b"1", b"2", b""]), min_size=1)


@given(releases=st.lists(st.tuples(RELEASE, st.one_of(st.none(), st.integers(0, 9))), min_size=1, max_size=5))
def test_whatever_came_before_the_last_release_shown_to_the_end_is_what_readers_get(releases):
    bucket = FakeBucket()
    for files, after in releases:
        stored(bucket, files)
        bucket.after = after
        with contextlib.suppress(Broken):
            site_again(bucket).show(manifest(files), mine=always)
        bucket.after = None
    last = releases[-1][0]
    site_again(bucket).show(manifest(last), mine=always)
    shown = bucket.shown()
    assert {path: shown[path] for path in last} == last
    assert {path for path in shown if path not in last} <= {APP, APP_TWO}


def test_a_content_written_long_ago_is_sent_again_and_one_nobody_wants_goes_a_month_later():
    bucket = FakeBucket()
    now = [AT]
    blobs = BlobBucket(bucket, lambda: now[0])
    wanted, unwanted = blobs.put(b"wanted"), blobs.put(b"unwanted")
    later = BlobBucket(bucket, lambda: now[0])
    now[0] = AT + timedelta(days=6)
    assert later.missing([wanted]) == frozenset()
    now[0] = AT + timedelta(days=8)
    assert BlobBucket(bucket, lambda: now[0]).missing([wanted]) == {wanted}
    assert later.remove_old({wanted}) == 0
    now[0] = AT + timedelta(days=31)
    assert later.remove_old({wanted}) == 1
    assert set(bucket.objects) == {f"blobs/{wanted}"}
    assert later.missing([unwanted]) == {unwanted}
