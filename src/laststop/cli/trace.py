"""`laststop trace`: where is my change."""

from pathlib import Path

import click

from laststop.cli.following import NAME_WIDTH, follow_change, look_at_change, step_line
from laststop.cli.options import follow_option, json_option, project_option, refuse_both
from laststop.cli.output import coloured, print_json
from laststop.cli.store import opened
from laststop.config.pipeline_file import load_pipeline
from laststop.homes.shared.tracing import Trace


@click.command("trace")
@click.argument("name")
@click.argument("version", required=False)
@follow_option("Go on until the verdict is final; exit code 1 if it failed.")
@json_option
@project_option
def command(name: str, version: str | None, follow: bool, as_json: bool, folder: Path) -> int:
    """Show every step of a change with its time and, if it waits, why.

    Without VERSION, the version of NAME that changed last.

    Example: laststop trace bgp-policy 2.1.0 --follow
    """
    refuse_both(follow=follow, as_json=as_json)
    with opened(folder) as home:
        pipeline = load_pipeline(home.project).name
        if follow:
            return follow_change(home, pipeline, name, version)
        found = look_at_change(home, pipeline, name, version)
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0


def _print(found: Trace) -> None:
    verdict = found.verdict or "no verdict: it was never in a release phase"
    click.echo(f"{found.algorithm} {found.version}: {coloured(verdict)}")
    for step in found.steps:
        click.echo(step_line(step))
    timed = [step.took_seconds for step in found.steps if step.took_seconds is not None]
    click.echo(f"  {'in all'.ljust(NAME_WIDTH)}  {'':12}  {sum(timed):8.3f} s")
