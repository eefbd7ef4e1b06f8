import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laststop.homes.embedded.build_log import follow, read_log
from laststop.homes.embedded.builder.lines import LINE_BYTES, LineSplitter
from laststop.homes.embedded.builder.log import BuildLog
from unit.homes.builder_workbench import Workbench, log_of, of


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


def split(*chunks, limit=100):
    splitter = LineSplitter(limit)
    return [line for chunk in chunks for line in splitter.feed(chunk)] + list(splitter.flush())


def texts(*chunks, limit=100):
    return [text for text, _ in split(*chunks, limit=limit)]


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"a\nb\n"], ["a", "b"]),
        ([b"a", b"b\n", b"c"], ["ab", "c"]),
        ([b"\n\n"], ["", ""]),
        ([b"a\r\nb\r\n"], ["a", "b"]),
        ([b"a\r", b"\nb"], ["a", "b"]),
        ([b"10%\r20%\r30%\n"], ["30%"]),
        ([b"10%\r", b"20%\r", b"30%\r"], ["30%"]),
        ([b"10%\r", b"\r\n"], ["10%"]),
        ([b"a\r\r\n"], ["a"]),
        ([b"caf\xc3", b"\xa9\n\xff\n"], ["café", "\ufffd"]),
        ([b""], []),
    ],
)
def test_output_becomes_lines(chunks, lines):
    assert texts(*chunks) == lines


def test_an_overlong_line_is_cut_and_the_next_is_whole():
    assert split(b"x" * 60, b"x" * 60, b"\nnext\n") == [("x" * 100, 20), ("next", 0)]


def test_an_overlong_line_that_is_redrawn_shows_its_last_state():
    assert texts(b"x" * 150 + b"\r", b"done\n") == ["done"]
    assert texts(b"x" * 150 + b"\rdone\n") == ["done"]


@given(st.lists(st.binary(max_size=20), max_size=8))
def test_how_output_arrives_does_not_matter(chunks):
    assert split(*chunks, limit=1000) == split(b"".join(chunks), limit=1000)


@given(st.lists(st.sampled_from([b"\r", b"\n", b"a", b"bc"]), max_size=12))
def test_progress_bars_arrive_piecemeal(chunks):
    assert split(*chunks) == split(b"".join(chunks))


def test_both_outputs_lie_in_the_log_in_order_with_their_phase(bench):
    order, _, output = bench.commands("for n in 1 2 3; do echo out$n; echo err$n >&2; done", "printf end")
    assert output == ["out1", "err1", "out2", "err2", "out3", "err3", "end"]
    lines = read_log(Path(order.log_file)).lines
    assert {line.phase for line in lines if not line.text.startswith("[")} == {"BUILD"}
    assert [line.at for line in lines] == sorted(line.at for line in lines)


def test_a_huge_line_is_cut_with_a_note(bench):
    _, result, output = bench.commands("head -c 100000 /dev/zero | tr '\\0' x; echo; echo next")
    assert result.succeeded
    assert output[0].startswith("x" * LINE_BYTES + " ... [")
    assert output[0].endswith(f"[{100000 - LINE_BYTES} more bytes of this line cut]")
    assert output[1] == "next"


def test_secrets_are_masked_wherever_they_appear(bench):
    order, result, output = bench.commands(
        "echo a hunter22 b; echo hunter22 >&2",
        "printf 'line one\\nline two!\\n'",
        "echo hunter22 && (exit 4)",
        secrets=("hunter22", "line one\nline two!", "abc"),
    )
    assert output == ["a *** b", "***", "***", "***", "***"]
    assert result.failure.command == "echo *** && (exit 4)"
    everything = Path(order.log_file).read_text() + repr(result)
    assert "hunter22" not in everything


def test_a_secret_across_the_cut_of_a_long_line_does_not_show(bench):
    secret = "s3cr3t-" * 6
    for before in range(LINE_BYTES - len(secret) - 2, LINE_BYTES + 2, 7):
        log = BuildLog(bench.path / f"log-{before}", [secret], shown_as={})
        log.take(b"x" * before + secret.encode() + b"y" * 100_000 + b"\n")
        log.take(secret.encode() * 2000 + b"\n")
        log.close()
        assert "s3c" not in (bench.path / f"log-{before}").read_text()


def test_a_secret_elsewhere_costs_a_long_line_nothing(bench):
    _, _, output = bench.commands("head -c 100000 /dev/zero | tr '\\0' x", secrets=("s3cr3t-" * 6,))
    assert output[0].startswith("x" * LINE_BYTES + " ... [")


def test_a_log_ends_at_its_bound_and_the_build_goes_on(bench):
    order = bench.order(of("seq 1 5000", "echo end; false"))
    result = bench.run(order, log_bytes=20_000)
    size = Path(order.log_file).stat().st_size
    assert 19_900 < size < 22_000
    assert sum("log cut" in line for line in log_of(order)) == 1
    assert result.failure.lines == ("end",)
    assert any("BUILD FAILED" in line for line in log_of(order))


def test_file_names_that_are_no_text_do_not_break_the_log(bench):
    _, result, _ = bench.build(
        of(
            "python3 -c \"import os; os.symlink('nowhere', b'bad\\xff')\"; echo x > ok",
            artifacts={"files": ["**/*"]},
        ),
        outputs=("site",),
    )
    assert result.succeeded, result.failure


def test_a_second_try_appends_behind_a_torn_line(bench):
    order = bench.order(of("echo hi"))
    Path(order.log_file).write_text('{"at":"2026-11-23T17:00:00Z","phase":"BUILD","text":"old"}\n{"at":"20')
    bench.run(order)
    lines = log_of(order)
    assert lines[0] == "old"
    assert "hi" in lines


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_fault_and_leaves_nothing_running(bench):
    order = bench.order(of("echo hi; sleep 77"), log_file="/dev/full")
    result = bench.run(order)
    assert (result.succeeded, result.status) == (False, "FAULT")
    assert "No space left" in result.failure.message


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_log_that_cannot_be_written_says_so_once():
    log = BuildLog(Path("/dev/full"), [], shown_as={})
    with pytest.raises(OSError, match="No space left"):
        log.say("first")
    log.say("whoever tidies up goes on")
    log.take(b"as before\n")
    log.close()


def test_lines_are_there_while_the_build_runs(bench):
    go = bench.path / "go"
    order = bench.order(of(f"echo early; while [ ! -e {go} ]; do sleep 0.01; done; echo late"))
    done = threading.Event()

    def build():
        bench.run(order)
        done.set()

    thread = threading.Thread(target=build)
    thread.start()
    seen = []
    for line in follow(Path(order.log_file), done.is_set):
        seen.append(line.text)
        if line.text == "early":
            assert not done.is_set()
            go.touch()
    thread.join()
    assert seen == log_of(order)
    assert "late" in seen


def test_a_page_holds_whole_lines_only(tmp_path):
    path = tmp_path / "log"
    assert read_log(path, 7).next_offset == 7
    row = b'{"at":"2026-11-23T17:00:00Z","phase":"BUILD","text":"a"}\n'
    path.write_bytes(row + b"no json\n" + row + row[:20])
    page = read_log(path)
    assert [line.text for line in page.lines] == ["a", "a"]
    assert page.next_offset == 2 * len(row) + len("no json\n")
    assert read_log(path, page.next_offset).lines == ()
    first = read_log(path, limit_bytes=len(row) + 3)
    assert (len(first.lines), first.next_offset) == (1, len(row))


def test_a_reader_gets_past_what_is_no_line(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b"x" * 100)
    assert read_log(path, limit_bytes=10).next_offset == 10


def test_a_follower_of_an_ended_build_does_not_wait(tmp_path):
    started = time.monotonic()
    assert list(follow(tmp_path / "none", lambda: True)) == []
    assert time.monotonic() - started < 0.1
