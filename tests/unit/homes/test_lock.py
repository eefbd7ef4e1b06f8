import fcntl
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from laststop.errors import ConflictError, LaststopError
from laststop.homes.embedded.lock import Holder, ServerLock, holder_of, read_note

HOLD = """
import sys, time
from pathlib import Path
from laststop.homes.embedded.lock import Holder, ServerLock
lock = ServerLock(Path(sys.argv[1]))
lock.note(Holder(pid=4242, bell_port=1, console_url="http://127.0.0.1:8300/", edge_url="http://127.0.0.1:8301"))
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "lock"


@pytest.fixture
def another(path):
    """A process that holds the lock."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_server_is_refused_and_told_where_the_first_one_is(path, another):
    with pytest.raises(ConflictError) as refused:
        ServerLock(path)
    for part in ("pid 4242", "console http://127.0.0.1:8300/", "page http://127.0.0.1:8301"):
        assert part in str(refused.value)
    assert refused.value.hint.endswith("kill 4242")
    assert refused.value.exit_code == 3


def test_the_lock_ends_with_its_process_however_that_ends(path, another):
    another.send_signal(signal.SIGKILL)
    another.wait()
    assert read_note(path).pid == 4242, "the note of the dead is still there"
    assert holder_of(path) is None
    with ServerLock(path):
        assert holder_of(path).pid == os.getpid()


def test_a_program_that_the_server_starts_does_not_keep_the_lock(path):
    lock = ServerLock(path)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        lock.release()
        ServerLock(path).release()
    finally:
        child.kill()
        child.wait()


def test_without_a_server_nobody_holds_the_lock(path):
    assert holder_of(path) is None
    ServerLock(path).release()
    assert holder_of(path) is None


def test_letting_go_twice_is_harmless_and_leaves_no_note(path):
    lock = ServerLock(path)
    lock.release()
    lock.release()
    assert read_note(path) is None


def test_a_note_replaces_a_longer_one_whole(path):
    with ServerLock(path) as lock:
        lock.note(Holder(pid=1, console_url="http://" + "x" * 200))
        lock.note(Holder(pid=2))
        assert read_note(path) == Holder(pid=2)


def test_a_reader_never_finds_half_a_note(path):
    found, stop = [], threading.Event()

    def read():
        while not stop.is_set():
            found.append(holder_of(path))

    with ServerLock(path) as lock:
        lock.note(Holder(pid=0))
        thread = threading.Thread(target=read)
        thread.start()
        for number in range(300):
            lock.note(Holder(pid=number, console_url="x" * (number % 7 * 30)))
        stop.set()
        thread.join()
    assert found
    assert None not in found


def test_a_server_that_has_only_just_taken_the_lock_is_one_all_the_same(path):
    with ServerLock(path):
        path.write_bytes(b"")
        assert holder_of(path) == Holder(pid=0)
        with pytest.raises(ConflictError, match="is starting"):
            ServerLock(path)


def test_somebody_who_only_looks_does_not_keep_a_server_from_starting(path):
    path.parent.mkdir(parents=True)
    path.touch()
    with path.open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        release = threading.Timer(0.05, lambda: fcntl.flock(looking, fcntl.LOCK_UN))
        release.start()
        began = time.monotonic()
        ServerLock(path).release()
        release.join()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("note", [b"", b"{}", b"{half", b"\xff\xfe", b'{"pid": "x"}'], ids=str)
def test_a_note_that_says_nothing_is_no_holder(path, note):
    path.parent.mkdir(parents=True)
    path.write_bytes(note)
    assert read_note(path) is None
    assert holder_of(path) is None


def test_a_place_where_no_lock_can_be_is_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LaststopError) as refused:
        ServerLock(tmp_path / "file" / "lock")
    assert str(tmp_path / "file") in refused.value.place
