"""`laststop sweep`: compare everything, heal, report."""

from pathlib import Path

import click
import msgspec

from laststop.cli.options import home_option, json_option, project_in, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.store import NOT_SERVING, opened, tell_server
from laststop.config.pipeline_file import load_pipeline
from laststop.config.project import Home
from laststop.errors import RunError
from laststop.functions.sweeping import Sweep
from laststop.homes.embedded.sweeper import Sweeper
from laststop.wiring.embedded import clock


@click.command("sweep")
@json_option
@home_option
@project_option
def command(as_json: bool, home: Home, folder: Path) -> None:
    """Compare catalog, documents and live site; heal what drifted, and say what that was.

    The server does the same every hour; on AWS a schedule calls the function that does it, and this command
    calls it now. While the site is held, nothing is asked for.

    Example: laststop sweep
    """
    if home == "aws":
        _aws(folder, as_json=as_json)
    else:
        _embedded(folder, as_json=as_json)


def _aws(folder: Path, *, as_json: bool) -> None:
    from laststop.wiring.aws_deployed import deployed, functions

    with deployed(project_in(folder)) as home, functions(home) as called:
        swept = sweep_answer(called.call("sweep", {}))
    if as_json:
        print_json(swept)
        return
    for sentence in swept.healed:
        click.echo(sentence)
    compared = f"{swept.algorithms} algorithms compared, {len(swept.healed)} healed"
    talk(f"{compared}, {swept.settled} verdicts settled")
    talk(f"run {swept.run} begins" if swept.run else f"no run begins: {swept.why}")


def sweep_answer(answer: object) -> Sweep:
    """What the function says it did.

    Raises: RunError when that cannot be read.
    """
    try:
        return msgspec.convert(answer, Sweep)
    except msgspec.ValidationError as error:
        raise RunError(
            f"the function's answer cannot be read: {error}",
            place="function sweep",
            hint="deploy the functions from this version of laststop: laststop aws package; osls deploy",
        ) from error


def _embedded(folder: Path, *, as_json: bool) -> None:
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
