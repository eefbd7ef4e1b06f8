"""`laststop check`: everything that can be said without running anything."""

import sys
from pathlib import Path

import click

from laststop.cli.options import project_option
from laststop.cli.output import talk
from laststop.config.check import check_project
from laststop.config.project import Home
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
    return 0
