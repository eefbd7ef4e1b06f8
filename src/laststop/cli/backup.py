"""`laststop backup`: the project's state in one file."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_in, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.progress import progress
from laststop.cli.store import opened
from laststop.errors import NotFoundError
from laststop.homes.embedded.backup import Backup
from laststop.homes.embedded.folders import Folders
from laststop.wiring.embedded import clock


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@json_option
@project_option
def command(file: Path, as_json: bool, folder: Path) -> int:
    """Save the project's state in one file, a tar; also while a server works.

    The store, releases, artifacts and build logs are in it. The project's own files and its repositories are
    not: they are yours, and in git.

    Example: laststop backup ../translations-2026-11-25.tar
    """
    if not Folders(project_in(folder).root).store.exists():
        raise NotFoundError("this project has no state yet", hint="it begins with `laststop up`")
    with opened(folder) as home:
        backup = Backup(
            database=home.store.database,
            blobs=home.blobs,
            folders=home.folders,
            project=home.project.name,
            clock=clock,
        )
        with progress("saving", backup.size_bytes(), in_bytes=True) as tell:
            listing = backup.write(file.absolute(), tell)
    if as_json:
        print_json(
            {
                "file": str(file),
                "files": len(listing.entries),
                "size_bytes": listing.size_bytes,
                "made_at": listing.made_at,
                "damaged": listing.damaged,
            }
        )
    else:
        talk(
            f"{file} holds {len(listing.entries)} files, {listing.size_bytes} bytes, as of {listing.made_at}"
        )
        for digest in listing.damaged:
            talk(f"  left out: blob {digest} is damaged on this disk")
    return 1 if listing.damaged else 0
