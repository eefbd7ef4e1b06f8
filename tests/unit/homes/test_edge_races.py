import asyncio

import pytest

from laststop.errors import TransientError
from laststop.homes.embedded.edge import fills as fills_module
from laststop.homes.embedded.edge.purge import purge_of
from laststop.homes.embedded.edge.readers import LOOKS
from laststop.homes.embedded.edge.site_reader import WHOLE_BYTES, SiteReader
from laststop.words.digests import digest_of
from unit.homes.edge_fakes import FakeOrigin, play

OLD, NEW = b"<p>old</p>", b"<p>new</p>"


@pytest.fixture
def origin():
    made = FakeOrigin()
    yield made
    made.gate.set()


def test_an_origin_that_hangs_costs_a_reader_only_some_patience(origin, monkeypatch):
    monkeypatch.setattr(fills_module, "PATIENCE_SECONDS", 0.05)
    origin.ship("r1", {"index.html": OLD, "b.html": NEW})
    origin.block(OLD)

    async def scenario(edge):
        hung = await edge.get("/")
        other = await edge.get("/b.html")
        origin.gate.set()
        return hung, other

    hung, other = play(origin, scenario)
    assert hung.status == 503
    assert other.body == NEW


def test_a_reader_who_gives_up_takes_the_page_from_nobody_else(origin, monkeypatch):
    monkeypatch.setattr(fills_module, "PATIENCE_SECONDS", 0.05)
    origin.ship("r1", {"index.html": OLD})
    origin.block(OLD)

    async def scenario(edge):
        impatient = asyncio.create_task(edge.get("/"))
        await asyncio.to_thread(origin.entered.wait, 5)
        monkeypatch.setattr(fills_module, "PATIENCE_SECONDS", 5)
        patient = asyncio.create_task(edge.get("/"))
        gave_up = await impatient
        origin.gate.set()
        return gave_up, await patient

    gave_up, served = play(origin, scenario)
    assert gave_up.status == 503
    assert served.body == OLD
    assert len(origin.reads) == 1


def test_a_piece_that_comes_short_is_no_piece(origin):
    origin.ship("r1", {"a.bin": b"0123"})
    reader = SiteReader(origin)
    assert reader.piece(digest_of(b"0123"), 2, 2) == b"23"
    with pytest.raises(TransientError):
        reader.piece(digest_of(b"0123"), 2, 3)


def test_more_fills_than_the_edge_takes_are_turned_away(origin, monkeypatch):
    monkeypatch.setattr(fills_module, "WAITING", 1)
    origin.ship("r1", {"index.html": OLD, "b.html": NEW})
    origin.block(OLD)

    async def scenario(edge):
        first = asyncio.create_task(edge.get("/"))
        await asyncio.to_thread(origin.entered.wait, 5)
        refused = await edge.get("/b.html")
        origin.gate.set()
        return refused, await first

    refused, first = play(origin, scenario)
    assert refused.status == 503
    assert first.body == OLD


def test_many_readers_of_a_cold_page_cost_one_read(origin):
    origin.ship("r1", {"index.html": OLD})
    origin.block(OLD)

    async def scenario(edge):
        readers = [asyncio.create_task(edge.get("/")) for _ in range(20)]
        await asyncio.to_thread(origin.entered.wait, 5)
        origin.gate.set()
        return await asyncio.gather(*readers)

    assert {reply.body for reply in play(origin, scenario)} == {OLD}
    assert len(origin.reads) == 1
    assert origin.site_calls == ["r1"]


async def fill_in_progress(edge, origin):
    """A reader whose fill has looked the old release up and hangs in the middle of reading it."""
    reader = asyncio.create_task(edge.get("/"))
    assert await asyncio.to_thread(origin.entered.wait, 5)
    return reader


@pytest.mark.parametrize("paths", [("/",), ("/*",), ("/index.html",), ("/unrelated",)])
def test_a_fill_that_a_purge_overtook_is_neither_kept_nor_sent(origin, paths):
    origin.ship("r1", {"index.html": OLD})
    origin.block(OLD)

    async def scenario(edge):
        reader = await fill_in_progress(edge, origin)
        origin.ship("r2", {"index.html": NEW})
        edge.cache.purge(purge_of(paths))
        origin.gate.set()
        return await reader, await edge.get("/")

    overtaken, after = play(origin, scenario)
    assert overtaken.body == NEW
    assert (after.body, after.cache) == (NEW, "Hit")


def test_after_a_purge_nobody_waits_for_a_fill_from_before_it(origin):
    origin.ship("r1", {"index.html": OLD})
    origin.block(OLD)

    async def scenario(edge):
        early = await fill_in_progress(edge, origin)
        origin.ship("r2", {"index.html": NEW})
        edge.cache.purge(purge_of(("/",)))
        late = await edge.get("/")  # the old fill still hangs
        origin.gate.set()
        return late, await early, await edge.get("/")

    late, early, after = play(origin, scenario)
    assert late.body == early.body == after.body == NEW


def test_a_fill_between_switch_and_purge_may_be_old_but_the_purge_clears_it(origin):
    origin.ship("r1", {"index.html": OLD})
    origin.block(OLD)

    async def scenario(edge):
        reader = await fill_in_progress(edge, origin)
        origin.ship("r2", {"index.html": NEW})
        origin.gate.set()
        early = await reader
        cleared = edge.cache.purge(purge_of(("/",)))
        return early, cleared, await edge.get("/")

    early, cleared, after = play(origin, scenario)
    assert (early.body, cleared, after.body) == (OLD, 1, NEW)


def test_a_renewal_that_a_purge_overtook_does_not_prolong_old_content(origin):
    origin.ship("r1", {"index.html": OLD, "404.html": b"gone"})

    async def scenario(edge):
        await edge.get("/")
        edge.now += 60
        origin.sites["r2"] = {}
        real = origin.release
        calls = []

        def switch_after_looking():
            calls.append(1)
            release = real()
            if len(calls) == 1:  # the pointer moves, and the purge comes, right after it was read
                origin.live = "r2"
                loop.call_soon_threadsafe(edge.cache.purge, purge_of(("/*",)))
            return release

        loop = asyncio.get_running_loop()
        origin.release = switch_after_looking
        return await edge.get("/")

    assert play(origin, scenario).status == 404


def test_purges_without_end_give_up_rather_than_show_old_content(origin):
    origin.ship("r1", {"index.html": OLD})

    async def scenario(edge):
        loop = asyncio.get_running_loop()
        origin.on_read = lambda: loop.call_soon_threadsafe(edge.cache.purge, purge_of(("/x",)))
        return await edge.get("/")

    assert play(origin, scenario).status == 503
    assert len(origin.reads) == LOOKS


PURGES = {
    "/index.html": {"/index.html", "/"},
    "/": {"/"},
    "/docs/": {"/docs/"},
    "/docs/index.html": {"/docs", "/docs/"},
    "/docs*": {"/docs", "/docs/", "/docs2"},
    "/404.html": {"/nope", "/docs2"},
    "/nope": {"/nope"},
    "/docs2/index.html": {"/docs2"},
    "/*": {"/", "/index.html", "/docs", "/docs/", "/nope", "/docs2"},
    "/DOCS/": set(),
}


@pytest.mark.parametrize(("path", "cleared"), PURGES.items())
def test_a_purge_clears_what_it_names_and_what_was_made_of_it(origin, path, cleared):
    origin.ship("r1", {"index.html": OLD, "docs/index.html": OLD})
    addresses = {"/", "/index.html", "/docs", "/docs/", "/nope", "/docs2"}

    async def scenario(edge):
        for address in addresses:
            await edge.get(address)
        count = edge.cache.purge(purge_of((path,)))
        return count, {address for address in addresses if edge.cache.get(address) is None}

    assert play(origin, scenario) == (len(cleared), cleared)


def test_a_large_file_that_a_purge_overtook_is_looked_up_again(origin):
    old, new = b"o" * (WHOLE_BYTES + 1), b"n" * (WHOLE_BYTES + 1)
    origin.ship("r1", {"index.html": old})
    origin.block(old)

    async def scenario(edge):
        reader = await fill_in_progress(edge, origin)
        origin.ship("r2", {"index.html": new})
        edge.cache.purge(purge_of(("/",)))
        origin.gate.set()
        return await reader

    assert play(origin, scenario).body == new
