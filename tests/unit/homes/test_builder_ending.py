import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from laststop.homes.embedded.builder import ShellBuilder, end_orphan
from laststop.homes.embedded.builder.shell import Shell
from unit.homes.builder_workbench import Workbench, of, own_lines_of, phases_of

TREE = "sleep 77 & echo $! >> $PIDS; (sleep 78 & echo $! >> $PIDS; sleep 79); echo never"


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


@pytest.fixture
def pids(tmp_path):
    """The file commands note process ids in; whatever a failing test leaves is ended."""
    path = tmp_path / "pids"
    yield path
    for pid in noted(path):
        if running(pid):
            os.kill(pid, signal.SIGKILL)


def noted(path):
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def wait_for(condition):
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def cancelled_when(condition):
    event = threading.Event()

    def watch():
        wait_for(condition)
        event.set()

    threading.Thread(target=watch).start()
    return event


def test_a_timeout_ends_the_whole_tree_and_nothing_follows(bench, pids):
    spec = of(TREE) | {
        "phases": {
            "build": {"commands": [TREE], "finally": ["echo never"]},
            "post_build": {"commands": ["echo never"]},
        }
    }
    order, result, output = bench.build(spec, variables={"PIDS": str(pids)}, timeout_seconds=0.3)
    assert result.status == "TIMED_OUT"
    assert (result.failure.code, result.failure.phase, result.failure.command) == (
        "BUILD_TIMED_OUT",
        "BUILD",
        TREE,
    )
    assert result.failure.message.startswith("the build did not end within 0.3 seconds; it was at: sleep 77")
    assert list(phases_of(result))[-2:] == ["BUILD", "FINALIZING"]
    assert output == []
    assert len(noted(pids)) == 2
    assert not any(map(running, noted(pids)))
    assert not Path(f"{order.workspace}.pid").exists()


def test_a_stop_ends_it_too(bench, pids):
    order = bench.order(of("echo before; echo err >&2", TREE), variables={"PIDS": str(pids)})
    result = bench.run(order, cancelled_when(lambda: len(noted(pids)) == 2))
    assert (result.status, result.failure.code) == ("STOPPED", "BUILD_STOPPED")
    assert phases_of(result)["BUILD"] == "STOPPED"
    assert not any(map(running, noted(pids)))


def test_a_build_stopped_before_it_began_starts_nothing(bench):
    order = bench.order(of("echo never"))
    event = threading.Event()
    event.set()
    result = bench.run(order, event)
    assert phases_of(result) == {"PROVISIONING": "STOPPED", "FINALIZING": "SUCCEEDED"}
    assert not Path(order.workspace).exists()


def test_who_ignores_the_first_signal_is_killed(bench, pids):
    command = "trap '' TERM; echo $$ >> $PIDS; while :; do sleep 0.05; done"
    order = bench.order(of(command), variables={"PIDS": str(pids)})
    result = bench.run(order, cancelled_when(lambda: noted(pids)))
    assert result.status == "STOPPED"
    assert not any(map(running, noted(pids)))


def test_who_tidies_up_is_given_the_time_and_heard(bench, pids):
    command = (
        "sh -c 'trap \"seq 30000; echo tidied; exit\" TERM; echo $$ >> $PIDS; while :; do sleep 0.02; done'"
    )
    order = bench.order(of(command), variables={"PIDS": str(pids)})
    bench.run(order, cancelled_when(lambda: noted(pids)), grace_seconds=3)
    assert "tidied" in Path(order.log_file).read_text()


@pytest.mark.parametrize(
    "start",
    ["sleep 77 &", "setsid sleep 77 &", "set -m; sleep 77 &", "setsid sh -c 'sleep 77 & echo $! >> $PIDS' &"],
)
def test_what_is_left_in_the_background_is_ended_with_the_build(bench, pids, start):
    order, result, _ = bench.commands(f"{start} echo $! >> $PIDS; sleep 0.05", variables={"PIDS": str(pids)})
    assert result.succeeded
    assert noted(pids)
    assert not any(map(running, noted(pids)))
    assert any(line.startswith("ended ") for line in own_lines_of(order))


def test_a_log_that_fails_at_the_end_keeps_nothing_alive(pids, tmp_path):
    def output(chunk):
        if b"dying" in chunk:
            raise OSError("disk full")

    environment = {"PATH": "/usr/bin:/bin", "PIDS": str(pids)}
    shell = Shell("/bin/sh", tmp_path, tmp_path, environment, output)
    talker = "sh -c 'trap \"echo dying\" TERM; while :; do sleep 0.02; done' & echo $! >> $PIDS; sleep 0.1"
    assert shell.run("one", talker, lambda: False).status == 0
    with pytest.raises(OSError, match="disk full"):
        shell.end(grace_seconds=0.2, at_once=True)
    shell.close()
    assert not any(map(running, noted(pids)))


def test_background_work_lasts_as_long_as_the_commands(bench, pids):
    spec = {
        "version": "0.2",
        "phases": {
            "install": {"commands": ["sleep 77 & server=$!; echo $server >> $PIDS"]},
            "build": {"commands": ["kill -0 $server", "exit 0", "kill -0 $(cat $PIDS)"]},
        },
    }
    _, result, _ = bench.build(spec, variables={"PIDS": str(pids)})
    assert result.succeeded, result.failure


def test_a_background_process_that_never_stops_writing_holds_nothing_up(bench, pids):
    started = time.monotonic()
    _, result, output = bench.commands("yes & echo $! >> $PIDS", "echo on", variables={"PIDS": str(pids)})
    assert result.succeeded
    assert "on" in output
    assert time.monotonic() - started < 5


def killed_builder(bench, order, pids, count):
    """A builder in a process of its own, killed in the middle of its build."""
    script = (
        "import sys, threading, msgspec\n"
        "from laststop.build.order import BuildOrder\n"
        "from laststop.homes.embedded.builder import ShellBuilder\n"
        "order = msgspec.json.decode(sys.stdin.buffer.read(), type=BuildOrder)\n"
        "ShellBuilder().run(order, threading.Event())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as engine:
        engine.stdin.write(msgspec.json.encode(order))
        engine.stdin.close()
        wait_for(lambda: len(noted(pids)) == count)
        engine.kill()


def test_what_a_killed_builder_left_is_ended_and_the_order_runs_again(bench, pids, tmp_path):
    once = tmp_path / "once"
    command = f"[ ! -e {once} ] || exit 0; touch {once} left-behind; echo $$ >> $PIDS; {TREE}"
    order = bench.order(of(command, "ls"), variables={"PIDS": str(pids)})
    killed_builder(bench, order, pids, 3)
    assert all(map(running, noted(pids)))
    assert Path(f"{order.workspace}.pid").exists()
    result = bench.run(order)
    assert result.succeeded, result.failure
    assert not any(map(running, noted(pids)))
    assert not Path(order.workspace, "src", "left-behind").exists()
    assert not Path(f"{order.workspace}.pid").exists()


def test_a_child_whose_shell_is_gone_is_found_by_its_mark(bench, pids):
    order = bench.order(of("setsid sleep 77 & echo $! >> $PIDS; sleep 0.1"), variables={"PIDS": str(pids)})
    killed_builder(bench, order, pids, 1)
    wait_for(lambda: not Path(f"{order.workspace}.pid").exists() or running(noted(pids)[0]))
    end_orphan(order.workspace)
    assert not running(noted(pids)[0])


def test_a_process_that_only_has_the_same_id_is_left_alone(tmp_path):
    with subprocess.Popen(["sleep", "77"], start_new_session=True) as stranger:
        note = tmp_path / "work.pid"
        note.write_bytes(msgspec.json.encode({"pid": stranger.pid, "started": "1"}))
        end_orphan(str(tmp_path / "work"))
        assert stranger.poll() is None
        assert not note.exists()
        stranger.kill()


@pytest.mark.parametrize("content", [b"", b"{", b'{"pid": "x"}', b"\xff"])
def test_a_torn_note_is_no_hindrance(tmp_path, content):
    (tmp_path / "work.pid").write_bytes(content)
    end_orphan(str(tmp_path / "work"))
    end_orphan(str(tmp_path / "work"))
    assert not (tmp_path / "work.pid").exists()


def test_builds_run_side_by_side(bench):
    orders = [bench.order(of(f"n={n}; sleep 0.1", "echo $n")) for n in range(4)]
    results = {}
    builder = ShellBuilder(grace_seconds=0.3)
    threads = [
        threading.Thread(target=lambda o=order: results.update({o.key: builder.run(o, threading.Event())}))
        for order in orders
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [results[order.key].succeeded for order in orders] == [True] * 4
    for n, order in enumerate(orders):
        assert f'"text":"{n}"' in Path(order.log_file).read_text()
