"""`laststop doctor`: what would stop it from working here, and the command that mends each."""

from pathlib import Path

import click

from laststop.cli.findings import tell_findings
from laststop.cli.options import home_option, json_option, project_option
from laststop.cli.up import CONSOLE_PORT, EDGE_PORT
from laststop.config.project import Home
from laststop.wiring.doctor import examine
from laststop.wiring.examination import Port

PORTS = (
    Port(name="console", number=CONSOLE_PORT, option="--port"),
    Port(name="page", number=EDGE_PORT, option="--edge-port"),
)


@click.command("doctor")
@json_option
@home_option
@project_option
def command(as_json: bool, home: Home, folder: Path) -> int:
    """Look at machine, project, store, server and edge, and name the command that mends what is wrong.

    It changes nothing. Exit code 1 when something is.

    Example: laststop doctor
    """
    if home == "aws":
        from laststop.cli.aws_doctor import examined

        return tell_findings(examined(folder), as_json=as_json)
    return tell_findings(examine(folder, PORTS), as_json=as_json)
