"""A backup holds everything and a restore believes nothing."""

import io
import tarfile
import threading

import msgspec
import pytest

from laststop.errors import ConflictError, NotFoundError, TransientError, UsageError
from laststop.homes.embedded import collecting as collecting_module
from laststop.homes.embedded import restore as restore_module
from laststop.homes.embedded.backup import Backup
from laststop.homes.embedded.backup_file import LISTING, STORE
from laststop.homes.embedded.collecting import collecting, copying
from laststop.homes.embedded.disk import names_in
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.restore import restore
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.replay import differences
from unit.homes.home_workbench import Home


class Place:
    """A project folder with a state that has been used."""

    def __init__(self, root):
        self.folders = Folders(root)
        self.home = Home(self.folders.root).serve().work()
        self.home.put("bgp", "1.0")
        self.home.work()
        log = self.folders.logs / self.home.run_rows()[-1].id / "Build-build-site-1.ndjson"
        log.parent.mkdir(parents=True)
        log.write_text('{"text":"built"}\n')
        log.with_name("Build-build-site-1.reports.json").write_text("[]")
        bucket = self.folders.buckets / "uploads"
        (bucket / "nested").mkdir(parents=True)
        (bucket / "nested" / "app v1.zip").write_bytes(b"app")
        (bucket / "link").symlink_to(log)
        upload = self.folders.buckets / ".incoming" / "half"
        upload.parent.mkdir()
        upload.write_bytes(b"ha")
        self.file = root.parent / "saved.tar"

    def backup(self, tell=lambda _: None):
        return Backup(
            database=self.home.store.database,
            blobs=self.home.blobs,
            folders=self.folders,
            project="translations",
            clock=self.home.clock,
        ).write(self.file, tell)

    def digests(self):
        return set(self.home.blobs.all())


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path / "project")
    yield made
    made.home.store.close()


@pytest.fixture
def target(tmp_path):
    (tmp_path / "other").mkdir()
    return Folders(tmp_path / "other")


def bring_back(place, target):
    return restore(place.file, target, lambda _: None)


def members(file) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {each.name: tar.extractfile(each).read() for each in tar}


def write(file, content: dict[str, bytes], change=lambda info: None) -> None:
    with tarfile.open(file, "w") as tar:
        for name, data in content.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            change(info)
            tar.addfile(info, io.BytesIO(data))


def left(folder):
    """What a refused restore left behind: nothing."""
    return names_in(folder.project)


def test_what_was_backed_up_is_there_again_and_works_on(place, target):
    heard = []
    listing = place.backup(heard.append)
    assert heard == sorted(heard)
    assert bring_back(place, target) == listing
    again = Home(target.root)
    assert again.verdicts() == {("bgp", "1.0"): "live"}
    assert set(again.blobs.all()) == place.digests()
    assert all(again.blobs.verify(digest) for digest in again.blobs.all())
    assert differences(again.store) == []
    [log] = target.logs.rglob("*.ndjson")
    assert log.read_text() == '{"text":"built"}\n'
    assert log.with_name("Build-build-site-1.reports.json").read_text() == "[]"
    kept = [path for path in target.buckets.rglob("*") if path.is_file()]
    assert kept == [target.buckets / "uploads" / "nested" / "app v1.zip"]
    assert kept[0].read_bytes() == b"app"
    again.serve().work()
    again.put("bgp", "1.1")
    again.work()
    assert again.verdicts()["bgp", "1.1"] == "live"
    again.store.close()


def test_the_file_is_for_its_owner_and_nothing_else_is_left(place):
    place.backup()
    assert place.file.stat().st_mode & 0o777 == 0o600
    assert names_in(place.file.parent) == ["project", "saved.tar"]
    assert not place.folders.copies.exists()


def test_a_file_that_exists_is_not_touched(place):
    place.file.write_bytes(b"mine")
    with pytest.raises(ConflictError, match="exists already"):
        place.backup()
    assert place.file.read_bytes() == b"mine"


def test_a_folder_that_is_not_there_is_named(place):
    place.file = place.file.parent / "nowhere" / "saved.tar"
    with pytest.raises(NotFoundError, match="nowhere"):
        place.backup()


def test_a_backup_that_is_interrupted_leaves_no_file(place):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        place.backup(stop)
    assert names_in(place.file.parent) == ["project"]
    with collecting(place.folders.collecting) as may:
        assert may


def test_a_damaged_blob_is_left_out_and_named(place, target):
    digest = min(place.digests())
    path = place.home.blobs.path(digest)
    path.chmod(0o644)
    path.write_bytes(b"rust")
    assert place.backup().damaged == (digest,)
    bring_back(place, target)
    assert not (target.blobs / digest[:2] / digest[2:]).exists()


def test_what_is_written_while_it_is_copied_is_whole_or_not_there(place, target):
    """The store is copied first: whatever it names was on the disk by then."""
    written = []

    def write_more(_):
        if len(written) < 20:
            place.home.put("nat", f"{len(written)}.0", type_="firewall")
            place.home.work()
            written.append(place.home.document("firewall"))

    place.backup(write_more)
    assert len(written) > 3
    bring_back(place, target)
    again = Home(target.root)
    assert again.verdicts() == {("bgp", "1.0"): "live"}
    for release in again.releases.kept():
        assert not again.releases.missing(again.releases.manifest(release.id).digests)
    again.store.close()


# no collection meanwhile


def test_nobody_collects_while_somebody_copies(tmp_path):
    lock = tmp_path / "lock"
    with copying(lock), collecting(lock) as may:
        assert not may
    with collecting(lock) as may:
        assert may


def test_a_copy_waits_for_a_collection_to_end(tmp_path):
    lock, order = tmp_path / "lock", []
    with collecting(lock):
        thread = threading.Thread(target=lambda: (copying(lock).__enter__(), order.append("copied")))
        thread.start()
        thread.join(0.2)
        order.append("collected")
    thread.join(10)
    assert order == ["collected", "copied"]


def test_a_second_backup_is_refused_when_the_first_does_not_end(place, monkeypatch):
    monkeypatch.setattr(collecting_module, "PATIENCE_SECONDS", 0.05)
    with copying(place.folders.collecting), pytest.raises(ConflictError, match="another backup"):
        place.backup()
    assert not place.file.exists()


# what is refused, with nothing left


@pytest.mark.parametrize("inside", ["laststop.db", "edges/one"])
def test_a_project_with_a_state_is_refused_with_the_way_to_move_it(place, target, inside):
    place.backup()
    (target.root / inside).parent.mkdir(parents=True)
    (target.root / inside).write_bytes(b"")
    with pytest.raises(ConflictError, match="has a state already") as refused:
        bring_back(place, target)
    assert f"mv {target.root} {target.root}.before" in refused.value.hint
    assert left(target) == [".laststop"]


def test_a_state_that_appears_meanwhile_is_not_replaced(place, target):
    place.backup()

    def appear(_):
        target.root.mkdir(exist_ok=True)
        (target.root / "lock").write_bytes(b"")

    with pytest.raises(ConflictError, match="has a state already"):
        restore(place.file, target, appear)
    assert left(target) == [".laststop"]
    assert names_in(target.root) == ["lock"]


def test_a_restore_that_was_killed_is_no_obstacle(place, target):
    place.backup()
    stale = target.project / ".laststop.restoring"
    (stale / "blobs").mkdir(parents=True)
    (stale / "laststop.db").write_bytes(b"half")
    bring_back(place, target)
    assert left(target) == [".laststop"]
    Store(target.store).close()


def test_of_two_restores_at_once_one_is_refused(place, target):
    place.backup()
    seen = []

    def second(_):
        with pytest.raises(ConflictError, match="somebody else restores"):
            bring_back(place, target)
        seen.append(True)

    restore(place.file, target, second)
    assert seen
    assert left(target) == [".laststop"]


def test_a_full_disk_leaves_nothing(place, target, monkeypatch):
    place.backup()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restore_module, "sync_all", full)
    with pytest.raises(TransientError, match="disk is full"):
        bring_back(place, target)
    assert left(target) == []


def test_a_file_that_is_not_there_or_no_tar_is_named(place, target):
    with pytest.raises(NotFoundError, match=r"saved\.tar"):
        bring_back(place, target)
    for content in (b"", b"a shopping list" * 1000):
        place.file.write_bytes(content)
        with pytest.raises(UsageError, match=r"backup|incomplete"):
            bring_back(place, target)
    assert left(target) == []


def test_a_backup_that_was_cut_short_anywhere_is_refused(place, target):
    place.backup()
    whole = place.file.read_bytes()
    for part in range(1, 20):
        place.file.write_bytes(whole[: len(whole) * part // 20 // 512 * 512 - 100 * (part % 2)])
        with pytest.raises(UsageError):
            bring_back(place, target)
        assert left(target) == []


def test_a_byte_that_changed_anywhere_is_noticed(place, target):
    place.backup()
    with tarfile.open(place.file) as tar:
        spots = [(each.name, each.offset_data + each.size // 2) for each in tar if each.size]
    whole = place.file.read_bytes()
    for name, spot in spots:
        place.file.write_bytes(whole[:spot] + bytes([whole[spot] ^ 1]) + whole[spot + 1 :])
        with pytest.raises(UsageError) as refused:
            bring_back(place, target)
        assert refused.value.place == str(place.file), name
    assert left(target) == []


@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "/etc/escaped",
        "blobs/../../escaped",
        "logs/r/../../escaped.ndjson",
        "lock",
        "site/current",
        "buckets/uploads/../../escaped",
        "buckets/.incoming/half",
        "buckets/..",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(place, target, name):
    place.backup()
    write(place.file, {name: b"x", **members(place.file)})
    with pytest.raises(UsageError, match="which no backup does"):
        bring_back(place, target)
    assert left(target) == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_only_plain_files_are_taken(place, target, kind):
    def change(info):
        if info.name.startswith("logs/"):
            info.type, info.linkname = kind, "/etc/passwd"

    place.backup()
    write(place.file, members(place.file), change)
    with pytest.raises(UsageError, match="which no backup does"):
        bring_back(place, target)
    assert left(target) == []


def changed_listing(place, **members_of_it):
    content = members(place.file)
    told = msgspec.json.decode(content.pop(LISTING)) | members_of_it
    return content | {LISTING: msgspec.json.encode(told)}


def test_a_newer_format_is_refused_with_the_next_step(place, target):
    place.backup()
    write(place.file, changed_listing(place, format=2, entries="not what it was"))
    with pytest.raises(UsageError, match="a newer laststop made this backup") as refused:
        bring_back(place, target)
    assert "newer" in refused.value.hint


@pytest.mark.parametrize("drop", [STORE, "blobs/", "logs/"])
def test_a_file_that_the_list_names_must_be_there(place, target, drop):
    place.backup()
    content = members(place.file)
    del content[next(name for name in content if name.startswith(drop))]
    write(place.file, content)
    with pytest.raises(UsageError, match="lacks"):
        bring_back(place, target)
    assert left(target) == []


def test_a_store_of_a_newer_laststop_is_refused(place, target):
    with place.home.store.database.writing() as connection:
        connection.execute("PRAGMA user_version=99")
    place.backup()
    with pytest.raises(UsageError, match="newer laststop"):
        bring_back(place, target)
    assert left(target) == []
