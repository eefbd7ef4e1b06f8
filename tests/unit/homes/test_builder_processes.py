import os
import subprocess

import pytest

from laststop.homes.embedded.builder import processes


@pytest.fixture(params=[True, False], ids=["proc", "ps"])
def way(request, monkeypatch):
    if request.param and not processes._has_proc():
        pytest.skip("this machine has no /proc")
    monkeypatch.setattr(processes, "_has_proc", lambda: request.param)


def nothing():
    pass


def test_a_process_is_known_by_its_id_and_its_start(way):
    found = processes.find(os.getpid())
    assert found is not None
    assert found == processes.find(os.getpid())
    assert (found.pid, found.ended) == (os.getpid(), False)
    assert found.started


def test_an_ended_process_is_not_found_or_known_as_ended(way):
    with subprocess.Popen(["true"]) as process:
        process.wait()
        assert processes.find(process.pid) is None


def test_a_session_is_ended_and_counted(way):
    command = "sleep 77 & sleep 78 & echo ready; wait"
    with subprocess.Popen(["sh", "-c", command], start_new_session=True, stdout=subprocess.PIPE) as leader:
        leader.stdout.readline()
        assert processes.end(leader.pid, "/no/such/mark", grace_seconds=3, meanwhile=nothing) == 3
        assert leader.wait(3) != 0


def test_nothing_to_end_is_nothing(way):
    assert processes.end(None, "/no/such/mark", grace_seconds=3, meanwhile=nothing) == 0


def test_a_mark_is_matched_whole():
    if not processes._has_proc():
        pytest.skip("this machine has no /proc")
    environment = {**os.environ, processes.MARK: "/work/run-10"}
    with subprocess.Popen(["sleep", "77"], env=environment) as process:
        assert processes.end(None, "/work/run-1", grace_seconds=1, meanwhile=nothing) == 0
        assert process.poll() is None
        assert processes.end(None, "/work/run-10", grace_seconds=1, meanwhile=nothing) == 1
