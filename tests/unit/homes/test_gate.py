import pytest

from laststop.errors import NotFoundError
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.objects import Objects
from laststop.site.live import Hold, held, lifted
from unit.homes.home_workbench import EPOCH, Home

SOURCES = [
    (
        "frontend",
        "Source/AWS/CodeStarSourceConnection/1",
        {"FullRepositoryId": "acme/frontend", "BranchName": "main"},
    ),
    ("routing", "Source/AWS/S3/1", {"S3Bucket": "docs", "S3ObjectKey": "routing.zip"}),
]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve()


@pytest.fixture
def gate(home):
    return StoredGate(home.store)


def test_at_first_nothing_is_held(gate):
    assert gate.held() is None


def test_a_hold_has_a_reason_until_it_is_lifted(home, gate):
    home.work()
    live = home.releases.live()
    home.releases.switch(held(live, Hold(reason="broken page", since=EPOCH)), expected_epoch=live.epoch)
    assert gate.held() == "broken page"
    home.releases.switch(lifted(home.releases.live()), expected_epoch=home.releases.live().epoch)
    assert gate.held() is None


def test_while_the_site_is_held_no_run_is_decided_and_afterwards_one(home):
    home.work()
    live = home.releases.live()
    home.releases.switch(held(live, Hold(reason="broken page", since=EPOCH)), expected_epoch=live.epoch)
    for version in ("1.0", "1.1", "1.2"):
        home.put("bgp", version)
        home.work()
    assert len(home.run_rows()) == 1
    home.releases.switch(lifted(home.releases.live()), expected_epoch=home.releases.live().epoch)
    home.work()
    assert len(home.run_rows()) == 2
    assert home.page()["routing"] == {"bgp": "1.2"}


def test_heads_are_what_the_sources_would_give(home, gate):
    home.put("bgp", "1.0")
    home.publish()
    home.push("c7")
    heads = gate.heads(SOURCES)
    assert heads.of("frontend").id == "c7"
    assert heads.of("routing").id == Objects(home.store).newest("docs/routing.zip").version_id
    assert heads.digest == gate.heads(SOURCES).digest


def test_a_source_nobody_has_looked_at_is_equal_to_no_other(tmp_path):
    heads = StoredGate(Home(tmp_path).store).heads(SOURCES)
    assert [revision.id for revision in heads.revisions] == ["", ""]


def test_a_mark_for_heads_that_the_newest_run_has_is_dropped(home):
    home.work()
    home.push("c2")
    home.push("c1")
    home.work()
    assert len(home.run_rows()) == 1
    assert len(home.facts("start.dropped")) == 1


# objects


def test_the_newest_version_of_an_object_is_read_with_its_bytes(home):
    objects = Objects(home.store)
    first = objects.newest("docs/routing.zip")
    home.put("bgp", "1.0")
    home.publish()
    second = objects.newest("docs/routing.zip")
    assert (first.generation, second.generation) == (0, 1)
    assert first.version_id != second.version_id
    assert second.content[:2] == b"PK"
    assert len(second.etag.strip('"')) == 32


@pytest.mark.parametrize("location", ["docs/moon.zip", "", "docs/../docs/routing.zip", "x" * 5000])
def test_an_object_that_is_not_there_is_said_with_the_next_step(home, location):
    with pytest.raises(NotFoundError) as refused:
        Objects(home.store).newest(location)
    assert "pipeline.yml" in refused.value.hint
