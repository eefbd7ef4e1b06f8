"""The command line: one group, its commands imported only when they are asked for."""

import errno
import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import click

from laststop import __version__
from laststop.cli.streams import NOBODY_READS
from laststop.errors import InvariantError, LaststopError, TransientError

INTERRUPTED = 130

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Show the whole flow on a made-up project."),
    "init": ("init", "Make a new project."),
    "up": ("up", "Run the embedded home: engine, console, API and edge."),
    "edge": ("edge", "Run only the edge, over the same store."),
    "catalog": ("catalog", "Algorithm versions: put, phase, list, show, activate, retire, import."),
    "trace": ("trace", "Where is my change: every step, with its time or what it waits for."),
    "run": ("run", "Pipeline runs: start, list, show, stop, retry, logs, compare."),
    "stage": ("stage", "The way into a stage, back in it, past its conditions."),
    "approve": ("approve", "Answer a manual approval."),
    "release": ("release", "What is and was live: list, diff, rollback, lift."),
    "sweep": ("sweep", "Compare catalog, documents and live site, and heal."),
    "backup": ("backup", "Save the project's state in one file."),
    "restore": ("restore", "Give a project without state the state of a backup."),
    "token": ("token", "Who may call this server from elsewhere: new, list, revoke."),
    "check": ("check", "Validate the project's files without running anything."),
    "doctor": ("doctor", "What would stop it from working here, and the command that mends each."),
    "codepipeline": ("codepipeline", "The CodePipeline that emulators of AWS lack."),
    "aws": ("aws", "Bring the project to AWS: render, package, doctor."),
    "completion": ("completion", "The lines that let your shell complete commands."),
}
"""Command -> module of this package that holds it, and its line in the help."""


class LazyGroup(click.Group):
    """Knows its commands by name and imports one only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order a new user meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"laststop.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name what was probably meant when a command does not exist."""
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            meant = f' Did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'No command is named "{name}".{meant}', ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table above, without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try it: laststop demo. Every command has --help with an example.",
)
@click.version_option(__version__, message="laststop %(version)s")
def group() -> None:
    """Put a tested algorithm version on your web page, prove that the page shows it, and tell people so."""


def run(words: Sequence[str]) -> int:
    """Run a command line and give its exit code; errors go to stderr as `laststop: what (next step)`."""
    try:
        result: Any = group.main(args=list(words), prog_name="laststop", standalone_mode=False)
    except click.exceptions.Exit as ended:
        return int(ended.exit_code)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("laststop: interrupted\n")
        return INTERRUPTED
    except LaststopError as error:
        show(error)
        return error.exit_code
    except SystemExit:
        return NOBODY_READS  # click ends the process so when standard output is closed, and only then
    except OSError as error:
        return _ended_by_system(error)
    except Exception as error:  # noqa: BLE001 whatever it is, it is our bug, and says so
        return _our_bug(error)
    return result if isinstance(result, int) else 0


def _ended_by_system(error: OSError) -> int:
    """A disk that is full, under whatever was written, is nobody's bug."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        full = TransientError(
            "the disk is full", place=error.filename or "", hint="make room, or print elsewhere"
        )
        show(full)
        return full.exit_code
    return _our_bug(error)


def _our_bug(error: Exception) -> int:
    traceback.print_exc()
    show(InvariantError(f"{type(error).__name__}: {error}"))
    return InvariantError.exit_code


def show(error: LaststopError) -> None:
    """What went wrong and what to do next, on stderr."""
    sys.stderr.write(f"laststop: {error}\n")
    if error.hint:
        sys.stderr.write(f"  {error.hint}\n")
