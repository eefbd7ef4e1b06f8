"""Options that many commands share, and the project they are about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from laststop.config.project import Project
from laststop.config.project_file import load_project
from laststop.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def project_option(function: F) -> F:
    """`-C DIR`: the project's folder, by default the one around the current directory."""
    return click.option(
        "-C",
        "--project",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        envvar="LASTSTOP_PROJECT",
        help="The project's folder, or one inside it.  [default: here]",
    )(function)


def home_option(function: F) -> F:
    """`--home`: on this machine, or on AWS."""
    return click.option(
        "--home",
        type=click.Choice(["embedded", "aws"]),
        default="embedded",
        show_default=True,
        envvar="LASTSTOP_HOME",
        help="Where the project runs.",
    )(function)


def json_option(function: F) -> F:
    """`--json`: for scripts."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")(function)


def follow_option(what: str) -> Callable[[F], F]:
    """`--follow`: `what` it shows until when, and what the exit code says."""
    return click.option("--follow", "-f", is_flag=True, help=what)


def refuse_both(*, follow: bool, as_json: bool) -> None:
    """A script that follows reads lines.

    Raises: UsageError.
    """
    if follow and as_json:
        raise UsageError(
            "--follow shows what happens as it happens, and --json prints one value", hint="choose one"
        )


def project_in(folder: Path) -> Project:
    """The project a command is about.

    Raises: NotFoundError when the folder belongs to none; UsageError naming what is wrong in its file.
    """
    return load_project(folder)
