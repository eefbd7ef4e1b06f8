"""`laststop sweep`: compare everything, heal, report."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.store import NOT_SERVING, opened, tell_server
from laststop.config.pipeline_file import load_pipeline
from laststop.homes.embedded.sweeper import Sweeper
from laststop.wiring.embedded import clock


@click.command("sweep")
@json_option
@project_option
def command(as_json: bool, folder: Path) -> None:
    """Compare catalog, documents and live site; heal what drifted, and say what that was.

    The server does the same every hour. While the site is held, nothing is asked for.

    Example: laststop sweep
    """
    with opened(folder) as home:
        home.ensure_documents()
        swept = Sweeper(
            store=home.store,
            policy=home.policy,
            locations=home.locations,
            pipeline=load_pipeline(home.project).name,
            clock=clock,
        ).once()
        serving = tell_server(home)
    if as_json:
        print_json(swept)
        return
    for sentence in swept.healed:
        click.echo(sentence)
    talk(f"{swept.algorithms} algorithms compared, {len(swept.healed)} healed")
    if swept.run_wanted:
        talk("a run is asked for" if serving else f"a run is asked for; {NOT_SERVING}")
    if swept.held:
        talk(f"the site is held, so no run is asked for: {swept.held}")
