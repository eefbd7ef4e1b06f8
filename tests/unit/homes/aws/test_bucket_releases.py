"""Switches in place that meet holds, other switches and kills."""

import msgspec
import pytest

from contract.aws_home import SITE, AwsReleases, bucket
from contract.releases_made import blobs_of, keep, made, mark_of, switch_to
from laststop.errors import ConflictError, NotFoundError
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.releases import BucketReleases, Cared
from laststop.homes.aws.site_ledger import TableSiteLedger
from laststop.site.live import Hold, held, switched
from laststop.site.manifest import Manifest, entry_of
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId
from unit.homes.home_workbench import EPOCH, Clock

pytestmark = pytest.mark.emulator


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def place(aws):
    made = AwsReleases(aws, Clock())
    yield made
    made.service.close()


def two_releases(place):
    one = keep(place.port, 1, index=b"page 1", a=b"a 1", b=b"b")
    two = keep(place.port, 2, index=b"page 2", a=b"a 2", c=b"c")
    return one, two


ONE = {"index.html": b"page 1", "a.html": b"a 1", "b.html": b"b"}
TWO = {"index.html": b"page 2", "a.html": b"a 2", "c.html": b"c"}


def at_index(monkeypatch, action) -> None:
    """Do something right before the entry page of the next switch is written."""
    put, left = Bucket.put, [action]

    def putting(self, key, content, **options):
        if key == "site/index.html" and left:
            left.pop()()
        return put(self, key, content, **options)

    monkeypatch.setattr(Bucket, "put", putting)


def test_after_a_switch_readers_find_exactly_the_release(place):
    one, two = two_releases(place)
    for release, files in ((one, ONE), (two, TWO), (one, ONE)):
        switch_to(place.port, release)
        assert place.shown() == files


def test_a_hold_set_in_the_middle_of_a_switch_keeps_the_release_and_its_files(place, monkeypatch):
    one, two = two_releases(place)
    live = switch_to(place.port, one)
    other = place.another()
    at_index(
        monkeypatch,
        lambda: other.switch(held(live, Hold(reason="no", since=EPOCH)), expected_epoch=live.epoch),
    )
    with pytest.raises(ConflictError):
        switch_to(place.port, two)
    assert (place.port.live().release, place.port.live().hold.reason) == (one.id, "no")
    assert place.shown() == ONE


def test_of_two_switches_that_meet_the_one_that_came_later_wins_as_a_whole(place, monkeypatch):
    one, two = two_releases(place)
    three = keep(place.port, 3, index=b"page 3", a=b"a 1")
    live = switch_to(place.port, one)
    other = place.another()
    pointer = switched(live, three, high_water=mark_of(three), at=EPOCH)
    at_index(monkeypatch, lambda: other.switch(pointer, expected_epoch=live.epoch))
    with pytest.raises(ConflictError):
        switch_to(place.port, two)
    assert place.port.live().release == three.id
    assert place.shown() == {"index.html": b"page 3", "a.html": b"a 1"}


def test_who_lost_the_turn_to_a_switch_under_way_waits_for_its_end_and_then_judges_anew(place, monkeypatch):
    one, two = two_releases(place)
    three = keep(place.port, 3, index=b"page 3", a=b"a 1")
    live = switch_to(place.port, one)
    rows, pauses = Pointer(place.table, place.clock), []
    taken: list[int] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:  # the other one ends now
            rows.end_turn(taken[0])

    loser = BucketReleases(bucket(place._stack, SITE), place.table, place.clock, pause=pause)
    at_index(monkeypatch, lambda: taken.append(rows.take_turn(three.id, epoch=live.epoch)))
    with pytest.raises(ConflictError):
        switch_to(loser, two)
    assert len(pauses) == 3
    assert place.port.live().release == one.id


def kill_in_the_middle(place, release, monkeypatch) -> None:
    def kill():
        raise Killed

    with monkeypatch.context() as patched:
        at_index(patched, kill)
        with pytest.raises(Killed):
            switch_to(place.another(), release)


def test_killed_in_the_middle_the_pointer_still_names_the_old_release_and_a_repeat_ends_it(
    place, monkeypatch
):
    one, two = two_releases(place)
    switch_to(place.port, one)
    kill_in_the_middle(place, two, monkeypatch)
    assert place.port.live().release == one.id
    assert place.shown()["a.html"] == b"a 2", "the page before the entry page was written"
    switch_to(place.another(), two)
    assert place.shown() == TWO


def test_what_a_dead_switch_left_is_mended_once_nobody_can_be_at_it_any_more(place, monkeypatch):
    one, two = two_releases(place)
    switch_to(place.port, one)
    kill_in_the_middle(place, two, monkeypatch)
    assert place.port.mend() == 0, "it may still be alive"
    place.clock.pass_by(minutes=16)
    assert place.another().care(keep=5).mended == 2, "one page written, the entry page in doubt"
    assert {path: place.shown()[path] for path in ONE} == ONE
    assert "c.html" not in place.shown()
    assert place.port.mend() == 0


def test_mending_before_the_first_release_does_nothing(place):
    assert place.port.mend() == 0


def test_a_deploy_of_a_large_site_asks_for_each_changed_file_once(place):
    many = {f"p{n}": str(n).encode() for n in range(300)}
    switch_to(place.port, keep(place.port, 1, **many))
    changed = keep(place.another(), 2, **many | {"p7": b"new"})
    switch_to(place.another(), changed)
    assert place.shown()["p7.html"] == b"new"
    assert len(place.shown()) == 300


def test_retention_keeps_the_newest_and_the_live_one_and_takes_what_only_the_others_needed(place):
    chunks = {n: f"assets/app-{n}c0ffee0{n}.js" for n in range(1, 5)}
    kept = []
    for n in range(1, 5):
        release, manifest, contents = made_with(n, chunks[n])
        place.port.store(release, manifest, blobs_of(contents))
        switch_to(place.port, release)
        kept.append(release)
    back = switch_to(place.port, kept[0])
    place.clock.pass_by(hours=2)
    cared = place.another().care(keep=2)
    assert (cared.releases, cared.files) == (2, 2), "live is the newest, and the one before it is kept"
    assert [each.id for each in place.port.kept()] == [kept[0].id, kept[3].id]
    assert place.port.live().release == back.release
    assert {path for path in place.shown() if path.startswith("assets/")} == {chunks[1], chunks[4]}
    with pytest.raises(NotFoundError):
        place.another().manifest(kept[1].id)
    assert place.another().care(keep=2) == Cared(mended=0, releases=0, contents=0, files=0)


def test_retention_takes_contents_a_month_later_and_a_kept_release_can_still_be_shown(place):
    one, two = two_releases(place)
    switch_to(place.port, one)
    switch_to(place.port, two)
    place.clock.pass_by(days=40)
    cared = place.another().care(keep=1)
    assert (cared.releases, cared.contents) == (1, 4), "three pages and the manifest"
    place.clock.pass_by(minutes=20)
    place._stack.client("s3").put_object(Bucket="site-bucket", Key="site/a.html", Body=b"vandal")
    assert place.another().mend() == 1
    assert place.shown() == TWO


def test_the_row_of_a_removed_release_goes_once_no_edge_can_have_its_pages(place):
    one, two = two_releases(place)
    switch_to(place.port, one)
    switch_to(place.port, two)
    rows, ledger = Pointer(place.table, place.clock), TableSiteLedger(place.table, place.clock)
    place.clock.pass_by(hours=2)
    assert place.another().care(keep=1).releases == 1
    place.clock.pass_by(days=8)
    place.another().care(keep=1)
    assert rows.release(one.id) is not None, "two was neither purged nor proven"
    ledger.purged(two.id, ("/*",), "r", 1)
    ledger.seen(two.id, ("http://edge",), 3)
    place.another().care(keep=1)
    assert rows.release(one.id) is None
    assert rows.release(two.id) is not None


def test_a_young_release_is_kept_whatever_the_number(place):
    one, two = two_releases(place)
    switch_to(place.port, one)
    switch_to(place.port, two)
    assert place.another().care(keep=1).releases == 0


def made_with(number: int, chunk: str):
    files = {"index.html": f"page {number}".encode(), chunk: f"chunk {number}".encode()}
    manifest = Manifest(files={path: entry_of(path, content) for path, content in files.items()})
    release = msgspec.structs.replace(
        made(number)[0], id=ReleaseId(f"run-{number}-{manifest.digest[:12]}"), manifest=manifest.digest
    )
    return release, manifest, {digest_of(content): content for content in files.values()}
