"""Switches in place that meet holds, other switches and kills."""

import pytest

from contract.aws_home import AwsReleases
from contract.releases_made import keep, mark_of, switch_to
from laststop.errors import ConflictError
from laststop.homes.aws.bucket import Bucket
from laststop.site.live import Hold, held, switched
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
    assert place.another().mend() == 2, "one page written, the entry page in doubt"
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
