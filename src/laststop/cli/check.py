"""`laststop check`: everything that can be said without running anything."""

import sys
from pathlib import Path

import click

from laststop.cli.options import project_option
from laststop.cli.output import talk
from laststop.config.check import check_project
from laststop.wiring.checks import FURTHER


@click.command("check")
@project_option
def command(folder: Path) -> int:
    """Validate laststop.toml, pipeline.yml and the local repositories' buildspec.yml.

    Example: laststop check
    """
    findings = check_project(folder, further=FURTHER)
    for finding in findings:
        sys.stdout.write(f"{finding.text}\n")
    errors = sum(finding.is_error for finding in findings)
    warnings = len(findings) - errors
    if errors:
        talk(f"{errors} to mend" + (f", {warnings} to consider" if warnings else ""))
        return 2
    talk("all good" if not findings else f"usable, {warnings} to consider")
    return 0
