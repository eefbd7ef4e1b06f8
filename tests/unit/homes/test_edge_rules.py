import pytest

from laststop.errors import ConflictError, UsageError
from laststop.homes.embedded.edge.address import LIMIT_BYTES, cache_key, encoded
from laststop.homes.embedded.edge.answer import Answer, own_answer, with_charset
from laststop.homes.embedded.edge.cache import Cache, Shelf
from laststop.homes.embedded.edge.conditions import Span, Unsatisfiable, names_etag, wanted_span
from laststop.homes.embedded.edge.freshness import IMMUTABLE, REVALIDATE, browser_freshness
from laststop.homes.embedded.edge.hosts import Hosts
from laststop.homes.embedded.edge.lookup import Found, Missing, Moved, look_up
from laststop.homes.embedded.edge.origin import SiteFile
from laststop.homes.embedded.edge.own_pages import bad_request
from laststop.homes.embedded.edge.purge import References, purge_of

KEYS = {
    b"/": "/",
    b"//": "/",
    b"/.": "/",
    b"/a": "/a",
    b"/a/": "/a/",
    b"//a///b": "/a/b",
    b"/a/./b": "/a/b",
    b"/a/../b": "/b",
    b"/a/b/..": "/a/",
    b"/a/.": "/a/",
    b"/%61": "/a",
    b"/a%2Fb": "/a/b",
    b"/a%2f..%2fb": "/b",
    b"/%252e%252e/b": "/%2e%2e/b",
    b"/A": "/A",
    b"/gr%C3%BC%C3%9Fe.html": "/grüße.html",
    b"/a%20b": "/a b",
    b"/a+b": "/a+b",
    b"/..a/...": "/..a/...",
    b"/a\\b": "/a\\b",
}
REFUSED = [
    b"",
    b"a",
    b"*",
    b"/..",
    b"/../etc/passwd",
    b"/%2e%2e/etc/passwd",
    b"/a/../../etc/passwd",
    b"/..%2f..%2fetc%2fpasswd",
    b"/a%00.html",
    b"/a%0d%0aset-cookie:x",
    b"/%7f",
    b"/%",
    b"/%4",
    b"/%zz",
    b"/%ff",
    b"/%c0%ae%c0%ae/",
    b"/%ed%a0%80",
    b"/" + b"a" * LIMIT_BYTES,
]


@pytest.mark.parametrize(("raw", "key"), KEYS.items())
def test_every_spelling_of_a_path_has_one_key(raw, key):
    assert cache_key(raw) == key


@pytest.mark.parametrize("key", sorted(set(KEYS.values())))
def test_a_key_read_again_is_itself(key):
    assert cache_key(encoded(key).encode()) == key


@pytest.mark.parametrize("raw", REFUSED)
def test_nonsense_is_refused(raw):
    with pytest.raises(UsageError):
        cache_key(raw)


def test_a_key_in_a_url_cannot_become_another_host():
    assert encoded("/\\evil.example/") == "/%5Cevil.example/"
    assert encoded(cache_key(b"//evil.example/")) == "/evil.example/"
    assert encoded("/a?b#c/") == "/a%3Fb%23c/"


def file(name="x"):
    return SiteFile(digest=name, size_bytes=1, content_type="text/html")


SITE = {
    "index.html": file("home"),
    "docs/index.html": file("docs"),
    "a.html": file("a"),
    "both": file("both"),
    "both/index.html": file("inside"),
}


@pytest.mark.parametrize(
    ("key", "digest", "depends"),
    [
        ("/", "home", {"/", "/index.html"}),
        ("/index.html", "home", {"/index.html"}),
        ("/docs/", "docs", {"/docs/", "/docs/index.html"}),
        ("/a.html", "a", {"/a.html"}),
        ("/both", "both", {"/both"}),
        ("/both/", "inside", {"/both/", "/both/index.html"}),
    ],
)
def test_a_key_finds_its_file_or_its_index(key, digest, depends):
    found = look_up(SITE, key)
    assert isinstance(found, Found)
    assert (found.file.digest, found.depends) == (digest, depends)


def test_a_directory_without_its_slash_moves():
    assert look_up(SITE, "/docs") == Moved(key="/docs/", depends=frozenset(("/docs", "/docs/index.html")))


@pytest.mark.parametrize("key", ["/nope", "/a.html/", "/Docs/", "/docs/index.html/", "/A.html"])
def test_what_is_not_there_is_missing(key):
    missing = look_up(SITE, key)
    assert isinstance(missing, Missing)
    assert missing.page is None
    assert {key, "/404.html"} <= missing.depends


def test_a_missing_key_waits_for_every_file_that_could_answer_it():
    assert look_up({}, "/dir").depends == {"/dir", "/dir/index.html", "/404.html"}
    assert look_up({}, "/dir/").depends == {"/dir/", "/dir/index.html", "/404.html"}
    assert look_up({}, "/").depends == {"/", "/index.html", "/404.html"}


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([b'"e"'], True),
        ([b'W/"e"'], True),
        ([b"*"], True),
        ([b'"x", W/"e" , "y"'], True),
        ([b'"x"', b'"e"'], True),
        ([b'"x"'], False),
        ([b"e"], False),
        ([b'"E"'], False),
        ([b""], False),
        ([b'"e'], False),
    ],
)
def test_an_if_none_match_is_compared_weakly(values, names):
    assert names_etag(values, b'"e"') is names


@pytest.mark.parametrize(
    ("value", "span"),
    [
        (b"bytes=0-0", Span(first=0, last=0)),
        (b"bytes=2-", Span(first=2, last=9)),
        (b"bytes=2-99", Span(first=2, last=9)),
        (b"bytes=-3", Span(first=7, last=9)),
        (b"bytes=-99", Span(first=0, last=9)),
        (b"bytes=10-", Unsatisfiable()),
        (b"bytes=-0", Unsatisfiable()),
        (b"bytes=5-2", None),
        (b"bytes=-", None),
        (b"bytes=1-2,4-5", None),
        (b"lines=1-2", None),
        (b"bytes=a-b", None),
        (b"", None),
    ],
)
def test_one_range_is_understood_and_the_rest_ignored(value, span):
    assert wanted_span([value], [], etag=b'"e"', size_bytes=10) == span


def test_a_range_of_other_content_is_ignored():
    assert wanted_span([b"bytes=0-1"], [b'"old"'], etag=b'"e"', size_bytes=10) is None
    assert wanted_span([b"bytes=0-1"], [b'W/"e"'], etag=b'"e"', size_bytes=10) is None
    assert wanted_span([b"bytes=0-1"], [b'"e"'], etag=b'"e"', size_bytes=10) == Span(first=0, last=1)
    assert wanted_span([b"bytes=0-1"], [], etag=b'"e"', size_bytes=0) == Unsatisfiable()


@pytest.mark.parametrize(
    ("path", "freshness"),
    [
        ("assets/app-3f2a9c1b.js", IMMUTABLE),
        ("assets/page-3f2a9c1b.html", REVALIDATE),
        ("assets/report-20261123.png", REVALIDATE),
        ("assets/my-component.js", REVALIDATE),
        ("index.html", REVALIDATE),
        ("build.json", REVALIDATE),
    ],
)
def test_only_names_that_carry_their_content_are_immutable(path, freshness):
    assert browser_freshness(path) == freshness


@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        (b"127.0.0.1:8000", True),
        (b"localhost", True),
        (b"LocalHost:1", True),
        (b"[::1]:8000", True),
        (b"[::1]", True),
        (b"app.example:443", True),
        (b"evil.example", False),
        (b"127.0.0.1.evil.example:8000", False),
        (b"localhost:8000@evil.example", False),
        (b"localhost:x", False),
        (b"", False),
    ],
)
def test_on_loopback_only_known_hosts_pass(host, accepted):
    assert Hosts("127.0.0.1", ("App.Example",)).accept(host) is accepted


def test_elsewhere_every_host_passes_unless_some_are_named():
    assert Hosts("0.0.0.0", ()).accept(b"anything.example")
    assert not Hosts("0.0.0.0", ("site.example",)).accept(b"anything.example")
    assert Hosts("0.0.0.0", ("site.example",)).accept(b"site.example:8080")
    assert Hosts("127.0.0.2", ()).accept(b"127.0.0.2:80")
    assert not Hosts("localhost", ()).accept(b"evil.example")


def test_a_star_is_a_wildcard_only_at_the_end():
    purge = purge_of(("/dir*", "/a*b", "/x%2A"))
    assert purge.prefixes == ("/dir",)
    assert purge.keys == {"/a*b", "/x*"}
    for key in ("/dir", "/dir/", "/dirx", "/dir/a/b"):
        assert purge.names(frozenset((key,)))
    for key in ("/di", "/aXb", "/x", "/x*y"):
        assert not purge.names(frozenset((key,)))


def test_a_purge_of_everything_names_everything():
    assert purge_of(("/*",)).names(frozenset(("/a",)))
    assert not purge_of(()).names(frozenset(("/a",)))


@pytest.mark.parametrize("path", ["a", "", "*", "/%zz", "/../x", "/\udc80"])
def test_a_bad_purge_path_is_named(path):
    with pytest.raises(UsageError) as raised:
        purge_of(("/fine", path))
    assert raised.value.place == "paths[1]"


def test_a_reference_stands_for_one_set_of_paths():
    references = References(limit=2)
    assert not references.is_done("r", ("/a", "/b"))
    references.note("r", ("/a", "/b"))
    assert references.is_done("r", ("/b", "/a"))
    with pytest.raises(ConflictError):
        references.is_done("r", ("/a",))
    references.note("s", ())
    references.note("t", ())
    assert not references.is_done("r", ("/a",))


def answer(body=b"x", *, status=200, depends=("/a",)):
    return Answer(
        status=status, headers=(), body=body, size_bytes=len(body), depends=frozenset(depends), digest="d"
    )


def test_a_full_shelf_loses_what_was_read_longest_ago():
    cache = Cache(ttl_seconds=60, limit_bytes=3 * 12_000)
    for key in ("/a", "/b", "/c"):
        cache.keep(key, answer(b"x" * 9_000, depends=(key,)), purges=0, now=0)
    assert cache.get("/a") is not None
    cache.keep("/d", answer(b"x" * 9_000, depends=("/d",)), purges=0, now=0)
    assert cache.get("/b") is None
    assert all(cache.get(key) for key in ("/a", "/c", "/d"))


def test_what_is_larger_than_the_shelf_is_not_kept_and_evicts_nothing():
    cache = Cache(ttl_seconds=60, limit_bytes=20_000)
    cache.keep("/a", answer(), purges=0, now=0)
    cache.keep("/b", answer(b"x" * 30_000), purges=0, now=0)
    assert cache.get("/a") is not None
    assert cache.get("/b") is None


def test_guessing_names_evicts_no_page():
    cache = Cache(ttl_seconds=60, limit_bytes=20_000)
    cache.keep("/a", answer(), purges=0, now=0)
    for number in range(10_000):
        cache.keep(f"/{number}", answer(status=404, depends=(f"/{number}",)), purges=0, now=0)
    assert cache.get("/a") is not None
    assert cache.get("/0") is None
    assert cache.get("/9999") is not None


def test_a_fill_from_before_a_purge_is_not_kept():
    cache = Cache(ttl_seconds=60)
    before = cache.purges
    cache.purge(purge_of(("/other",)))
    cache.keep("/a", answer(), purges=before, now=0)
    assert cache.get("/a") is None


def test_a_shelf_counts_back_what_it_forgets():
    shelf = Shelf(10_000)
    cache = Cache(ttl_seconds=60)
    entry = cache.keep("/a", answer(), purges=0, now=0)
    for _ in range(100):
        shelf.put("/a", entry, 5_000)
    assert len(shelf) == 1
    shelf.put("/b", entry, 1)
    assert len(shelf) == 2
    shelf.remove("/a")
    shelf.remove("/a")
    assert len(shelf) == 1


def test_an_own_page_escapes_what_it_quotes():
    assert b"<script>" not in own_answer(bad_request("<script>")).body


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("text/html", "text/html; charset=utf-8"),
        ("text/html; charset=latin-1", "text/html; charset=latin-1"),
        ("application/json", "application/json; charset=utf-8"),
        ("image/svg+xml", "image/svg+xml; charset=utf-8"),
        ("image/png", "image/png"),
    ],
)
def test_text_names_its_charset(given, sent):
    assert with_charset(given) == sent
