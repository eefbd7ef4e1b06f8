import pytest

from laststop.errors import UsageError
from laststop.site.path import (
    address_of,
    check_path,
    content_type_of,
    is_fingerprinted,
    is_page,
    reader_address_of,
)


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("A/B.HTML", "text/html; charset=utf-8"),
        ("a.css", "text/css; charset=utf-8"),
        ("a.min.js", "text/javascript; charset=utf-8"),
        ("versions.json", "application/json; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("robots.txt", "text/plain; charset=utf-8"),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("a.woff2", "font/woff2"),
        ("a.png", "image/png"),
        ("LICENSE", "application/octet-stream"),
        (".html", "application/octet-stream"),
        ("html/readme", "application/octet-stream"),
        ("a.exe", "application/octet-stream"),
    ],
)
def test_the_suffix_alone_decides_the_content_type(path: str, content_type: str) -> None:
    assert content_type_of(path) == content_type


@pytest.mark.parametrize(
    "path", ["", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\0", "a\nb", "ü" * 451, "\ud800"]
)
def test_a_path_no_site_may_hold_is_refused(path: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_path(path)
    assert caught.value.place


@pytest.mark.parametrize("path", ["a", ".well-known/x", "a b/ü~?*.html", "...", "a" * 900])
def test_any_other_path_is_fine(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    ("path", "fingerprinted"),
    [
        ("assets/app-3f9c01ab.js", True),
        ("app.3f9c01ab77.min.css", True),
        ("app.3f9c01ab77.css", True),
        ("font_00112233445566778899aabbccddeeff.woff2", True),
        ("app-deadbeef.js", False),
        ("photo-20261123.jpg", False),
        ("app-3f9c01a.js", False),
        ("report-20261123.html", False),
        ("app.js", False),
        ("3f9c01ab.js", False),
        ("a-3f9c01ab.d/b.js", False),
    ],
)
def test_a_fingerprint_is_told_from_a_name(path: str, fingerprinted: bool) -> None:
    assert is_fingerprinted(path) is fingerprinted


def test_pages_are_what_a_reader_opens() -> None:
    assert is_page("a/index.html")
    assert is_page("old.HTM")
    assert not is_page("a.json")


@pytest.mark.parametrize(
    ("path", "address", "reader_address"),
    [
        ("index.html", "/index.html", "/"),
        ("d/index.html", "/d/index.html", "/d/"),
        ("myindex.html", "/myindex.html", "/myindex.html"),
        ("a b/ü?#%.html", "/a%20b/%C3%BC%3F%23%25.html", "/a%20b/%C3%BC%3F%23%25.html"),
        ("a(b)+~!$&',;=:@*.js", "/a(b)+~!$&',;=:@*.js", "/a(b)+~!$&',;=:@*.js"),
    ],
)
def test_an_address_encodes_what_is_unsafe_and_nothing_else(
    path: str, address: str, reader_address: str
) -> None:
    assert address_of(path) == address
    assert reader_address_of(path) == reader_address
