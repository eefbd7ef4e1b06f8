"""`laststop aws`: what the AWS home needs before it runs, each command in a module of its own."""

import importlib
from typing import Final

import click

COMMANDS: Final[dict[str, str]] = {
    "render": "aws_render",
    "package": "aws_package",
    "doctor": "aws_doctor",
}
"""Command -> module of this package that holds it."""


class AwsGroup(click.Group):
    """Imports a command only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order one needs them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module that holds the command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"laststop.cli.{COMMANDS[cmd_name]}").command
        return command


@click.group("aws", cls=AwsGroup)
def command() -> None:
    """Bring the project to AWS.

    Example: laststop aws render
    """
