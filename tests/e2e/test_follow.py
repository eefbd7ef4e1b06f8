"""Following runs and changes: lines in a pipe, a tree that is drawn over on a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import time

from e2e.workbench import LASTSTOP, project

CURSOR_BACK = "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][0-9;]*m")


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, folder, *words, **environment):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [*LASTSTOP, *words],
            cwd=folder,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40", **environment},
        )
        os.close(slave)
        self.said = ""

    def read(self, until=lambda _: False, seconds=30):
        """Everything that is drawn, until it fits or the command has ended."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends and not until(self.said):
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    piece = os.read(self.master, 65536)
                except OSError:  # how Linux says that the other side is closed
                    break
                self.said += piece.decode()
        return self.said

    def end(self):
        self.read()
        os.close(self.master)
        return self.process.wait(10)


def slow(pages):
    pages.replace("frontend/buildspec.yml", "- python3 build.py", "- sleep 1; python3 build.py")
    pages.commit("Slow")


def test_in_a_pipe_there_are_lines_and_the_exit_code_is_the_runs(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        pages.wait_for_run("Succeeded")
        done = pages.run("run", "start", "--follow")
        assert re.search(r"^  Build / build-site +Succeeded +\d", done.stdout, re.MULTILINE)
        assert re.search(r"^run \w+ Succeeded$", done.stdout, re.MULTILINE)
        assert "\x1b" not in done.stdout + done.stderr
        put = ("catalog", "put", "rerank", "1.0", "--type", "ranking")
        assert "verdict live" in pages.run(*put, "--phase", "PACKAGE_TESTS_COMPLETE", "--follow").stdout
        same = pages.run("catalog", "phase", "rerank", "1.0", "UPLOADED", "--follow")
        assert "no release phase: there is nothing to follow" in same.stderr
        pages.write("frontend/buildspec.yml", "version: 0.2\nphases: {build: {commands: [ls /nowhere]}}\n")
        pages.commit("Broken")
        pages.wait_for_run("Failed")
        failed = pages.run("run", "show", "--follow", code=1)
        assert re.search(r"Build / build-site +Failed .*ls: cannot access", failed.stdout)
        assert "why: laststop run show" in failed.stderr
        pages.run("run", "retry", "--follow", code=1)
        pages.run("run", "start", "--follow", "--json", code=2)
        assert up.end() == 0


def test_on_a_terminal_the_tree_is_drawn_over_and_its_last_picture_stays(tmp_path):
    with project(tmp_path) as pages:
        slow(pages)
        up = pages.up()
        terminal = Terminal(pages.folder, "run", "show", "--follow")
        said = terminal.read(lambda said: "in progress" in said)
        assert "└── " in said
        assert terminal.end() == 0
        assert COLOUR.search(terminal.said)
        assert terminal.said.count("build-site") > 1
        last = terminal.said.rpartition("run ")[2]
        assert last.count("succeeded") >= 11
        assert terminal.said.rstrip().endswith(CURSOR_BACK)

        plain = Terminal(pages.folder, "run", "show", "--follow", NO_COLOR="1")
        assert plain.end() == 0
        assert "verify-live" in plain.said
        assert not COLOUR.search(plain.said)

        dumb = Terminal(pages.folder, "run", "show", "--follow", TERM="dumb", NO_COLOR="1")
        assert dumb.end() == 0
        assert "\x1b" not in dumb.said
        assert "Build / build-site" in dumb.said
        assert up.end() == 0


def test_ctrl_c_ends_the_looking_and_nothing_else(tmp_path):
    with project(tmp_path) as pages:
        slow(pages)
        up = pages.up()
        terminal = Terminal(pages.folder, "run", "show", "--follow")
        terminal.read(lambda said: "in progress" in said)
        os.killpg(terminal.process.pid, signal.SIGINT)
        assert terminal.end() == 130
        assert "Traceback" not in terminal.said
        assert CURSOR_BACK in terminal.said
        assert terminal.said.rstrip().endswith("laststop: interrupted")
        pages.wait_for_run("Succeeded")
        assert up.end() == 0


def test_the_demo_draws_its_runs_on_a_terminal(tmp_path):
    terminal = Terminal(tmp_path, "demo", "--once")
    assert terminal.end() == 0
    assert "├── " in terminal.said
    assert "verdict live" in terminal.said


def test_check_tells_when_the_server_works_with_older_files(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        assert "note" not in pages.run("check").stderr
        pages.replace("laststop.toml", "within_seconds = 120", "within_seconds = 60")
        told = pages.run("check").stderr
        assert "as they were at its start" in told
        assert f"kill {up.pid}" in told
        assert up.end() == 0
        assert "note" not in pages.run("check").stderr
