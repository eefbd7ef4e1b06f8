"""An origin in memory, and the edge's application without sockets."""

import asyncio
import threading
from typing import NamedTuple
from urllib.parse import unquote

from laststop.homes.embedded.edge.cache import Cache
from laststop.homes.embedded.edge.fills import Fills
from laststop.homes.embedded.edge.hosts import Hosts
from laststop.homes.embedded.edge.origin import SiteFile
from laststop.homes.embedded.edge.readers import Readers
from laststop.homes.embedded.edge.site_reader import SiteReader
from laststop.words.digests import digest_of

TYPES = {
    "html": "text/html",
    "json": "application/json",
    "css": "text/css",
    "bin": "application/octet-stream",
}


class FakeOrigin:
    """Its reads can be held up, counted and made to fail."""

    def __init__(self):
        self.live = None
        self.sites = {}
        self.blobs = {}
        self.reads = []
        self.site_calls = []
        self.failure = None
        self.blocked = set()  # digests whose reads wait for `gate`
        self.entered = threading.Event()
        self.gate = threading.Event()
        self.on_read = lambda: None

    def ship(self, release, files, *, live=True, **cache_control):
        """Add a release of `path=content`, and switch to it."""
        site = {}
        for path, content in files.items():
            digest = digest_of(content)
            self.blobs[digest] = content
            site[path] = SiteFile(
                digest=digest,
                size_bytes=len(content),
                content_type=TYPES.get(path.rsplit(".", 1)[-1], "application/octet-stream"),
                cache_control=cache_control.get(path.rsplit(".", 1)[0], ""),
            )
        self.sites[release] = site
        if live:
            self.live = release

    def block(self, content):
        self.blocked.add(digest_of(content))

    def release(self):
        if self.failure:
            raise self.failure
        return self.live

    def site(self, release):
        self.site_calls.append(release)
        return self.sites[release]

    def read(self, digest, start=0, size=None):
        self.reads.append(digest)
        if digest in self.blocked:
            self.entered.set()
            assert self.gate.wait(10), "the test never opened the gate"
        if self.failure:
            raise self.failure
        self.on_read()
        content = self.blobs[digest]
        return content[start:] if size is None else content[start : start + size]


class Reply(NamedTuple):
    status: int
    headers: dict
    body: bytes

    @property
    def cache(self):
        return self.headers["x-cache"]


class Edge:
    """The readers' application without sockets, on a clock the test moves."""

    def __init__(self, origin, *, ttl=60):
        self.now = 1000.0
        self.cache = Cache(ttl_seconds=ttl)
        self.fills = Fills(SiteReader(origin), self.cache, lambda: self.now)
        self.app = Readers(self.cache, self.fills, Hosts("127.0.0.1", ()), lambda: self.now)

    async def get(self, path, method="GET", headers=(), host=b"127.0.0.1"):
        raw, _, query = path.encode().partition(b"?")
        scope = {
            "type": "http",
            "method": method,
            "path": unquote(raw.decode()),
            "raw_path": raw,
            "query_string": query,
            "headers": [(b"host", host), *headers] if host is not None else list(headers),
        }
        messages = []

        async def send(message):
            await asyncio.sleep(0)
            messages.append({**message, "headers": list(message.get("headers", ()))})

        async def receive():
            await asyncio.Event().wait()

        await self.app(scope, receive, send)
        start, *bodies = messages
        assert [m.get("more_body", False) for m in bodies] == [True] * (len(bodies) - 1) + [False]
        pairs = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], pairs, b"".join(m["body"] for m in bodies))


def play(origin, scenario, **options):
    async def run():
        edge = Edge(origin, **options)
        try:
            return await scenario(edge)
        finally:
            edge.fills.close()

    return asyncio.run(run())


def one(origin, path, **request):
    async def scenario(edge):
        return await edge.get(path, **request)

    return play(origin, scenario)
