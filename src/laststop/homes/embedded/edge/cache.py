"""What the edge remembers, and the one rule that keeps it from remembering too long.

The race. A reader's request misses, the edge asks the origin, and while the blob is being read somebody
switches the pointer and purges. Stored after the purge, that answer would live on for a whole TTL; sent
after it, it would show a reader what the purge just declared gone.

The rule. The cache counts its purges. A fill notes the count *before* it asks the origin which release is
live; its answer is kept, and sent, only if the count is still the same. A purge raises the count and then
drops what it names.

Why that is enough. Who purges has switched the pointer before. A fill that noted the new count asked the
origin after the purge began, hence after the switch, hence sees the release that is live now or a later one.
A fill that noted an older count is neither kept nor sent: its reader's request looks again. And what was
kept before the purge and is named by it is gone. So no response that starts after a purge was answered
shows, at a purged address, anything older than the release that was live when the purge came. The count is
one for all paths: a purge also makes fills of other paths look again, which costs a lookup each and keeps
the argument short.

Concurrency: every method runs on the edge's event loop, so each is one step; only fills leave the loop, and
they touch nothing here until they are back.
"""

from collections import OrderedDict

from laststop.homes.embedded.edge.answer import Answer
from laststop.homes.embedded.edge.asgi import Header, Message, body_message, start_message
from laststop.homes.embedded.edge.purge import Purge

LIMIT_BYTES = 256 * 1024 * 1024
"""What cached pages may take; the least recently read go first."""

ABSENT_LIMIT_BYTES = 8 * 1024 * 1024
"""What remembered absences may take: on a shelf of their own, so that guessing names evicts no page."""

ABSENT_TTL_SECONDS = 10
"""An absence is believed for this long at most."""

STALE_SECONDS = 3600
"""How long past its time an entry still helps out while the origin cannot answer."""

RETRY_SECONDS = 1
"""How long such an entry is served before the origin is asked again."""

_OVERHEAD_BYTES = 2048
"""What an entry takes besides its body: headers, keys, objects."""


class Entry:
    """A kept answer with its ready-made messages. Units: seconds of the edge's clock."""

    __slots__ = (
        "_age_seconds",
        "_headers",
        "answer",
        "body",
        "fresh_until",
        "kept_at",
        "plain",
        "start",
        "usable_until",
    )

    def __init__(self, answer: Answer, *, now: float, ttl_seconds: float) -> None:
        """Kept `now`, fresh for `ttl_seconds`."""
        self.answer = answer
        self.kept_at = now
        self.fresh_until = now + ttl_seconds
        self.usable_until = self.fresh_until + STALE_SECONDS
        self.plain = not answer.location  # a redirect takes the reader's query along
        self._age_seconds = 0
        self._headers: list[Header] = [*answer.headers, (b"x-cache", b"Hit"), (b"age", b"0")]
        self.start: Message = start_message(answer.status, self._headers)
        self.body: Message = body_message(answer.body)

    def aged_start(self, now: float) -> Message:
        """The opening message of a hit; the same object each time, its `Age` renewed once a second."""
        age_seconds = int(now - self.kept_at)
        if age_seconds != self._age_seconds:
            self._age_seconds = age_seconds
            self._headers[-1] = (b"age", b"%d" % age_seconds)
        return self.start

    def put_off(self, now: float) -> bool:
        """Whether it may stand in for a silent origin; if so, it counts as fresh for a moment."""
        if now >= self.usable_until:
            return False
        self.fresh_until = min(now + RETRY_SECONDS, self.usable_until)
        return True


class Shelf:
    """Entries within a bound of bytes, the least recently read leaving first."""

    def __init__(self, limit_bytes: int) -> None:
        """Units: `limit_bytes` of bodies and their overhead together."""
        self._limit_bytes = limit_bytes
        self._taken_bytes = 0
        self._entries: OrderedDict[str, tuple[Entry, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry | None:
        """The entry under a key, now the most recently read."""
        held = self._entries.get(key)
        if held is None:
            return None
        self._entries.move_to_end(key)
        return held[0]

    def put(self, key: str, entry: Entry, body_bytes: int) -> None:
        """Keep an entry; one that is larger than the whole shelf is not kept."""
        self.remove(key)
        size_bytes = body_bytes + _OVERHEAD_BYTES + 4 * len(key)
        if size_bytes > self._limit_bytes:
            return
        self._entries[key] = (entry, size_bytes)
        self._taken_bytes += size_bytes
        while self._taken_bytes > self._limit_bytes:
            _, (_, freed_bytes) = self._entries.popitem(last=False)
            self._taken_bytes -= freed_bytes

    def remove(self, key: str) -> None:
        """Forget a key, known or not."""
        held = self._entries.pop(key, None)
        if held is not None:
            self._taken_bytes -= held[1]

    def remove_named(self, purge: Purge) -> int:
        """Forget everything a purge names; returns how many that were."""
        named = [key for key, (entry, _) in self._entries.items() if purge.names(entry.answer.depends)]
        for key in named:
            self.remove(key)
        return len(named)


class Cache:
    """The edge's memory: pages and absences, and the count of purges (see the module's text)."""

    def __init__(self, *, ttl_seconds: float, limit_bytes: int = LIMIT_BYTES) -> None:
        """Units: as named."""
        self.purges = 0
        self._ttl_seconds = ttl_seconds
        self._pages = Shelf(limit_bytes)
        self._absent = Shelf(ABSENT_LIMIT_BYTES)

    def get(self, key: str) -> Entry | None:
        """What is kept under a key, fresh or not."""
        return self._pages.get(key) or self._absent.get(key)

    def keep(self, key: str, answer: Answer, *, purges: int, now: float) -> Entry:
        """The answer as an entry, kept unless a purge came since the fill noted `purges`."""
        absent = answer.status == 404  # noqa: PLR2004
        ttl_seconds = min(ABSENT_TTL_SECONDS, self._ttl_seconds) if absent else self._ttl_seconds
        entry = Entry(answer, now=now, ttl_seconds=ttl_seconds)
        if purges != self.purges:
            return entry
        self._pages.remove(key)
        self._absent.remove(key)
        if not answer.cacheable:
            return entry
        if absent:
            self._absent.put(key, entry, 0)  # the body is the one 404 page, shared by all of them
        else:
            self._pages.put(key, entry, len(answer.body))
        return entry

    def purge(self, purge: Purge) -> int:
        """Count the purge, then drop what it names; returns how many entries that were."""
        self.purges += 1
        return self._pages.remove_named(purge) + self._absent.remove_named(purge)
