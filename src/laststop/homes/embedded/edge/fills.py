"""Asking the origin: off the event loop, once per address however many readers wait."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec

from laststop.homes.embedded.edge.answer import Answer
from laststop.homes.embedded.edge.cache import Cache, Entry
from laststop.homes.embedded.edge.site_reader import SiteReader
from laststop.words.ids import Digest

THREADS = 4
WAITING = 256
"""Fills under way at once; beyond, readers are told to come back."""

PATIENCE_SECONDS = 10.0
"""How long a reader waits for the origin."""

_log = logging.getLogger("laststop.edge")


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """The origin gave no answer."""

    reason: str


class Fills:
    """Fills under way.

    Two readers share a fill only if no purge came between them: a reader who asks after a purge never joins a
    fill that began before it.
    Concurrency: methods run on the event loop; the reader's calls run in threads of their own.
    """

    def __init__(self, reader: SiteReader, cache: Cache, clock: Callable[[], float]) -> None:
        """`clock` in seconds; answers are kept in `cache`."""
        self._reader = reader
        self._cache = cache
        self._clock = clock
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="edge-fill")
        self._running: dict[tuple[str, int], asyncio.Task[Entry | Trouble]] = {}

    async def fill(self, key: str, known: Answer | None) -> Entry | Trouble:
        """An entry asked for now, kept if it may be; the caller still compares the count of purges."""
        mark = (key, self._cache.purges)
        task = self._running.get(mark)
        if task is None:
            if len(self._running) >= WAITING:
                return Trouble(reason="too many pages are being read")
            task = asyncio.create_task(self._run(key, self._cache.purges, known))
            self._running[mark] = task
            task.add_done_callback(lambda _: self._running.pop(mark, None))
        try:
            return await asyncio.wait_for(asyncio.shield(task), PATIENCE_SECONDS)
        except TimeoutError:
            return Trouble(reason=f"no answer within {PATIENCE_SECONDS:g} seconds")

    async def piece(self, digest: Digest, start: int, size_bytes: int) -> bytes:
        """A piece of a large file. Raises: see `SiteReader.piece`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._reader.piece, digest, start, size_bytes)

    def close(self) -> None:
        """Start no further fill; those under way end on their own."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _run(self, key: str, purges: int, known: Answer | None) -> Entry | Trouble:
        loop = asyncio.get_running_loop()
        try:
            answer = await loop.run_in_executor(self._pool, self._reader.answer, key, known)
        except Exception as error:  # noqa: BLE001 - whatever fails behind it, the edge keeps answering
            _log.warning("the origin did not answer for %s", key, exc_info=True)
            return Trouble(reason=str(error))
        return self._cache.keep(key, answer, purges=purges, now=self._clock())
