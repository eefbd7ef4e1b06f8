"""`laststop edge`: only the edge."""

from pathlib import Path

import click

from laststop.cli.options import project_option
from laststop.cli.output import talk
from laststop.cli.store import opened
from laststop.cli.up import EDGE_PORT


@click.command("edge")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where readers reach it.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=EDGE_PORT, show_default=True, help="0 takes a free one."
)
@click.option("--allow-host", multiple=True, metavar="NAME", help="A host name readers use; repeatable.")
@project_option
def command(host: str, port: int, allow_host: tuple[str, ...], folder: Path) -> None:
    """Serve the page from the store, in a process of its own, until Ctrl-C.

    Readers then survive a restart of `laststop up`, which joins an edge that already runs.

    Example: laststop edge --port 7441
    """
    from laststop.homes.embedded.edge.server import EdgeServer

    with opened(folder) as home:
        edge = EdgeServer(
            home.origin(),
            host=host,
            port=port,
            default_ttl_seconds=home.project.edge.default_ttl_seconds,
            registry=home.folders.edges,
            allowed_hosts=allow_host,
        )
        edge.serve_forever(lambda url: talk(f"page  {url}/"))
