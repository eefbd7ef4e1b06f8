"""`laststop release`: what is and was live."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import print_json, print_table, talk
from laststop.cli.store import opened
from laststop.homes.embedded.listing import release_rows
from laststop.words.instants import instant_text


@click.group("release")
def command() -> None:
    """What is and was live.

    Example: laststop release list
    """


@command.command("list")
@json_option
@project_option
def list_(as_json: bool, folder: Path) -> None:
    """The kept releases, the newest first.

    Example: laststop release list
    """
    with opened(folder) as home, home.store.view() as view:
        rows = release_rows(view)
    if as_json:
        print_json([row.line for row in rows])
        return
    if not rows:
        talk("nothing was live yet")
    print_table(
        ("LIVE", "RELEASE", "SWITCHED AT", "SEEN AT", "FILES", "BYTES"),
        [
            (
                "live" if row.live else "",
                row.id,
                instant_text(row.switched_at),
                instant_text(row.seen_at) if row.seen_at else "not yet",
                str(row.files),
                str(row.size_bytes),
            )
            for row in rows
        ],
    )
