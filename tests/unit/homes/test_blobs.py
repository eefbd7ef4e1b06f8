import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from laststop.errors import DeniedError, NotFoundError, TransientError, UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.words.digests import digest_of


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[Blobs]:
    with Blobs(tmp_path / "state" / "blobs") as store:
        yield store


def everything_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def fail_after(monkeypatch: pytest.MonkeyPatch, name: str, calls: int, number: int) -> None:
    """Let a system call work some times, then refuse."""
    real, count = getattr(os, name), iter(range(10**9))

    def refuse(*arguments: object, **options: object) -> object:
        if next(count) >= calls:
            raise OSError(number, os.strerror(number))
        return real(*arguments, **options)

    monkeypatch.setattr(os, name, refuse)


def test_what_was_put_can_be_read_under_its_digest(blobs: Blobs) -> None:
    digest = blobs.put_bytes(b"hello")
    assert digest == digest_of(b"hello")
    assert blobs.read(digest) == b"hello"
    assert blobs.path(digest) == blobs.folder / digest[:2] / digest[2:]
    assert blobs.has(digest)
    assert blobs.verify(digest)


def test_the_empty_content_is_a_blob_too(blobs: Blobs) -> None:
    assert blobs.read(blobs.put_bytes(b"")) == b""
    assert blobs.put_stream([]) == (digest_of(b""), 0)


def test_equal_content_is_kept_once_and_not_written_again(blobs: Blobs) -> None:
    first = blobs.path(blobs.put_bytes(b"same")).stat().st_ino
    assert blobs.path(blobs.put_bytes(b"same")).stat().st_ino == first
    assert len(everything_below(blobs.folder)) == 1


def test_a_stream_gives_digest_and_size(blobs: Blobs) -> None:
    assert blobs.put_stream(iter([b"ab", b"", b"c"])) == (digest_of(b"abc"), 3)


def test_a_stream_that_breaks_leaves_nothing_and_its_own_error_passes(blobs: Blobs) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"begun"
        raise ConnectionResetError("peer is gone")

    with pytest.raises(ConnectionResetError, match="peer is gone"):
        blobs.put_stream(chunks())
    assert everything_below(blobs.folder) == []


def test_a_file_is_copied_and_stays(blobs: Blobs, tmp_path: Path) -> None:
    file = tmp_path / "page ü.html"
    file.write_bytes(b"x" * 3_000_000)
    digest, size_bytes = blobs.put_file(file)
    assert (size_bytes, file.exists()) == (3_000_000, True)
    assert blobs.verify(digest)


def test_a_moved_file_becomes_the_blob_without_being_copied(blobs: Blobs, tmp_path: Path) -> None:
    file = tmp_path / "site.zip"
    file.write_bytes(b"content")
    number = file.stat().st_ino
    digest, _ = blobs.put_file(file, move=True)
    assert not file.exists()
    assert blobs.path(digest).stat().st_ino == number
    assert stat.S_IMODE(blobs.path(digest).stat().st_mode) & 0o222 == 0


def test_a_moved_file_with_a_second_name_is_copied(blobs: Blobs, tmp_path: Path) -> None:
    file, other = tmp_path / "one", tmp_path / "two"
    file.write_bytes(b"content")
    other.hardlink_to(file)
    digest, _ = blobs.put_file(file, move=True)
    other.write_bytes(b"changed through the other name")
    assert not file.exists()
    assert blobs.read(digest) == b"content"


def test_a_move_that_fails_leaves_the_file_where_it_was(
    blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "site.zip"
    file.write_bytes(b"content")
    blobs.put_bytes(b"the folder exists")
    fail_after(monkeypatch, "rename", 0, errno.ENOSPC)
    with pytest.raises(TransientError):
        blobs.put_file(file, move=True)
    assert file.read_bytes() == b"content"


def test_moving_what_is_already_kept_takes_the_file_away(blobs: Blobs, tmp_path: Path) -> None:
    digest = blobs.put_bytes(b"content")
    file = tmp_path / "again"
    file.write_bytes(b"content")
    assert blobs.put_file(file, move=True) == (digest, 7)
    assert not file.exists()
    assert blobs.read(digest) == b"content"


@pytest.mark.parametrize("kind", ["missing", "folder", "link"])
def test_what_is_no_file_is_refused_by_name(blobs: Blobs, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "folder":
        path.mkdir()
    if kind == "link":
        path.symlink_to("/etc/passwd")
    with pytest.raises(UsageError) as caught:
        blobs.put_file(path)
    assert caught.value.place == str(path)
    assert isinstance(caught.value, NotFoundError) == (kind == "missing")


def test_many_contents_are_kept_in_their_order(blobs: Blobs, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"from a file")
    known = blobs.put_bytes(b"known")
    contents = [b"one", file, b"known", b"one", *(str(number).encode() for number in range(100))]
    kept = blobs.put_many(contents)
    assert kept[:4] == [(digest_of(b"one"), 3), (digest_of(b"from a file"), 11), (known, 5), kept[0]]
    assert all(blobs.verify(digest) for digest, _ in kept)
    assert sorted({digest for digest, _ in kept}) == list(blobs.all())
    assert not any((blobs.folder / "incoming").rglob("*/*"))


def test_many_contents_are_synced_before_they_get_their_names(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("sync", "fsync", "rename"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, real=real, name=name: (calls.append(name), real(*a))[1])
    blobs.put_many([str(number).encode() for number in range(50)])
    assert calls.index("sync") < calls.index("rename")
    assert calls[calls.index("sync") : calls.index("rename")].count("fsync") == 50
    assert calls[-1] == "fsync"


def test_one_missing_file_among_many_leaves_no_drafts(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        blobs.put_many([b"first", tmp_path / "gone"])
    assert caught.value.place == str(tmp_path / "gone")
    assert everything_below(blobs.folder) == []


def test_missing_names_what_is_not_there(blobs: Blobs) -> None:
    here, there = blobs.put_bytes(b"here"), digest_of(b"there")
    assert blobs.missing([here, there, there]) == {there}
    blobs.remove(here)
    blobs.remove(here)
    assert blobs.missing([here]) == {here}


def test_reading_what_is_not_there_says_so(blobs: Blobs) -> None:
    for ask in (blobs.read, blobs.verify):
        with pytest.raises(NotFoundError):
            ask(digest_of(b"never put"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ab",
        "../../../../etc/passwd",
        "A" * 64,
        "g" * 64,
        "a" * 63 + "\n",
        "a" * 65,
        "a" * 62 + "/.",
        "٣" * 64,
    ],
)
def test_what_is_no_digest_never_becomes_a_path(blobs: Blobs, text: str) -> None:
    for ask in (blobs.path, blobs.has, blobs.read, blobs.remove, blobs.verify):
        with pytest.raises(UsageError, match="is no digest"):
            ask(text)


def test_strange_files_in_the_folder_are_no_blobs(blobs: Blobs) -> None:
    digest = blobs.put_bytes(b"content")
    blobs.path(digest).with_name("note.txt").write_text("hello")
    (blobs.folder / "README").write_text("hello")
    (blobs.folder / "zz").mkdir()
    assert list(blobs.all()) == [digest]


def test_an_empty_store_can_be_asked_without_being_made(blobs: Blobs) -> None:
    assert list(blobs.all()) == []
    assert not blobs.has(digest_of(b"x"))
    blobs.sweep()
    assert not blobs.folder.exists()


def test_damage_is_found_on_request_and_a_cut_blob_is_mended_by_the_next_write(blobs: Blobs) -> None:
    digest = blobs.put_bytes(b"content")
    blobs.path(digest).chmod(0o644)
    blobs.path(digest).write_bytes(b"CONTENT")
    assert not blobs.verify(digest)
    blobs.path(digest).write_bytes(b"con")
    assert blobs.put_bytes(b"content") == digest
    assert blobs.verify(digest)


@pytest.mark.parametrize("call", ["write", "fsync", "rename", "open"])
@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, TransientError), (errno.EROFS, DeniedError)])
def test_a_refusing_disk_leaves_no_half_blob(
    blobs: Blobs,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    error: type[TransientError | DeniedError],
) -> None:
    blobs.put_bytes(b"the folder exists")
    struck = 0
    for calls in range(3):
        with monkeypatch.context() as patch, contextlib.suppress(error):
            fail_after(patch, call, calls, number)
            struck += 1
            blobs.put_many([b"first", b"second"])
            struck -= 1
        assert not any(path.is_file() for path in (blobs.folder / "incoming").rglob("*"))
    assert struck > 0, "the fault never struck"
    assert all(blobs.verify(digest) for digest in blobs.all())


def test_a_refusal_names_the_folder_and_the_next_step(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs.put_bytes(b"the folder exists")
    fail_after(monkeypatch, "write", 0, errno.EDQUOT)
    with pytest.raises(TransientError, match="disk is full") as caught:
        blobs.put_bytes(b"more")
    assert caught.value.place.startswith(str(blobs.folder))
    assert "free some space" in caught.value.hint


def test_a_really_full_disk_is_told_from_other_faults(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.open

    def full(path: object, flags: int, *rest: int, **options: object) -> int:
        return real("/dev/full", os.O_WRONLY) if flags & os.O_CREAT else real(path, flags, *rest, **options)  # type: ignore[call-overload]

    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(TransientError, match="disk is full"):
        blobs.put_bytes(b"content")


def test_drafts_of_a_killed_process_are_swept_by_the_next_writer(blobs: Blobs) -> None:
    program = (
        "import pathlib, sys, time\n"
        "from laststop.homes.embedded.blobs import Blobs\n"
        "def chunks():\n"
        "    yield b'half'\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
        "Blobs(pathlib.Path(sys.argv[1])).put_stream(chunks())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(blobs.folder)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        assert len(everything_below(blobs.folder)) == 1
        blobs.sweep()
        assert len(everything_below(blobs.folder)) == 1, "a living writer's draft is left alone"
        writer.send_signal(signal.SIGKILL)
    digest = blobs.put_bytes(b"whole")
    assert everything_below(blobs.folder) == [blobs.path(digest)]


def test_a_store_that_is_closed_leaves_no_staging_folder_and_can_be_used_again(blobs: Blobs) -> None:
    blobs.put_bytes(b"one")
    blobs.close()
    blobs.close()
    assert list((blobs.folder / "incoming").iterdir()) == []
    assert blobs.has(blobs.put_bytes(b"two"))


def test_a_staging_folder_that_somebody_removed_is_made_again(blobs: Blobs) -> None:
    blobs.put_bytes(b"one")
    for folder in (blobs.folder / "incoming").iterdir():
        folder.rmdir()
    assert blobs.has(blobs.put_bytes(b"two"))


def test_many_threads_may_write_the_same_content(blobs: Blobs) -> None:
    failures: list[BaseException] = []

    def write() -> None:
        try:
            for number in range(40):
                blobs.put_bytes(b"%d" % (number % 10))
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(blobs.all())) == 10


def test_two_stores_over_one_folder_do_not_sweep_each_other(blobs: Blobs) -> None:
    def chunks(other: Blobs) -> Iterator[bytes]:
        yield b"slow "
        other.put_bytes(b"quick")
        yield b"writer"

    with Blobs(blobs.folder) as other:
        digest, _ = blobs.put_stream(chunks(other))
    assert blobs.read(digest) == b"slow writer"
