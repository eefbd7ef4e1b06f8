"""Standard streams as shells really hand them over."""

import subprocess
import sys
from pathlib import Path

import pytest

from laststop.cli.streams import NO_ROOM, NOBODY_READS
from unit.cli.cli_workbench import Cli

TALKERS = ["--help", "--version", "catalog --help", "completion bash", "run list --json", "catalog list"]


@pytest.fixture
def cli(tmp_path, capsys):
    return Cli(tmp_path / "project", capsys)


def shell(cli, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", f'laststop() {{ {sys.executable} -m laststop "$@"; }}\n{script}'],
        cwd=cli.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("words", TALKERS)
def test_a_reader_who_is_gone_ends_a_command_quietly(cli, words):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    done = shell(cli, f"laststop {words} | true; exit ${{PIPESTATUS[0]}}")
    # `true` may end before or after all was written: in both cases without a word
    assert (done.returncode in (0, NOBODY_READS), done.stderr) == (True, "")


def test_more_than_a_pipe_holds_ends_quietly_too(cli):
    rows = "".join(f'{{"algorithm": "a{n}", "version": "1", "type": "routing"}}\n' for n in range(2000))
    (cli.folder / "many.ndjson").write_text(rows)
    cli.ok("catalog", "import", str(cli.folder / "many.ndjson"))
    done = shell(cli, "laststop catalog list --limit 2000 | head -1; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (NOBODY_READS, "")
    assert done.stdout.startswith("TYPE")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("words", TALKERS)
def test_a_full_disk_under_the_output_is_said_in_a_sentence(cli, words):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    done = shell(cli, f"laststop {words} > /dev/full")
    assert done.returncode == NO_ROOM
    assert "No space left" in done.stderr or "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_any_standard_stream_a_command_works_and_the_store_is_whole(cli):
    done = shell(cli, "laststop catalog put bgp 1.0 --type routing <&- >&- 2>&-")
    assert done.returncode == 0
    assert cli.ok("catalog", "list", "--json").json[0]["algorithm"] == "bgp"


def test_a_server_goes_on_when_nobody_reads_its_talk_any_more(cli):
    script = "from laststop.cli.output import talk\nfor n in range(5): talk('line')\nprint('alive')"
    done = shell(cli, f'{sys.executable} -c "{script}" 2> >(true)')
    assert (done.returncode, done.stdout) == (0, "alive\n")
