import pytest

from laststop.homes.embedded.edge.purge import purge_of
from laststop.homes.embedded.edge.site_reader import PIECE_BYTES, WHOLE_BYTES
from laststop.words.digests import digest_of
from unit.homes.edge_fakes import FakeOrigin, one, play

OLD, NEW = b"<p>old</p>", b"<p>new</p>"


@pytest.fixture
def origin():
    made = FakeOrigin()
    yield made
    made.gate.set()


def test_a_page_is_a_miss_once_and_then_a_hit_that_ages(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        first = await edge.get("/")
        edge.now += 7.9
        return first, await edge.get("/?utm=1")

    first, second = play(origin, scenario)
    assert (first.status, first.cache, first.body) == (200, "Miss", OLD)
    assert "age" not in first.headers
    assert (second.status, second.cache, second.headers["age"], second.body) == (200, "Hit", "7", OLD)
    assert second.headers["content-type"] == "text/html; charset=utf-8"
    assert second.headers["content-length"] == str(len(OLD))
    assert second.headers["etag"] == f'"{digest_of(OLD)}"'
    assert second.headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert second.headers["x-content-type-options"] == "nosniff"
    assert second.headers["x-laststop-release"] == "r1"
    assert origin.reads == [digest_of(OLD)]


def test_the_release_may_say_itself_what_browsers_keep(origin):
    origin.ship("r1", {"a.css": b"a"}, a="public, max-age=60")
    assert one(origin, "/a.css").headers["cache-control"] == "public, max-age=60"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/docs/../../secret",
        "/%00",
        "/%zz",
        "/%ff",
        "/a%0d%0ab",
    ],
)
def test_no_spelling_leaves_the_site(origin, path):
    origin.ship("r1", {"index.html": OLD, "secret": b"s"})
    reply = one(origin, path)
    assert reply.status == 400
    assert reply.headers["connection"] == "close"
    assert origin.reads == []


@pytest.mark.parametrize(
    "path", ["/....//secret", "/%252e%252e/secret", "/..%5csecret", "/SECRET", "/secret%20"]
)
def test_what_only_looks_like_a_file_is_missing(origin, path):
    origin.ship("r1", {"secret": b"s"})
    assert one(origin, path).status == 404


@pytest.mark.parametrize("path", ["//docs//a.html", "/docs/./a.html", "/x/../docs/a.html", "/docs%2Fa.html"])
def test_spellings_of_one_path_share_one_entry(origin, path):
    origin.ship("r1", {"docs/a.html": OLD})

    async def scenario(edge):
        await edge.get("/docs/a.html")
        return await edge.get(path)

    reply = play(origin, scenario)
    assert (reply.status, reply.cache, reply.body) == (200, "Hit", OLD)


def test_a_directory_moves_to_its_slash_and_keeps_the_query(origin):
    origin.ship("r1", {"docs/index.html": OLD})

    async def scenario(edge):
        return [await edge.get(path) for path in ("/docs?a=1", "/docs?b=2", "/docs", "//docs", "/docs/")]

    first, second, third, doubled, page = play(origin, scenario)
    assert [first.status, second.status, third.status, doubled.status] == [308] * 4
    assert first.headers["location"] == "/docs/?a=1"
    assert (second.headers["location"], second.cache) == ("/docs/?b=2", "Hit")
    assert third.headers["location"] == doubled.headers["location"] == "/docs/"
    assert page.body == OLD


@pytest.mark.parametrize(
    "path", ["//evil.example", "/%2fevil.example", "/%5cevil.example", "/\\evil.example"]
)
def test_a_redirect_never_names_another_host(origin, path):
    origin.ship("r1", {"evil.example/index.html": OLD, "\\evil.example/index.html": OLD})
    location = one(origin, path).headers["location"]
    assert location in ("/evil.example/", "/%5Cevil.example/")


def test_a_missing_page_shows_the_sites_own(origin):
    origin.ship("r1", {"404.html": b"<h1>ours</h1>"})

    async def scenario(edge):
        return [await edge.get(path) for path in ("/nope", "/nope", "/other", "/404.html")]

    first, again, other, page = play(origin, scenario)
    assert (first.status, first.body, first.cache) == (404, b"<h1>ours</h1>", "Miss")
    assert (again.status, again.cache) == (404, "Hit")
    assert "etag" not in again.headers
    assert other.status == 404
    assert page.status == 200
    assert origin.reads.count(digest_of(b"<h1>ours</h1>")) == 2


def test_without_one_it_shows_a_small_page(origin):
    origin.ship("r1", {"index.html": OLD})
    reply = one(origin, "/nope")
    assert reply.status == 404
    assert b"no such page" in reply.body
    assert reply.headers["content-length"] == str(len(reply.body))


def test_an_absence_is_believed_for_ten_seconds_only(origin):
    origin.ship("r1", {})

    async def scenario(edge):
        await edge.get("/a.html")
        origin.ship("r2", {"a.html": NEW})
        edge.now += 9
        during = await edge.get("/a.html")
        edge.now += 2
        return during, await edge.get("/a.html")

    during, after = play(origin, scenario)
    assert (during.status, during.cache) == (404, "Hit")
    assert (after.status, after.body) == (200, NEW)


def test_before_anything_is_live_the_edge_says_so_and_remembers_nothing(origin):
    async def scenario(edge):
        before = await edge.get("/")
        origin.ship("r1", {"index.html": NEW})
        return before, await edge.get("/")

    before, after = play(origin, scenario)
    assert (before.status, before.headers["cache-control"]) == (503, "no-store")
    assert int(before.headers["retry-after"]) > 0
    assert b"Nothing is live yet" in before.body
    assert (after.status, after.body) == (200, NEW)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_only_reading_is_allowed(origin, method):
    reply = one(origin, "/", method=method)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD")


def test_a_strange_host_is_refused_even_when_the_page_is_cached(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        await edge.get("/")
        return [
            await edge.get("/", host=b"evil.example"),
            await edge.get("/", host=None),
            await edge.get("/", headers=[(b"host", b"localhost")]),
            await edge.get("/", host=b"localhost:99"),
        ]

    assert [reply.status for reply in play(origin, scenario)] == [421, 400, 400, 200]


def test_a_path_beyond_the_limit_is_too_long(origin):
    assert one(origin, "/" + "a" * 4000).status == 414


def test_a_known_etag_gets_a_304_without_a_body(origin):
    origin.ship("r1", {"index.html": OLD, "404.html": b"x"})
    etag = f'"{digest_of(OLD)}"'.encode()

    async def scenario(edge):
        values = (etag, b"W/" + etag, b'"x", ' + etag, b"*", b'"x"')
        known = [await edge.get("/", headers=[(b"if-none-match", value)]) for value in values]
        return known, await edge.get("/nope", headers=[(b"if-none-match", b"*")])

    known, missing = play(origin, scenario)
    assert [reply.status for reply in known] == [304, 304, 304, 304, 200]
    assert [reply.cache for reply in known[:2]] == ["Miss", "Hit"]
    assert known[1].body == b""
    assert "content-length" not in known[1].headers
    assert known[1].headers["etag"] == etag.decode()
    assert known[1].headers["cache-control"] == "public, max-age=0, must-revalidate"
    assert missing.status == 404


def test_a_range_is_served_in_part(origin):
    origin.ship("r1", {"a.bin": b"0123456789"})

    async def scenario(edge):
        async def part(value, **request):
            return await edge.get("/a.bin", headers=[(b"range", value)], **request)

        parts = [await part(value) for value in (b"bytes=2-4", b"bytes=-2", b"bytes=99-", b"bytes=0-1,3-4")]
        return *parts, await part(b"bytes=0-1", method="HEAD")

    middle, tail, outside, several, head = play(origin, scenario)
    assert (middle.status, middle.body, middle.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert middle.headers["content-length"] == "3"
    assert tail.body == b"89"
    assert (outside.status, outside.headers["content-range"], outside.body) == (416, "bytes */10", b"")
    assert (several.status, several.body) == (200, b"0123456789")
    assert head.status == 200


def test_an_empty_file_is_a_page_like_any_other(origin):
    origin.ship("r1", {"empty.html": b""})

    async def scenario(edge):
        return await edge.get("/empty.html"), await edge.get("/empty.html")

    assert [(reply.status, reply.body) for reply in play(origin, scenario)] == [(200, b""), (200, b"")]


def test_an_entry_past_its_time_is_asked_for_again_but_not_read_again(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        await edge.get("/")
        origin.ship("r2", {"index.html": OLD})
        edge.now += 59
        before = await edge.get("/")
        edge.now += 1
        return before, await edge.get("/"), await edge.get("/")

    before, renewed, after = play(origin, scenario)
    assert before.headers["x-laststop-release"] == "r1"
    assert (renewed.cache, renewed.headers["age"], renewed.headers["x-laststop-release"]) == (
        "Hit",
        "0",
        "r2",
    )
    assert after.headers["x-laststop-release"] == "r2"
    assert origin.reads == [digest_of(OLD)]


def test_new_content_shows_when_the_time_is_over_and_not_before(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        await edge.get("/")
        origin.ship("r2", {"index.html": NEW})
        early = await edge.get("/")
        edge.now += 60
        return early, await edge.get("/")

    early, late = play(origin, scenario)
    assert early.body == OLD
    assert (late.body, late.cache) == (NEW, "Miss")


def test_a_ttl_of_nothing_asks_each_time(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        await edge.get("/")
        origin.ship("r2", {"index.html": NEW})
        return await edge.get("/")

    assert play(origin, scenario, ttl=0).body == NEW


def test_while_the_origin_fails_the_cached_page_helps_out_for_a_bounded_time(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        await edge.get("/")
        origin.failure = OSError("disk gone")
        edge.now += 61
        stale = await edge.get("/")
        unknown = await edge.get("/unknown")
        edge.now += 3600
        too_old = await edge.get("/")
        origin.failure = None
        return stale, unknown, too_old, await edge.get("/")

    stale, unknown, too_old, back = play(origin, scenario)
    assert (stale.status, stale.body, stale.cache, stale.headers["age"]) == (200, OLD, "Hit", "61")
    assert (unknown.status, unknown.headers["cache-control"]) == (503, "no-store")
    assert "retry-after" in unknown.headers
    assert too_old.status == 503
    assert back.body == OLD


def test_a_purged_page_does_not_come_back_because_the_origin_fails(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        await edge.get("/")
        edge.cache.purge(purge_of(("/",)))
        origin.failure = OSError("disk gone")
        return await edge.get("/")

    assert play(origin, scenario).status == 503


def test_a_blob_with_other_content_is_never_shown(origin):
    origin.ship("r1", {"index.html": OLD})
    origin.blobs[digest_of(OLD)] = NEW
    assert one(origin, "/").status == 503


def test_a_large_file_is_passed_on_in_pieces_and_not_kept(origin):
    content = bytes(range(256)) * (WHOLE_BYTES // 256) + b"tail"
    origin.ship("r1", {"big.bin": content})

    async def scenario(edge):
        last = await edge.get("/big.bin", headers=[(b"range", b"bytes=-6")])
        across = await edge.get(
            "/big.bin", headers=[(b"range", b"bytes=%d-%d" % (PIECE_BYTES - 2, PIECE_BYTES + 1))]
        )
        return (
            await edge.get("/big.bin"),
            await edge.get("/big.bin"),
            last,
            across,
            edge.cache.get("/big.bin"),
        )

    first, second, last, across, kept = play(origin, scenario)
    assert first.body == second.body == content
    assert second.cache == "Miss"
    assert (last.status, last.body) == (206, content[-6:])
    assert across.body == content[PIECE_BYTES - 2 : PIECE_BYTES + 2]
    assert kept is None
