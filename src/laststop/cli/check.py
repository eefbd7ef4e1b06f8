"""`laststop check`: everything that can be said without running anything."""

import sys
from pathlib import Path

import click

from laststop.cli.options import project_option
from laststop.cli.output import talk
from laststop.config.check import check_project
from laststop.config.project import PIPELINE_FILE, PROJECT_FILE, Home
from laststop.config.project_file import find_project
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.lock import holder_of
from laststop.wiring.checks import FURTHER


@click.command("check")
@click.option(
    "--home",
    type=click.Choice(["embedded", "aws"]),
    default="embedded",
    show_default=True,
    help="Where it is meant to run.",
)
@project_option
def command(folder: Path, home: Home) -> int:
    """Validate laststop.toml, all pipelines and the local repositories' buildspec.yml.

    With --home aws it also names what Terraform's AWS provider cannot express.

    Example: laststop check
    """
    findings = check_project(folder, home=home, further=FURTHER)
    for finding in findings:
        sys.stdout.write(f"{finding.text}\n")
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    if errors:
        talk(f"{errors} to mend" + (f", {warnings} to consider" if warnings else ""))
        return 2
    talk("all good" if not findings else f"usable, {warnings} to consider")
    _note_server(folder)
    return 0


def _note_server(folder: Path) -> None:
    """A server reads the files once; the lock's note is as old as its start."""
    root = find_project(folder)
    lock = Folders(root).lock
    holder = holder_of(lock)
    if holder is None:
        return
    began = lock.stat().st_mtime
    files = [path for name in (PROJECT_FILE, PIPELINE_FILE) if (path := root / name).exists()]
    if any(path.stat().st_mtime > began for path in files):
        talk("note: the running server works with the files as they were at its start")
        talk(f"  to take them: kill {holder.pid}, then laststop up; nothing is lost")
