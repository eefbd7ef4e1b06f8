"""What every home's edge and probe promise: `site.edge`, `site.probe`."""

import pytest

from contract.aws_home import HOMES, AwsEdge
from laststop.errors import ConflictError
from laststop.homes.embedded.edge.server import EdgeServer
from laststop.homes.embedded.edge_client import EdgeClient
from laststop.homes.embedded.probe import EdgeProbe
from laststop.words.digests import digest_of
from unit.homes.edge_fakes import FakeOrigin

PAGE, OTHER = b"<p>one</p>", b"<p>two</p>"


class Embedded:
    """One edge in this process, over an origin in memory."""

    def __init__(self, path) -> None:
        self._origin = FakeOrigin()
        self._origin.ship("r0", {})
        self._shipped = 0
        self._server = EdgeServer(
            self._origin, host="127.0.0.1", port=0, default_ttl_seconds=300, registry=path / "edges"
        )
        self._server.start()
        self.edge = EdgeClient(path / "edges")
        self.probe = EdgeProbe(self.edge)

    def ship(self, files: dict[str, bytes]) -> None:
        self._shipped += 1
        self._origin.ship(f"r{self._shipped}", files)

    def close(self) -> None:
        self._origin.gate.set()
        self._server.stop()


@pytest.fixture(params=HOMES)
def place(request, tmp_path):
    made = AwsEdge(request.getfixturevalue("aws")) if request.param == "aws" else Embedded(tmp_path)
    yield made
    made.close()


def test_a_purge_is_confirmed_and_its_repeat_too(place):
    place.ship({"index.html": PAGE})
    assert place.edge.purge(("/", "/index.html"), "r1-abc") == 1
    assert place.edge.purge(("/", "/index.html"), "r1-abc") == 1
    if isinstance(place, AwsEdge):
        assert place.purges() == 1, "a repeat is no new work"


def test_a_known_reference_with_other_paths_is_a_conflict(place):
    place.edge.purge(("/a.html",), "r1-abc")
    with pytest.raises(ConflictError):
        place.edge.purge(("/b.html",), "r1-abc")


@pytest.mark.parametrize("paths", [("/*",), ("/a/b*", "/c%20d.html"), ("/x&y.html", "/z'q.html")], ids=str)
def test_paths_as_plans_spell_them_are_taken(place, paths):
    assert place.edge.purge(paths, f"r-{len(paths)}-{paths[0][1:3]}") == 1


def test_no_paths_are_no_work(place):
    assert place.edge.purge((), "r1-none") in (0, 1)


def test_a_reader_gets_a_page_by_its_path_and_an_index_by_its_directory(place):
    place.ship({"index.html": PAGE, "build.json": b"{}", "a b/ü.html": OTHER})
    (edge,) = place.probe.edges()
    for path, content in (("index.html", PAGE), ("build.json", b"{}"), ("a b/ü.html", OTHER)):
        found = place.probe.fetch(edge, path)
        assert (found.status, found.digest, found.body) == (200, digest_of(content), content), path


def test_what_is_not_there_is_an_answer_not_an_error(place):
    (edge,) = place.probe.edges()
    assert place.probe.fetch(edge, "nothing.html").status in (403, 404)


def test_after_a_purge_readers_get_what_is_there_now(place):
    place.ship({"a.html": PAGE})
    (edge,) = place.probe.edges()
    assert place.probe.fetch(edge, "a.html").body == PAGE
    place.ship({"a.html": OTHER})
    place.edge.purge(("/a.html",), "r2-a")
    assert place.probe.fetch(edge, "a.html").body == OTHER
