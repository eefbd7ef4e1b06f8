"""`laststop aws doctor`: what would stop it from working on AWS, and what mends each."""

from collections.abc import Iterator
from pathlib import Path

import click

from laststop.cli.findings import tell_findings
from laststop.cli.options import json_option, project_option
from laststop.wiring.examination import Finding


@click.command("doctor")
@json_option
@project_option
def command(as_json: bool, folder: Path) -> int:
    """Look at credentials, rights and every part on AWS, and name what mends what is wrong.

    It changes nothing. Exit code 1 when something is. The same as `laststop doctor --home aws`.

    Example: laststop aws doctor
    """
    return tell_findings(examined(folder), as_json=as_json)


def examined(folder: Path) -> Iterator[Finding]:
    """Every finding, as it is made.

    Raises: UsageError when the packages for AWS are not installed, NotFoundError without a project.
    """
    from laststop.wiring.aws_deployed import require_packages

    require_packages()
    from laststop.wiring.aws_doctor import examine_aws

    return examine_aws(folder)
