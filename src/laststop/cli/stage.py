"""`laststop stage`: the way into a stage."""

from pathlib import Path

import click

from laststop.cli.options import project_option
from laststop.cli.output import talk
from laststop.cli.store import control_of, opened
from laststop.config.pipeline_file import load_pipeline


@click.group("stage")
def command() -> None:
    """Open or close the way into a stage; runs wait before a closed one.

    Example: laststop stage disable Release --reason "freeze until Monday"
    """


@command.command("enable")
@click.argument("stage")
@project_option
def enable(stage: str, folder: Path) -> None:
    """Open the way into a stage.

    Example: laststop stage enable Release
    """
    with opened(folder) as home:
        name = load_pipeline(home.project).name
        control_of(home).call(
            "EnableStageTransition", {"pipelineName": name, "stageName": stage, "transitionType": "Inbound"}
        )
    talk(f"the way into {stage} is open")


@command.command("disable")
@click.argument("stage")
@click.option("--reason", required=True, help="Shown wherever a run waits because of it.")
@project_option
def disable(stage: str, reason: str, folder: Path) -> None:
    """Close the way into a stage.

    Example: laststop stage disable Release --reason "freeze until Monday"
    """
    with opened(folder) as home:
        name = load_pipeline(home.project).name
        request = {
            "pipelineName": name,
            "stageName": stage,
            "transitionType": "Inbound",
            "reason": reason,
        }
        control_of(home).call("DisableStageTransition", request)
    talk(f"the way into {stage} is closed: {reason}")
