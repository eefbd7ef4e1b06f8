"""What every home's releases promise: `site.releases`."""

import msgspec
import pytest

from contract.aws_home import HOMES, AwsReleases
from contract.releases_made import blobs_of, keep, made, mark_of, switch_to
from laststop.errors import ConflictError, LaststopError, NotFoundError, UsageError
from laststop.site.live import HighWater, Hold, held, lifted, marked, switched
from laststop.site.releases import Blob
from laststop.words.digests import digest_of
from laststop.words.ids import RunId
from unit.homes.home_workbench import EPOCH, Clock, Home


class Embedded:
    def __init__(self, path) -> None:
        self._home = Home(path)
        self.port = self._home.releases

    def another(self):
        """The same releases, as another process sees them."""
        return Home(self._home.path).releases

    def switches(self) -> int:
        """How many times the pointer was written."""
        kinds = ("release.switched", "release.marked", "release.held", "release.lifted")
        return len(self._home.facts(*kinds))


@pytest.fixture(params=HOMES)
def place(request, tmp_path):
    if request.param == "aws":
        made = AwsReleases(request.getfixturevalue("aws"), Clock())
        yield made
        made.service.close()
    else:
        yield Embedded(tmp_path)


@pytest.fixture
def releases(place):
    return place.port


def same(one, other) -> bool:
    """Equal but for the instants, which a home stamps itself."""

    def plain(live):
        hold = msgspec.structs.replace(live.hold, since=EPOCH) if live.hold else None
        return msgspec.structs.replace(live, switched_at=EPOCH, hold=hold)

    return plain(one) == plain(other)


def test_at_first_nothing_is_live_and_nothing_is_kept(releases):
    assert releases.live() is None
    assert releases.kept() == ()


def test_a_stored_release_is_kept_with_its_manifest_and_is_not_live(releases):
    release = keep(releases, 1)
    assert [each.id for each in releases.kept()] == [release.id]
    assert (releases.kept()[0].run, releases.kept()[0].bill) == (release.run, release.bill)
    assert releases.manifest(release.id) == made(1)[1]
    assert releases.live() is None


def test_only_blobs_that_are_not_stored_are_missing(releases):
    keep(releases, 1, index=b"shared", one=b"1")
    assert releases.missing(made(2, index=b"shared", two=b"2")[1].digests) == {digest_of(b"2")}
    assert releases.missing(()) == frozenset()


def test_storing_twice_is_harmless(place, releases):
    keep(releases, 1)
    keep(place.another(), 1)
    assert len(releases.kept()) == 1


def test_a_blob_that_is_not_what_it_says_is_refused_and_the_release_is_not_kept(releases):
    release, manifest, contents = made(1)
    lying = [Blob(digest=digest, size_bytes=3, chunks=iter([b"lie"])) for digest in contents]
    with pytest.raises(UsageError, match=digest_of(b"lie")):
        releases.store(release, manifest, lying)
    assert releases.kept() == ()
    assert releases.missing(manifest.digests) == manifest.digests


def test_a_release_without_all_its_blobs_is_not_kept(releases):
    release, manifest, _ = made(1)
    with pytest.raises(LaststopError):
        releases.store(release, manifest, [])
    assert releases.kept() == ()


def test_a_source_of_blobs_that_breaks_leaves_nothing_kept_and_can_be_repeated(releases):
    release, manifest, contents = made(1, a=b"a", b=b"b", c=b"c")

    def breaking():
        yield from list(blobs_of(contents))[:2]
        raise OSError("the artifact is gone")

    with pytest.raises(OSError, match="gone"):
        releases.store(release, manifest, breaking())
    assert releases.kept() == ()
    keep(releases, 1, a=b"a", b=b"b", c=b"c")
    assert len(releases.kept()) == 1


def test_an_unknown_release_has_no_manifest_and_cannot_be_switched_to(place, releases):
    release = made(1)[0]
    with pytest.raises(NotFoundError):
        releases.manifest(release.id)
    with pytest.raises(NotFoundError):
        switch_to(releases, release)
    assert place.switches() == 0


def test_a_switch_writes_the_pointer_and_every_reader_sees_it(place, releases):
    pointer = switch_to(releases, keep(releases, 1))
    assert same(releases.live(), pointer)
    assert same(place.another().live(), pointer)
    assert pointer.epoch == 1


def test_a_switch_from_an_epoch_that_has_passed_is_a_conflict(place, releases):
    one, two, three = (keep(releases, number) for number in (1, 2, 3))
    first = switch_to(releases, one)
    switch_to(releases, two)
    with pytest.raises(ConflictError):
        releases.switch(
            switched(first, three, high_water=mark_of(three), at=EPOCH), expected_epoch=first.epoch
        )
    with pytest.raises(ConflictError):
        releases.switch(switched(None, three, high_water=mark_of(three), at=EPOCH), expected_epoch=0)
    assert releases.live().release == two.id
    assert place.switches() == 2


@pytest.mark.parametrize(
    "hold", [None, Hold(reason="broken page", since=EPOCH, by="ada")], ids=["plain", "held"]
)
def test_repeating_the_write_that_is_there_is_a_success_and_writes_nothing(place, releases, hold):
    """Its answer may have been lost."""
    pointer = switch_to(releases, keep(releases, 1), hold)
    place.another().switch(pointer, expected_epoch=0)
    assert place.switches() == 1


def test_another_pointer_of_the_same_epoch_is_no_repeat(releases):
    one, two = keep(releases, 1), keep(releases, 2)
    switch_to(releases, one)
    with pytest.raises(ConflictError):
        releases.switch(switched(None, two, high_water=mark_of(two), at=EPOCH), expected_epoch=0)


def test_marks_holds_and_their_end_are_writes_of_the_same_pointer(place, releases):
    pointer = switch_to(releases, keep(releases, 1))
    higher = HighWater(generations={"docs/routing.zip": 4}, decided_at=EPOCH, run=RunId("run-9"))
    steps = [
        lambda live: marked(live, higher),
        lambda live: held(live, Hold(reason="broken page", since=EPOCH, by="ada")),
        lambda live: held(live, Hold(reason="still broken", since=EPOCH, by="bob")),
        lifted,
    ]
    for step in steps:
        wanted = step(pointer)
        releases.switch(wanted, expected_epoch=pointer.epoch)
        pointer = releases.live()
        assert same(pointer, wanted)
    assert place.switches() == 5


def test_a_switch_to_an_earlier_release_keeps_the_mark_it_is_given_and_its_hold(releases):
    one, two = keep(releases, 1), keep(releases, 2)
    switch_to(releases, one)
    live = switch_to(releases, two)
    back = switched(live, one, high_water=live.high_water, at=EPOCH, hold=Hold(reason="no", since=EPOCH))
    releases.switch(back, expected_epoch=live.epoch)
    assert same(releases.live(), back)
    assert [each.id for each in releases.kept()] == [one.id, two.id], "the one switched to last stands first"
