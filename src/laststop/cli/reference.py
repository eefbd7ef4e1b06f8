"""Writes the reference pages of commands, errors and facts from the program itself.

Run it after any of them changed: `python -m laststop.cli.reference docs/reference`. A test compares.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import click

from laststop import errors
from laststop.cli.app import group
from laststop.homes.embedded.codepipeline.table import OPERATIONS
from laststop.pipeline.rulebook import RULINGS
from laststop.words.fact import Fact
from laststop.words.facts import AnyFact

WIDTH = 100
_HEAD = "<!-- Written by `python -m laststop.cli.reference docs/reference`; a test compares the two. -->\n"


def pages() -> dict[str, str]:
    """File name, seen from docs/reference -> its text."""
    return {
        "cli.md": _commands_page(),
        "errors.md": _errors_page(),
        "facts.md": _facts_page(),
        "codepipeline-api.md": _operations_page(),
        "../rules-validation.md": _rulings_page(),
    }


def _commands_page() -> str:
    parts = [
        f"{_HEAD}\n# Commands\n",
        "Data goes to standard output, talk to standard error. Flags win over `LASTSTOP_*` variables,",
        "those over laststop.toml. Exit codes: 0 ok, 1 the run or check failed, 2 usage or invalid input,",
        "3 conflict or busy, 4 try again later, 5 denied, 70 a bug of ours.\n",
    ]
    for path, command in _walk(("laststop",), group):
        parts.append(f"## {' '.join(path)}\n\n```\n{_help(path, command)}\n```\n")
    return "\n".join(parts)


def _walk(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command, a group before what it holds."""
    if path != ("laststop",):
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path[-1])
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _walk((*path, name), inner)


def _help(path: tuple[str, ...], command: click.Command) -> str:
    with click.Context(
        command, info_name=" ".join(path), terminal_width=WIDTH, max_content_width=WIDTH
    ) as context:
        return command.get_help(context)


def _errors_page() -> str:
    rows = [
        f"| `{kind.code}` | {kind.exit_code} | {kind.http_status} | {_first_line(kind)} |"
        for kind in _tree(errors.LaststopError)
    ]
    table = "\n".join(["| code | exit code | HTTP status | meaning |", "|---|---|---|---|", *rows])
    return f"{_HEAD}\n# Errors\n\nEvery error names its place, what is wrong, and the next step.\n\n{table}\n"


def _tree(kind: type[errors.LaststopError]) -> Iterator[type[errors.LaststopError]]:
    """A class and what derives from it in `laststop.errors`, the root first."""
    yield kind
    for inner in kind.__subclasses__():
        if inner.__module__ == errors.__name__:
            yield from _tree(inner)


def _facts_page() -> str:
    kinds: tuple[type[Fact], ...] = get_args(AnyFact)
    rows = [f"| `{kind.__struct_config__.tag}` | {_first_line(kind)} |" for kind in kinds]
    table = "\n".join(["| kind | meaning |", "|---|---|", *rows])
    told = "`GET /api/v1/events` tells them as they happen."
    return f"{_HEAD}\n# Facts\n\nWhat the journal keeps. {told}\n\n{table}\n"


def _operations_page() -> str:
    rows = [
        f"| `{name}` | {each.text} | {each.deviation} | {each.scope.value} |"
        for name, each in sorted(OPERATIONS.items())
    ]
    table = "\n".join(["| operation | here | other than on AWS | scope |", "|---|---|---|---|", *rows])
    return (
        f"{_HEAD}\n# CodePipeline's API\n\n"
        "`POST /` of the console speaks AWS JSON 1.1, target prefix `CodePipeline_20150709`: every\n"
        "operation of the service, with its members, bounds, pages and error codes. Every answer is held\n"
        "against the service's model by the tests. How to drive it: [the guide](../guides/aws-cli.md).\n\n"
        "Everywhere: a member that the service does not know is refused (AWS lets it be); ARNs have the\n"
        "region `local` and the account `000000000000`; history is kept by `[retention]`, not for twelve\n"
        "months. *scope* is what a token needs where the console stands open to a network.\n\n"
        f"{table}\n"
    )


def _rulings_page() -> str:
    rows = [
        f"| {ruling.id} | {ruling.says} | {ruling.asker} | {ruling.aws_code} |" for ruling in RULINGS.values()
    ]
    table = "\n".join(["| id | rule | asked by | answer of the API |", "|---|---|---|---|", *rows])
    return (
        f"{_HEAD}\n# Rules of validation\n\n"
        "What a declaration is judged by: by `laststop check`, and when a pipeline is created or updated.\n"
        "Each id has a test that breaks the rule and nothing else: `tests/unit/pipeline/test_rulings.py`.\n"
        "How a pipeline that is right runs is in [the rules](rules.md).\n\n"
        "The service documents its exceptions by operation, not rule by rule: what its model limits is a\n"
        "ValidationException there, the rest is chosen by what it is about.\n"
        "A few of these are warnings: what they name is allowed, and probably not meant.\n\n"
        f"{table}\n"
    )


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]


if __name__ == "__main__":
    for name, text in pages().items():
        (Path(sys.argv[1]) / name).write_text(text, encoding="utf-8")
