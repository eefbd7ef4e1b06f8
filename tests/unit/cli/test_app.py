import sqlite3
import subprocess
import sys
from types import SimpleNamespace

import click
import pytest

from laststop import __version__, errors
from laststop.catalog.version import VersionRow
from laststop.cli import help_text
from laststop.cli.app import COMMANDS, group
from laststop.cli.output import coloured
from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.lock import Holder, ServerLock
from unit.cli.cli_workbench import Cli
from unit.homes.home_workbench import COMPLETE


@pytest.fixture
def cli(tmp_path, capsys):
    return Cli(tmp_path / "project", capsys)


def commands(parent=group, path=()):
    """Every command with the words that lead to it."""
    context = click.Context(parent, info_name="laststop")
    for name in parent.list_commands(context):
        found = parent.get_command(context, name)
        yield (*path, name), found
        if isinstance(found, click.Group):
            yield from commands(found, (*path, name))


ALL = dict(commands())


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_a_help_with_an_example_that_begins_with_itself(cli, words):
    done = cli("--", *words, "--help")
    assert done.code == 0
    assert "Example: laststop" in done.out
    example = done.out.split("Example: ")[1].split("\n")[0]
    assert example.startswith("laststop " + words[0])


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_option_and_command_says_what_it_is_for(words):
    command = ALL[words]
    assert command.get_short_help_str()
    bare = {"--limit"}
    for option in (each for each in command.params if isinstance(each, click.Option)):
        assert option.help or set(option.opts) & bare, f"{' '.join(words)} {option.opts[0]}"


def test_the_help_that_needs_no_import_is_the_real_one():
    assert help_text.HELP_FILE.read_text() == help_text.rendered(), "run: python -m laststop.cli.help_text"


def test_every_command_of_the_table_can_be_imported():
    for name in COMMANDS:
        assert group.get_command(click.Context(group), name) is not None


def test_version_and_help_answer_without_a_project(cli):
    assert cli.process("--version").out == f"laststop {__version__}\n"
    for words in ([], ["--help"], ["-h"]):
        done = cli.process(*words)
        assert (done.code, done.out) == (0, help_text.HELP_FILE.read_text())


def raising(monkeypatch, error):
    """A command `broken` that ends in an error."""

    @click.command()
    def broken() -> None:
        raise error

    monkeypatch.setitem(COMMANDS, "broken", ("broken", "Breaks."))
    monkeypatch.setitem(sys.modules, "laststop.cli.broken", SimpleNamespace(command=broken))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.RunError("the run failed"), 1),
        (errors.UsageError("no such thing"), 2),
        (errors.NotFoundError("no such thing"), 2),
        (errors.ConflictError("busy"), 3),
        (errors.TransientError("later"), 4),
        (errors.DeniedError("no"), 5),
        (errors.InvariantError("a bug"), 70),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_error_has_its_exit_code_place_and_next_step(cli, monkeypatch, error, code):
    error.place, error.hint = "pipeline.yml:3", "do this"
    raising(monkeypatch, error)
    done = cli("--", "broken")
    assert (done.code, done.out) == (code, "")
    assert done.err == f"laststop: pipeline.yml:3: {error.message}\n  do this\n"


def test_a_bug_ends_with_its_own_code_and_asks_for_a_report(cli, monkeypatch):
    raising(monkeypatch, ZeroDivisionError("by zero"))
    done = cli("--", "broken")
    assert done.code == 70
    assert "ZeroDivisionError: by zero" in done.err
    assert "report" in done.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["catalgo"], 'Did you mean "catalog"?'),
        (["catalog", "lst"], "lst"),
        (["catalog", "put"], "Missing argument"),
        (["catalog", "list", "--moon"], "No such option"),
        (["run", "list", "--limit", "0"], "--limit"),
        (["catalog", "import", "x", "--from-line", "zero"], "--from-line"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_words_it_does_not_know_end_with_2(cli, words, part):
    done = cli("--", *words)
    assert (done.code, done.out) == (2, "")
    assert part in done.err


def test_outside_of_a_project_it_says_how_to_make_one(cli, tmp_path):
    done = cli("--", "catalog", "list", "-C", str(tmp_path))
    assert done.code == 2
    assert "laststop.toml" in done.err
    assert "laststop init" in done.err


def test_the_project_is_found_from_a_folder_inside_it_or_by_the_environment(cli, monkeypatch, tmp_path):
    cli.ok("catalog", "put", "bgp", "1.0", "--type", "routing")
    inside = cli.folder / "deep" / "inside"
    inside.mkdir(parents=True)
    for words in (["-C", str(inside)], []):
        monkeypatch.setenv("LASTSTOP_PROJECT", str(cli.folder) if not words else str(tmp_path))
        assert len(cli("--", "catalog", "list", "--json", *words).json) == 1


def test_a_store_of_a_newer_laststop_ends_with_2_and_the_next_step(cli):
    cli.ok("catalog", "list")
    plain = sqlite3.connect(cli.folder / ".laststop" / "laststop.db")
    plain.execute("PRAGMA user_version = 99")
    plain.close()
    done = cli("catalog", "list")
    assert done.code == 2
    assert "a newer laststop wrote this store" in done.err


def test_what_cannot_be_read_as_text_is_refused_and_no_bug(cli):
    for words in (
        ["catalog", "put", "\udcff", "1.0", "--type", "routing"],
        ["catalog", "show", "\udcff"],
        ["trace", "\udcff"],
        ["run", "show", "\udcff"],
    ):
        done = cli(*words)
        assert done.code == 2, words


def test_colour_is_for_terminals_and_never_with_no_color(cli, monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured("live", stream=Terminal()) == "\x1b[32mlive\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("live", stream=Terminal()) == "live"
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" not in cli.ok("catalog", "list").out


def test_a_reader_that_goes_away_is_no_error_of_ours(cli):
    with cli.home().versions() as versions:
        for number in range(3000):
            row = VersionRow(algorithm=f"a{number}", version="1.0", type="routing", phase=COMPLETE)
            versions.put(row, expected=None)
    process = subprocess.Popen(
        [sys.executable, "-m", "laststop", "catalog", "list", "--limit", "3000"],
        cwd=cli.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(30) != 0
    assert "Traceback" not in said


def test_a_second_server_ends_with_3_and_names_the_first(cli):
    with ServerLock(cli.folder / ".laststop" / "lock") as lock:
        lock.note(Holder(pid=4242, console_url="http://127.0.0.1:8300/", edge_url="http://127.0.0.1:8301"))
        (cli.folder / "frontend").mkdir()
        done = cli("up", "--port", "0", "--edge-port", "0")
    assert done.code == 3
    for part in ("pid 4242", "http://127.0.0.1:8300/", "http://127.0.0.1:8301"):
        assert part in done.err


@pytest.mark.parametrize("serving", [True, False])
def test_a_write_rings_the_server_or_says_that_none_runs(cli, serving):
    words = ("catalog", "put", "bgp", "1.0", "--type", "routing")
    if not serving:
        assert "no server is running" in cli.ok(*words).err
        return
    bell = Bell()
    with ServerLock(cli.folder / ".laststop" / "lock") as lock:
        lock.note(Holder(pid=1, bell_port=bell.port))
        assert "no server" not in cli.ok(*words).err
        assert bell.wait(5)
    bell.close()
