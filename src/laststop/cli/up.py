"""`laststop up`: the embedded home."""

import os
import threading
from pathlib import Path

import click

from laststop.cli.options import home_option, json_option, project_in, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.signals import stop_on_signals
from laststop.config.project import Home

CONSOLE_PORT = 7440
EDGE_PORT = 7441


@click.command("up")
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond the loopback a token is needed.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=CONSOLE_PORT,
    show_default=True,
    help="Console and API; 0 takes a free one.",
)
@click.option(
    "--edge-port",
    type=click.IntRange(0, 65535),
    default=EDGE_PORT,
    show_default=True,
    help="The page; 0 takes a free one.",
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A host name readers use; repeatable.")
@json_option
@home_option
@project_option
def command(
    host: str,
    port: int,
    edge_port: int,
    allow_host: tuple[str, ...],
    as_json: bool,
    home: Home,
    folder: Path,
) -> None:
    """Run engine, console, API and edge for a project, until Ctrl-C.

    With --home aws, only a console that shows what is on AWS.

    The token for addresses beyond the loopback comes from LASTSTOP_TOKEN.

    Example: laststop up --port 7440 --edge-port 7441
    """
    if home == "aws":
        from laststop.cli.serving_aws import serve_aws

        ended = threading.Event()
        stop_on_signals(ended.set)
        serve_aws(folder, host=host, port=port, allowed_hosts=allow_host, as_json=as_json, ended=ended)
        return
    from laststop.cli.serving import Served

    served = Served(
        project_in(folder),
        host=host,
        port=port,
        edge_port=edge_port,
        say=talk,
        allowed_hosts=allow_host,
    )
    with served:
        stop_on_signals(served.stop)
        if as_json:
            urls = {"console_url": served.console_url, "edge_url": served.edge_url, "pid": os.getpid()}
            print_json(urls)
        else:
            talk(f"page     {served.edge_url}/")
            talk(f"console  {served.console_url}/")
            talk(f"serving {served.serving.home.project.name}; Ctrl-C ends it, and loses nothing")
        served.run()
