"""`laststop trace`: where is my change."""

from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import coloured, print_json
from laststop.cli.store import opened
from laststop.config.pipeline_file import load_pipeline
from laststop.homes.embedded.lock import holder_of
from laststop.homes.embedded.trace import Trace, trace


@click.command("trace")
@click.argument("name")
@click.argument("version", required=False)
@json_option
@project_option
def command(name: str, version: str | None, as_json: bool, folder: Path) -> None:
    """Show every step of a change with its time and, if it waits, why.

    Without VERSION, the version of NAME that changed last.

    Example: laststop trace bgp-policy 2.1.0
    """
    with opened(folder) as home, home.store.view() as view:
        found = trace(
            view,
            name,
            version,
            policy=home.policy,
            locations=home.locations,
            state=view.state(load_pipeline(home.project).name),
            serving=holder_of(home.folders.lock) is not None,
        )
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Trace) -> None:
    verdict = found.verdict or "no verdict: it was never in a release phase"
    click.echo(f"{found.algorithm} {found.version}: {coloured(verdict)}")
    width = max(len(step.name) for step in found.steps)
    for step in found.steps:
        if step.at is not None:
            click.echo(f"  {step.name.ljust(width)}  {step.at[11:23]}  {step.took_seconds or 0:8.3f} s")
        else:
            click.echo(f"  {step.name.ljust(width)}  waits: {step.waiting_because}")
    timed = [step.took_seconds for step in found.steps if step.took_seconds is not None]
    click.echo(f"  {'in all'.ljust(width)}  {'':12}  {sum(timed):8.3f} s")
