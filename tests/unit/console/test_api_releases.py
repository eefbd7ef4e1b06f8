from datetime import UTC, datetime, timedelta

import pytest

from laststop.homes.embedded.tokens import Scope, Tokens
from laststop.site.live import HighWater, Release, switched
from laststop.site.manifest import Manifest, entry_of
from laststop.site.releases import Blob
from laststop.words.bill import Bill
from laststop.words.ids import ReleaseId, RunId
from unit.console.console_workbench import ask

OLD, NEW = ReleaseId("0a" * 18), ReleaseId("1b" * 18)
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OWNER = "owner-of-32-characters-or-so-xxx"


@pytest.fixture
def shipped(bench):
    """Two real releases, the newer one live."""
    releases = bench.home.releases
    files = {OLD: {"index.html": b"old", "gone.html": b"g"}, NEW: {"index.html": b"new", "more.html": b"m"}}
    for number, (name, content) in enumerate(files.items()):
        manifest = Manifest(files={path: entry_of(path, text) for path, text in content.items()})
        at = START + timedelta(minutes=number)
        run = RunId(f"run-{number}")
        release = Release(id=name, run=run, bill=Bill(), manifest=manifest.digest, stored_at=at)
        blobs = [
            Blob(digest=manifest.files[path].digest, size_bytes=len(text), chunks=[text])
            for path, text in content.items()
        ]
        releases.store(release, manifest, blobs)
        live = releases.live()
        mark = HighWater(generations={}, decided_at=at, run=run)
        pointer = switched(live, release, high_water=mark, at=at)
        releases.switch(pointer, expected_epoch=live.epoch if live else 0)
    return bench


def back(bench, release="previous", body=b'{"reason": "the prices are wrong"}', **how):
    return ask(bench.app(), "POST", f"/api/v1/releases/{release}/rollback", body=body, **how)


def test_a_way_back_switches_holds_and_rings(shipped):
    answer = back(shipped)
    assert answer.status == 202  # no edge runs, so nobody has seen it
    assert (answer.json["release"], answer.json["held"], answer.json["seen"]) == (OLD, True, False)
    assert answer.json["waiting_because"]
    live = shipped.home.releases.live()
    assert (live.release, live.hold.reason, live.hold.by) == (
        OLD,
        "the prices are wrong",
        "somebody on this machine",
    )
    assert shipped.rings >= 1
    assert [
        each["live"] for each in ask(shipped.app(), "GET", "/api/v1/releases").json if each["id"] == OLD
    ] == [True]


def test_a_way_back_asked_for_twice_holds_once(shipped):
    back(shipped, OLD)
    epoch = shipped.home.releases.live().epoch
    assert back(shipped, OLD, b'{"reason": "again"}').status == 202
    assert shipped.home.releases.live().epoch == epoch
    assert shipped.home.releases.live().hold.reason == "the prices are wrong"


def test_a_way_back_names_the_token_that_asked(shipped):
    made = Tokens(shipped.home.store, lambda: datetime.now(UTC)).new("night watch", Scope.ADMIN)
    answer = ask(
        shipped.app(host="10.0.0.5", token=OWNER),
        "POST",
        "/api/v1/releases/previous/rollback",
        body=b'{"reason": "wrong"}',
        headers=[("Authorization", f"Bearer {made.text}")],
        host="10.0.0.5",
    )
    assert answer.status == 202
    assert shipped.home.releases.live().hold.by == "night watch"


def test_a_lift_says_whether_there_was_a_hold(shipped):
    back(shipped)
    rings = shipped.rings
    app = shipped.app()
    assert ask(app, "POST", "/api/v1/releases/lift").json == {"lifted": True}
    assert shipped.rings == rings + 1
    assert ask(app, "POST", "/api/v1/releases/lift").json == {"lifted": False}
    assert shipped.rings == rings + 1
    assert shipped.home.releases.live().hold is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"reason": ""}',
        b'{"reason": "  "}',
        b'{"reason": 1}',
        b'{"why": "x"}',
        b'{"reason": "%s"}' % (b"x" * 501),
    ],
)
def test_a_way_back_without_a_reason_changes_nothing(shipped, body):
    answer = back(shipped, body=body)
    assert answer.status == 400
    assert answer.error["place"].startswith("body")
    assert shipped.home.releases.live().release == NEW


@pytest.mark.parametrize("release", ["ffff", "no-such"])
def test_there_is_no_way_back_to_what_is_not_kept(shipped, release):
    assert back(shipped, release).status == 404
    assert ask(shipped.app(), "GET", f"/api/v1/releases/{release}/diff/{NEW}").status == 404


def test_nothing_is_rolled_back_before_the_first_release(bench):
    assert back(bench).status == 404
    assert ask(bench.app(), "POST", "/api/v1/releases/lift").json == {"lifted": False}


def test_two_releases_are_compared_as_readers_see_them(shipped):
    answer = ask(shipped.app(), "GET", f"/api/v1/releases/previous/diff/{NEW[:6]}")
    assert answer.json == {"added": ["more.html"], "changed": ["index.html"], "removed": ["gone.html"]}
    assert ask(shipped.app(), "GET", f"/api/v1/releases/{NEW}/diff/{NEW}").json == {
        "added": [],
        "changed": [],
        "removed": [],
    }


def test_releases_are_listed_from_the_newest_and_no_more_than_asked_for(shipped):
    app = shipped.app()
    assert [each["id"] for each in ask(app, "GET", "/api/v1/releases").json] == [NEW, OLD]
    assert [each["id"] for each in ask(app, "GET", "/api/v1/releases?limit=1").json] == [NEW]
    assert ask(app, "GET", "/api/v1/releases?limit=0").status == 400
