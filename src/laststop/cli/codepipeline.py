"""`laststop codepipeline`: the CodePipeline that emulators of AWS lack."""

import os
from pathlib import Path

import click

from laststop.cli.options import json_option, project_in, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.signals import stop_on_signals

PORT = 7442


@click.command("codepipeline")
@click.option("--endpoint-url", required=True, metavar="URL", help="The emulator, for everything else.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond the loopback a token is needed.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="CodePipeline's API and a console; 0 takes a free one.",
)
@click.option("--region", default="us-east-1", show_default=True, envvar="AWS_REGION", help="The account's.")
@json_option
@project_option
def command(endpoint_url: str, host: str, port: int, region: str, as_json: bool, folder: Path) -> None:
    """Run pipelines in front of an emulator of AWS that cannot run any, until Ctrl-C.

    Pipelines are made and started through CodePipeline's API at the printed address: point
    AWS_ENDPOINT_URL_CODEPIPELINE at it. Sources, functions, CodeBuild projects and EventBridge rules are the
    emulator's; repositories are found through [repositories] in laststop.toml.

    Example: laststop codepipeline --endpoint-url http://127.0.0.1:4566
    """
    from laststop.cli.standing_in import StoodIn

    stood = StoodIn(
        project_in(folder), endpoint_url=endpoint_url, host=host, port=port, region=region, say=talk
    )
    with stood:
        stop_on_signals(stood.stop)
        if as_json:
            print_json({"url": stood.url, "pid": os.getpid()})
        else:
            talk(f"codepipeline  {stood.url}/")
            talk(f"everything else is {endpoint_url}'s; Ctrl-C ends it, and loses nothing")
        stood.run()
