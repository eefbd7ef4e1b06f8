"""Writes the text that `laststop --help` answers with before click is imported.

Run it after the commands changed: `python -m laststop.cli.help_text`. A test compares the two.
"""

from pathlib import Path

import click

from laststop.cli.app import group

HELP_FILE = Path(__file__).with_name("help.txt")


def rendered() -> str:
    """Click's own help of the top level, at a width every terminal has."""
    settings = {**group.context_settings, "terminal_width": 80, "max_content_width": 80}
    with click.Context(group, info_name="laststop", **settings) as context:
        return group.get_help(context) + "\n"


if __name__ == "__main__":
    HELP_FILE.write_text(rendered(), encoding="utf-8")
