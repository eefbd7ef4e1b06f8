"""Ten thousand files and one changed document: few words to the edge, and no reader sees a mixed site."""

import hashlib
import http.client
import json
import subprocess
from urllib.parse import quote, urlsplit

import pytest

from e2e.workbench import project, until

FILES = 10_000
PATHS_MOST = 5
BUILD = """
import hashlib, json, os, pathlib

dist = pathlib.Path("dist")
versions = json.loads((dist / "versions.json").read_text())
shown = {name: version for algorithms in versions.values() for name, version in algorithms.items()}
for number in range(%(pages)d):
    name = f"algorithm-{number}"
    page = dist / f"guide/{number // 500}/{name}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"<h1>{name}</h1><p>{shown.get(name, 'not yet')}</p>")
for number in range(%(assets)d):
    text = f"console.log({number}, %(generation)d)"
    digest = hashlib.sha256(text.encode()).hexdigest()[:20]
    asset = dist / f"assets/part-{number}.{digest}.js"
    asset.parent.mkdir(exist_ok=True)
    asset.write_text(text)
"""
ASSETS = 1000
PAGES = FILES - ASSETS


class Crawler:
    """Fetches pages over one connection, as a reader would."""

    def __init__(self, url):
        self._address = urlsplit(url)
        self._connection = http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def get(self, path):
        """Status and digest of what is at a path of the site."""
        address = "/" + quote(path.removesuffix("index.html") if path == "index.html" else path)
        self._connection.request("GET", address)
        response = self._connection.getresponse()
        return response.status, hashlib.sha256(response.read()).hexdigest()

    def crawl(self, manifest):
        """Everything of a release that is not shown as the release has it: path -> status."""
        self._connection.close()  # one that was idle for long may be gone at the other end
        found = {path: self.get(path) for path in manifest.files}
        return {
            path: status
            for path, (status, digest) in found.items()
            if (status, digest) != (200, manifest.files[path].digest)
        }


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A project of so many files, served, and crawled once before anything changes."""
    with project(tmp_path_factory.mktemp("large")) as pages:
        pages.write("frontend/more.py", BUILD % {"pages": PAGES, "assets": ASSETS, "generation": 1})
        pages.replace(
            "frontend/buildspec.yml",
            "      - python3 build.py\n",
            "      - python3 build.py\n      - python3 more.py\n",
        )
        pages.commit("A large site")
        up = pages.up()
        pages.put(("algorithm-7", "1.0.0", "ranking"))
        pages.wait_for_verdicts(1, seconds=120)
        yield pages, up


def test_one_changed_document_is_at_most_five_paths_and_no_page_is_stale_or_missing(large):
    pages, up = large
    live = pages.home.releases.live()
    before = pages.home.releases.manifest(live.release)
    assert len(before.files) >= FILES
    with Crawler(up.edge_url) as crawler:
        assert crawler.crawl(before) == {}, "the edge has everything in its memory now"
        pages.put(("algorithm-7", "1.1.0", "ranking"))
        pages.wait_for_verdicts(2, seconds=120)
        live = pages.home.releases.live()
        after = pages.home.releases.manifest(live.release)
        (purge,) = [
            one.fact
            for one in pages.facts()
            if one.fact.kind == "edge.purged" and one.fact.release == live.release
        ]
        assert 0 < len(purge.paths) <= PATHS_MOST, purge.paths
        assert not any(path.endswith("*") for path in purge.paths), "nothing is purged that did not change"
        assert crawler.crawl(after) == {}, "stale or missing pages"
        assert before.files.keys() <= after.files.keys()
        shown = json.loads(pages.home.blobs.read(after.files["versions.json"].digest))
        assert shown["ranking"] == {"algorithm-7": "1.1.0"}


def test_a_rollback_of_a_large_site_purges_as_little(large):
    pages, up = large
    told = pages.json("release", "rollback", "previous", "--reason", "the way back is cheap, too")
    assert told["seen"] is True
    live = pages.home.releases.live()
    purge = [one.fact for one in pages.facts() if one.fact.kind == "edge.purged"][-1]
    assert (purge.release, len(purge.paths) <= PATHS_MOST) == (live.release, True), purge.paths
    with Crawler(up.edge_url) as crawler:
        assert crawler.crawl(pages.home.releases.manifest(live.release)) == {}


def new_assets(pages):
    """A small project whose every asset gets another name by the second commit; gives both manifests."""
    manifests, up = [], pages.up()
    for generation in (1, 2):
        pages.write("frontend/more.py", BUILD % {"pages": 5, "assets": 5, "generation": generation})
        pages.commit(f"Assets, generation {generation}")
        pages.put(("algorithm-7", f"{generation}.0.0", "ranking"))
        pages.wait_for_verdicts(generation)
        until(lambda: shown_note(pages) == head_of(pages), "the commit is live")
        live = pages.home.releases.live()
        manifests.append(pages.home.releases.manifest(live.release))
        with Crawler(up.edge_url) as crawler:
            assert crawler.crawl(manifests[-1]) == {}
    return up, *manifests


def shown_note(pages):
    live = pages.home.releases.live()
    return live.bill.of("frontend").id if live else ""


def head_of(pages):
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        cwd=pages.folder / "frontend",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("edge", ["that served the page", "with an empty memory"])
def test_a_page_still_open_finds_the_files_of_the_previous_build_at_an_edge(tmp_path, edge):
    with project(tmp_path) as pages:
        pages.replace(
            "frontend/buildspec.yml",
            "      - python3 build.py\n",
            "      - python3 build.py\n      - python3 more.py\n",
        )
        up, before, after = new_assets(pages)
        gone = [path for path in before.files if path not in after.files]
        assert len(gone) == 5
        if edge == "with an empty memory":
            assert up.end() == 0
            up = pages.up()
        with Crawler(up.edge_url) as crawler:
            found = {path: crawler.get(path) for path in gone}
        assert found == {path: (200, before.files[path].digest) for path in gone}
