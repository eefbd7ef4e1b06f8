"""Edges that lie about how fast they are: never a false "live", never a way back, and no time lost."""

import json
import random
import threading
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from e2e.workbench import project, until
from laststop.homes.embedded.edge_client import EdgeClient
from laststop.homes.embedded.probe import EdgeProbe
from laststop.homes.embedded.recheck import Recheck
from laststop.homes.embedded.releases import StoredOrigin
from scenarios.lazy_edge import LazyEdge, honest, stuck_at
from unit.homes.home_workbench import Home, Patience

TRIES = 100
ROUNDS_PATIENCE = 4.0
PATHS = ("build.json", "index.html", "versions.json")


class RealEdge:
    """What a home purges and looks through: the sockets of whatever edges are registered."""

    def __init__(self, registry):
        self._client = EdgeClient(registry)
        self._probe = EdgeProbe(self._client)
        self.purge, self.edges, self.fetch = self._client.purge, self._probe.edges, self._probe.fetch


class Stale:
    """One try: an edge that shows the release before at some paths, for some looks or for ever."""

    def __init__(self, edge, rng):
        self.edge = edge
        self.kind = rng.choice(["for a while", "for ever", "a mix", "a mix for ever"])
        self.paths = frozenset(PATHS if "mix" not in self.kind else rng.sample(PATHS, rng.randint(1, 2)))
        self.until_fetched = edge.fetched + rng.randint(1, 60)
        self.old = edge.origin.release()
        edge.choose = self

    def __call__(self, path, live):
        stale = path in self.paths and ("ever" in self.kind or self.edge.fetched <= self.until_fetched)
        return self.old if stale else live


def shows(edge, release):
    """Whether the edge shows a reader this release, whole."""
    return all(edge.choose(path, edge.origin.release()) == release for path in PATHS)


def test_a_stale_edge_gives_no_false_live_in_a_hundred_tries(tmp_path):
    home = Home(tmp_path)
    registry = tmp_path / "edges"
    home.edge = RealEdge(registry)
    home.executor.providers = home._providers()
    recheck = Recheck(store=home.store, proof=home.proof, edge=home.edge, ring=lambda: None)
    rng = random.Random(20261123)
    met = set()
    with LazyEdge(StoredOrigin(home.store, home.blobs, home.releases), registry) as edge:
        home.serve().work()
        for number in range(TRIES):
            home.patience = Patience()
            home.patience.elapsed = 10.0 - ROUNDS_PATIENCE * rng.random()
            stale = Stale(edge, rng)
            home.put("bgp", f"1.{number}")
            home.work()
            met.add((stale.kind, home.verdicts()["bgp", f"1.{number}"]))
            live = home.releases.live()
            verdict = home.verdicts()["bgp", f"1.{number}"]
            assert verdict in ("live", "pending"), f"try {number}, {stale.kind}: {verdict}"
            assert verdict == "pending" or shows(edge, live.release), (
                f"try {number}, {stale.kind}: a false live"
            )
            assert verdict == "pending" or "ever" not in stale.kind
            assert live.release != stale.old, "nothing ever went back"
            edge.choose = honest
            if verdict == "pending":
                assert recheck.once(), "the edge shows it now"
                home.work()
            assert home.verdicts()["bgp", f"1.{number}"] == "live"
    assert met == {
        *(("for a while", verdict) for verdict in ("live", "pending")),
        *(("a mix", verdict) for verdict in ("live", "pending")),
        ("for ever", "pending"),
        ("a mix for ever", "pending"),
    }
    assert {row.status for row in home.run_rows()} == {"Succeeded"}
    assert home.facts("release.held") == []


def test_an_edge_with_foreign_content_fails_its_run_and_moves_nothing_back(tmp_path):
    home = Home(tmp_path)
    home.serve().work()
    before = home.releases.live().release
    home.edge.wrong["versions.json"] = b"somebody else's page"
    home.put("bgp", "1.0")
    home.work()
    assert home.verdicts()["bgp", "1.0"] == "failed"
    assert home.releases.live().release != before, "a wrong page is a person's business, not a way back"
    assert home.releases.live().hold is None


class Watcher:
    """Asks an edge for versions.json all the time, and notes when it first showed each version."""

    def __init__(self, url):
        self.url = url
        self.first = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.wait(0.005):
            with urllib.request.urlopen(f"{self.url}/versions.json", timeout=10) as response:
                shown = json.load(response)["ranking"].get("rerank")
            self.first.setdefault(shown, datetime.now(UTC))


def test_the_verdict_comes_within_a_second_of_a_fresh_edge_serving_the_version(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        pages.wait_for_run("Succeeded")
        with Watcher(up.edge_url) as watcher:
            for number in range(5):
                pages.put(("rerank", f"1.{number}.0", "ranking"))
                pages.wait_for_verdicts(number + 1)
        settled = dict(pages.rows("SELECT version, settled_at FROM verdict"))
        late = [
            (datetime.fromisoformat(settled[version]) - watcher.first[version]).total_seconds()
            for version in settled
        ]
        assert len(late) == 5
        assert max(late) < 1.0, late


def test_a_slow_edge_is_deployed_and_not_yet_visible_until_it_shows_the_release(tmp_path):
    with project(tmp_path) as pages:
        pages.replace("laststop.toml", "within_seconds = 120", "within_seconds = 1")
        pages.up()
        pages.wait_for_run("Succeeded")
        pages.put(("rerank", "1.0.0", "ranking"))
        pages.wait_for_verdicts(1)
        origin = pages.home.origin()
        with LazyEdge(origin, pages.home.folders.edges, stuck_at(origin.release())) as edge:
            pages.put(("rerank", "1.1.0", "ranking"))
            until(lambda: pages.run_status().count("Succeeded") == 3, "a run that ends at its bound")
            time.sleep(0.5)
            assert pages.verdicts()["rerank", "1.1.0"] == "pending"
            trace = pages.json("trace", "rerank", "1.1.0")
            assert "not yet visible" in trace["steps"][-1]["waiting_because"]
            assert edge.purges, "it was purged, and confirmed"
            assert pages.home.releases.live().hold is None
            edge.choose = honest
            began = time.monotonic()
            pages.wait_for_verdicts(2)
            assert time.monotonic() - began < 5
        assert pages.verdicts()["rerank", "1.1.0"] == "live"
        switched = [one.fact for one in pages.facts() if one.fact.kind == "release.switched"]
        assert len({fact.release for fact in switched}) == len(switched) == 3, "it never went back"


@pytest.mark.parametrize("status", [429, 503])
def test_an_edge_that_is_out_of_breath_proves_nothing(tmp_path, status):
    home = Home(tmp_path)
    registry = tmp_path / "edges"
    home.edge = RealEdge(registry)
    home.executor.providers = home._providers()
    with LazyEdge(StoredOrigin(home.store, home.blobs, home.releases), registry) as edge:
        home.serve().work()
        edge.content = lambda path: (status, b"come back later")
        home.put("bgp", "1.0")
        home.work()
        assert home.verdicts()["bgp", "1.0"] == "pending"
        assert home.run_rows()[-1].status == "Succeeded"
