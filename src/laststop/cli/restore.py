"""`laststop restore`: the project's state from a backup."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_in, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.progress import progress
from laststop.cli.store import opened
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.restore import refuse_state, restore


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@project_option
def command(file: Path, as_json: bool, folder: Path) -> int:
    """Give a project without state the state of a backup.

    Everything is read and checked before anything appears. Take only backups that you trust: what stands in
    them is believed.

    Example: laststop restore ../translations-2026-11-25.tar
    """
    project = project_in(folder)
    folders = Folders(project.root)
    refuse_state(folders)
    size_bytes = file.stat().st_size if file.exists() else 0
    with progress("reading", size_bytes, in_bytes=True) as tell:
        listing = restore(file, folders, tell)
    with opened(folder) as home:
        lacking = {
            release.id: len(missing) for release in home.releases.kept() if (missing := home.lacking(release))
        }
    if as_json:
        print_json(
            {
                "file": str(file),
                "files": len(listing.entries),
                "size_bytes": listing.size_bytes,
                "made_at": listing.made_at,
                "lacking": lacking,
            }
        )
    else:
        talk(f"{len(listing.entries)} files, {listing.size_bytes} bytes, as of {listing.made_at}")
        if listing.project != project.name:
            talk(f'  note: it was the state of "{listing.project}", and this project is "{project.name}"')
        for release, count in lacking.items():
            talk(f"  release {release} lacks {count} files; they were damaged when the backup was made")
        talk("go on: laststop up")
    return 1 if lacking else 0
