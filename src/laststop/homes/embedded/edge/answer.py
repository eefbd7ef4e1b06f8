"""What the edge has to say about one address, ready to be sent."""

from collections.abc import Sequence

import msgspec

from laststop.homes.embedded.edge.address import encoded
from laststop.homes.embedded.edge.asgi import Header
from laststop.homes.embedded.edge.freshness import NEVER, REVALIDATE, browser_freshness
from laststop.homes.embedded.edge.lookup import Found, Missing, Moved
from laststop.homes.embedded.edge.own_pages import NOT_FOUND, OwnPage
from laststop.words.ids import Digest, ReleaseId

_HTML = "text/html; charset=utf-8"
_TEXTUAL = ("text/", "application/javascript", "application/json", "application/xml", "image/svg+xml")
_NOT_IN_304 = (b"content-length", b"content-type", b"accept-ranges")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the site, or a page of the edge's own.

    `depends` holds the keys whose purge clears it, empty when it may not be cached. `digest` and `etag` are
    empty unless it is a file of the site with status 200. When `streamed`, `body` is only the first piece of
    the file. `location` is set on a redirect.
    Units: `size_bytes` of the whole body.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes
    size_bytes: int
    release: str = ""
    digest: Digest = Digest("")
    etag: bytes = b""
    location: bytes = b""
    depends: frozenset[str] = frozenset()
    streamed: bool = False

    @property
    def cacheable(self) -> bool:
        """Whether the edge may keep it."""
        return bool(self.depends) and not self.streamed

    @property
    def headers_of_304(self) -> tuple[Header, ...]:
        """What a 304 in its place says."""
        return tuple(header for header in self.headers if header[0] not in _NOT_IN_304)


def file_answer(found: Found, release: ReleaseId, body: bytes, *, streamed: bool = False) -> Answer:
    """A file of the site. Its ETag is strong: the content's own digest."""
    file = found.file
    etag = f'"{file.digest}"'.encode()
    headers = (
        (b"content-type", _header_text(with_charset(file.content_type), "application/octet-stream")),
        (b"content-length", b"%d" % file.size_bytes),
        (b"etag", etag),
        (b"cache-control", _header_text(file.cache_control or browser_freshness(found.path), REVALIDATE)),
        (b"accept-ranges", b"bytes"),
        *_closing_headers(release),
    )
    return Answer(
        status=200,
        headers=headers,
        body=body,
        size_bytes=file.size_bytes,
        release=release,
        digest=file.digest,
        etag=etag,
        depends=found.depends,
        streamed=streamed,
    )


def moved_answer(moved: Moved, release: ReleaseId) -> Answer:
    """A redirect within the site: its location starts with exactly one slash and names no host."""
    location = encoded(moved.key).encode()
    headers = ((b"content-length", b"0"), (b"cache-control", REVALIDATE.encode()), *_closing_headers(release))
    return Answer(
        status=308,
        headers=headers,
        body=b"",
        size_bytes=0,
        release=release,
        location=location,
        depends=moved.depends,
    )


def missing_answer(missing: Missing, release: ReleaseId, body: bytes | None) -> Answer:
    """A 404 with the site's own page, or with ours when `body` is None."""
    if missing.page is None or body is None:
        content, content_type = _NOT_FOUND_HTML, _HTML
    else:
        content, content_type = body, with_charset(missing.page.content_type)
    headers = (
        (b"content-type", _header_text(content_type, _HTML)),
        (b"content-length", b"%d" % len(content)),
        (b"cache-control", REVALIDATE.encode()),
        *_closing_headers(release),
    )
    return Answer(
        status=404,
        headers=headers,
        body=content,
        size_bytes=len(content),
        release=release,
        depends=missing.depends,
    )


def own_answer(page: OwnPage, extra: Sequence[Header] = ()) -> Answer:
    """A page of the edge itself, kept by nobody."""
    body = page.html
    headers: list[Header] = [
        (b"content-type", _HTML.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", NEVER.encode()),
        (b"x-content-type-options", b"nosniff"),
        *extra,
    ]
    if page.retry_after_seconds:
        headers.append((b"retry-after", b"%d" % page.retry_after_seconds))
    return Answer(status=page.status, headers=tuple(headers), body=body, size_bytes=len(body))


def with_charset(content_type: str) -> str:
    """The content type, with UTF-8 named where text would otherwise be guessed at."""
    textual = content_type.startswith(_TEXTUAL) and "charset=" not in content_type
    return f"{content_type}; charset=utf-8" if textual else content_type


def _closing_headers(release: str) -> tuple[Header, ...]:
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"x-laststop-release", _header_text(release, "unknown")),
    )


def _header_text(text: str, otherwise: str) -> bytes:
    """Text fit for a header; a manifest is data, and may hold what no header may."""
    fit = text.isascii() and text.isprintable() and text
    return (text if fit else otherwise).encode()


_NOT_FOUND_HTML = NOT_FOUND.html
