"""`laststop trace`: where is my change."""

import time
from pathlib import Path

import click

from laststop.cli.options import json_option, project_option
from laststop.cli.output import coloured, print_json, talk
from laststop.cli.store import opened
from laststop.config.pipeline_file import load_pipeline
from laststop.errors import UsageError
from laststop.homes.embedded.lock import holder_of
from laststop.homes.embedded.trace import Step, Trace, trace
from laststop.wiring.embedded import EmbeddedHome
from laststop.words.verdicts import VerdictKind

LOOK_SECONDS = 0.1
NAME_WIDTH = 25
FINAL = frozenset(kind.value for kind in VerdictKind if kind.final)


@click.command("trace")
@click.argument("name")
@click.argument("version", required=False)
@click.option(
    "--follow", "-f", is_flag=True, help="Go on until the verdict is final; exit code 1 if it failed."
)
@json_option
@project_option
def command(name: str, version: str | None, follow: bool, as_json: bool, folder: Path) -> int:
    """Show every step of a change with its time and, if it waits, why.

    Without VERSION, the version of NAME that changed last.

    Example: laststop trace bgp-policy 2.1.0 --follow
    """
    if follow and as_json:
        raise UsageError(
            "--follow prints steps as they happen, and --json prints one value", hint="choose one"
        )
    with opened(folder) as home:
        pipeline = load_pipeline(home.project).name
        if follow:
            return _follow(home, pipeline, name, version)
        found = _look(home, pipeline, name, version)
    if as_json:
        print_json(found)
    else:
        _print(found)
    return 0


def _look(home: EmbeddedHome, pipeline: str, name: str, version: str | None) -> Trace:
    with home.store.view() as view:
        return trace(
            view,
            name,
            version,
            policy=home.policy,
            locations=home.locations,
            state=view.state(pipeline),
            serving=holder_of(home.folders.lock) is not None,
        )


def _follow(home: EmbeddedHome, pipeline: str, name: str, version: str | None) -> int:
    """Print each step once, and each new reason for waiting once, until the verdict is final."""
    told, waits = 0, ""
    while True:
        found = _look(home, pipeline, name, version)
        version = found.version
        done = [step for step in found.steps if step.at is not None]
        if not told:
            click.echo(f"{found.algorithm} {found.version}")
        for step in done[told:]:
            click.echo(_line(step))
        told = max(told, len(done))
        if found.verdict in FINAL:
            return 0 if found.verdict != VerdictKind.REJECTED else 1
        if found.verdict is None or found.verdict == VerdictKind.FAILED:
            talk(f"  {found.steps[-1].waiting_because or 'it failed'}")
            return 1
        waiting = found.steps[-1].waiting_because or ""
        if waiting != waits:
            talk(f"  waits: {waiting}")
            waits = waiting
        time.sleep(LOOK_SECONDS)


def _print(found: Trace) -> None:
    verdict = found.verdict or "no verdict: it was never in a release phase"
    click.echo(f"{found.algorithm} {found.version}: {coloured(verdict)}")
    for step in found.steps:
        click.echo(_line(step))
    timed = [step.took_seconds for step in found.steps if step.took_seconds is not None]
    click.echo(f"  {'in all'.ljust(NAME_WIDTH)}  {'':12}  {sum(timed):8.3f} s")


def _line(step: Step) -> str:
    name = step.name.ljust(NAME_WIDTH)
    if step.at is None:
        return f"  {name}  waits: {step.waiting_because}"
    return f"  {name}  {step.at[11:23]}  {step.took_seconds or 0:8.3f} s"
