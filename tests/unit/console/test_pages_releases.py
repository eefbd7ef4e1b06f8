from urllib.parse import urlencode

import pytest

from laststop.console import pages_releases
from laststop.homes.embedded.runs import run_row
from laststop.site.live import HighWater, Release, switched
from laststop.site.manifest import entry_of, manifest_of
from laststop.site.releases import Blob
from laststop.wiring.embedded import clock
from laststop.words.ids import ReleaseId
from unit.console.console_workbench import ask
from unit.console.page_reader import HOSTILE, read

OURS = [("Origin", "http://127.0.0.1:8700")]


@pytest.fixture(autouse=True)
def no_patience(monkeypatch):
    """No edge runs here."""
    monkeypatch.setattr(pages_releases, "PATIENCE_SECONDS", 0.0)


def ship(bench, **files):
    """A run whose release is really kept, and live."""
    run = bench.start()
    bench.read_sources()
    bench.end("build-site")
    contents = {f"{name}.html": text.encode() for name, text in files.items()}
    entries = {path: entry_of(path, content) for path, content in contents.items()}
    manifest = manifest_of((path, each.digest, each.size_bytes) for path, each in entries.items())
    with bench.home.store.view() as view:
        bill = run_row(view, run).bill
    release = Release(
        id=ReleaseId(f"{run}-{manifest.digest[:12]}"),
        run=run,
        bill=bill,
        manifest=manifest.digest,
        stored_at=clock(),
    )
    releases = bench.home.releases
    blobs = [
        Blob(digest=entries[path].digest, size_bytes=len(content), chunks=(content,))
        for path, content in contents.items()
    ]
    releases.store(release, manifest, blobs)
    live = releases.live()
    mark = HighWater(generations=bill.generations, decided_at=clock(), run=run)
    pointer = switched(live, release, high_water=mark, at=clock())
    releases.switch(pointer, expected_epoch=live.epoch if live else 0)
    bench.home.ledger.seen(release.id, ("http://127.0.0.1:9999/",), 3)
    for action in ("deploy-site", "invalidate-edge", "announce", "verify-live"):
        bench.end(action)
    bench.judge()
    return release


def roll_back(bench, release, reason):
    body = urlencode({"reason": reason}).encode()
    return ask(bench.app(), "POST", f"/releases/{release}/rollback", body=body, headers=OURS)


def test_releases_stand_with_what_is_live_and_a_way_back_to_the_others(bench):
    first = ship(bench, index="one")
    second = ship(bench, index="two")
    page = read(bench, "/releases")
    assert page.text.index(second.id[-12:]) < page.text.index(first.id[-12:])
    assert f"/releases/{first.id}/rollback" in page.addresses
    assert f"/releases/{second.id}/rollback" not in page.addresses
    assert f"/runs/{first.run}" in page.addresses


def test_a_release_shows_what_readers_see_differently_in_it(bench):
    bench.put("bgp-policy", "1.0")
    ship(bench, index="one", old="gone soon")
    bench.put("bgp-policy", "1.1")
    second = ship(bench, index="two", fresh="a page")
    text = read(bench, f"/releases/{second.id}").text
    assert "Changed 1 file index.html" in text
    assert "Added 1 file fresh.html" in text
    assert "Removed 1 file old.html" in text
    assert "bgp-policy routing 1.0 1.1" in text


def test_a_release_is_compared_with_any_other(bench):
    first, _, third = ship(bench, index="1"), ship(bench, index="2"), ship(bench, index="1", more="x")
    text = read(bench, f"/releases/{third.id}?against={first.id}").text
    assert "Added 1 file more.html" in text
    assert "Changed" not in text
    assert "No earlier release" in read(bench, f"/releases/{first.id}").text


def test_a_rollback_switches_and_holds_and_every_page_says_so(bench):
    first = ship(bench, index="one")
    ship(bench, index="two")
    answer = roll_back(bench, first.id, f"{HOSTILE} prices")
    assert (answer.status, answer.headers["location"]) == (303, "/releases")
    assert bench.rings > 0
    live = bench.home.releases.live()
    assert (live.release, live.hold.reason) == (first.id, f"{HOSTILE} prices")
    assert "Held: run" in read(bench, "/").text
    for path in ("/runs", "/versions", "/releases", "/inbox", f"/runs/{first.run}"):
        page = read(bench, path)
        assert f"{HOSTILE} prices. Changes wait behind it." in page.text
        assert "/releases/lift" in page.addresses


def test_lifting_ends_the_hold_and_may_be_asked_for_twice(bench):
    first = ship(bench, index="one")
    ship(bench, index="two")
    roll_back(bench, first.id, "prices are wrong")
    for _ in range(2):
        answer = ask(bench.app(), "POST", "/releases/lift", headers=OURS)
        assert (answer.status, answer.headers["location"]) == (303, "/")
    assert bench.home.releases.live().hold is None
    assert "/releases/lift" not in read(bench, "/runs").addresses


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_rollback_without_a_fitting_reason_changes_nothing(bench, reason):
    first, second = ship(bench, index="one"), ship(bench, index="two")
    assert roll_back(bench, first.id, reason).status == 400
    assert bench.home.releases.live().release == second.id


@pytest.mark.parametrize("body", [b"\xff\xfe", b"reason=%ff", b"&".join(b"a=1" for _ in range(50))])
def test_a_body_that_is_no_form_is_refused(bench, body):
    first = ship(bench, index="one")
    answer = ask(bench.app(), "POST", f"/releases/{first.id}/rollback", body=body, headers=OURS)
    assert answer.status == 400


def test_a_release_that_is_not_kept_is_not_found(bench):
    ship(bench, index="one")
    assert roll_back(bench, "ffff", "why").status == 404
    assert ask(bench.app(), "GET", "/releases/ffff").status == 404


def test_another_site_cannot_roll_back(bench):
    first = ship(bench, index="one")
    ship(bench, index="two")
    answer = ask(
        bench.app(),
        "POST",
        f"/releases/{first.id}/rollback",
        body=b"reason=x",
        headers=[("Origin", "http://evil.example")],
    )
    assert answer.status == 403
    assert bench.home.releases.live().hold is None


def test_a_project_without_a_release_says_so(undeclared):
    assert "Nothing was live yet." in read(undeclared, "/releases").text
