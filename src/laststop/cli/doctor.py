"""`laststop doctor`: what would stop it from working here, and the command that mends each."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import coloured, print_json, talk
from laststop.cli.up import CONSOLE_PORT, EDGE_PORT
from laststop.wiring.doctor import examine
from laststop.wiring.examination import Finding, Port

PORTS = (
    Port(name="console", number=CONSOLE_PORT, option="--port"),
    Port(name="page", number=EDGE_PORT, option="--edge-port"),
)
_LIKE = {"ok": "Succeeded", "note": "pending", "trouble": "Failed"}
"""In whose colour a state is told."""


@click.command("doctor")
@json_option
@project_option
def command(as_json: bool, folder: Path) -> int:
    """Look at machine, project, store, server and edge, and name the command that mends what is wrong.

    It changes nothing. Exit code 1 when something is.

    Example: laststop doctor
    """
    findings = list(examine(folder, PORTS))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            _show(finding)
    troubles = sum(finding.state == "trouble" for finding in findings)
    if not as_json:
        talk(f"{troubles} to mend" if troubles else "nothing stands in the way")
    return 1 if troubles else 0


def _show(finding: Finding) -> None:
    state = coloured(finding.state.ljust(7), _LIKE[finding.state])
    click.echo(f"{state}  {finding.about:12}  {finding.says}")
    if finding.mend:
        click.echo(f"{'':9}{'':12}  mend: {finding.mend}")
