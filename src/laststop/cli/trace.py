"""`laststop trace`: where is my change."""

from pathlib import Path

import click

from laststop.cli.following import NAME_WIDTH, follow_change, look_at_change, step_line
from laststop.cli.options import (
    follow_option,
    home_option,
    json_option,
    project_in,
    project_option,
    refuse_both,
)
from laststop.cli.output import coloured, print_json
from laststop.cli.store import opened
from laststop.config.pipeline_file import load_pipeline
from laststop.config.project import Home
from laststop.homes.shared.tracing import Trace


@click.command("trace")
@click.argument("name")
@click.argument("version", required=False)
@follow_option("Go on until the verdict is final; exit code 1 if it failed.")
@json_option
@home_option
@project_option
def command(name: str, version: str | None, follow: bool, as_json: bool, home: Home, folder: Path) -> int:
    """Show every step of a change with its time and, if it waits, why.

    Without VERSION, the version of NAME that changed last.

    Example: laststop trace bgp-policy 2.1.0 --follow
    """
    refuse_both(follow=follow, as_json=as_json)
    look = _aws if home == "aws" else _embedded
    found = look(folder, name, version, follow)
    if isinstance(found, int):
        return found
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0


def _embedded(folder: Path, name: str, version: str | None, follow: bool) -> Trace | int:
    """A change now, or the exit code of following it."""
    with opened(folder) as home:
        pipeline = load_pipeline(home.project).name
        if follow:
            return follow_change(home, pipeline, name, version)
        return look_at_change(home, pipeline, name, version)


def _aws(folder: Path, name: str, version: str | None, follow: bool) -> Trace | int:
    """The same on AWS."""
    from laststop.cli.following_aws import follow_change as follow_on_aws
    from laststop.wiring.aws_deployed import deployed
    from laststop.wiring.aws_reading import trace

    with deployed(project_in(folder)) as home:
        return follow_on_aws(home, name, version) if follow else trace(home, name, version)


def _print(found: Trace) -> None:
    verdict = found.verdict or "no verdict: it was never in a release phase"
    click.echo(f"{found.algorithm} {found.version}: {coloured(verdict)}")
    for step in found.steps:
        click.echo(step_line(step))
    timed = [step.took_seconds for step in found.steps if step.took_seconds is not None]
    click.echo(f"  {'in all'.ljust(NAME_WIDTH)}  {'':12}  {sum(timed):8.3f} s")
