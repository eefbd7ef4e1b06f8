"""`laststop stage`: the way into a stage, back in it, and past its conditions."""

from pathlib import Path

import click

from laststop.cli.options import home_option, json_option, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.steering import pipeline_option, steering
from laststop.config.project import Home
from laststop.errors import NotFoundError
from laststop.pipeline.wire.executions import ExecutionNamed, ExecutionsTold
from laststop.pipeline.wire.states import stage_state


@click.group("stage")
def command() -> None:
    """Open or close the way into a stage, go back in it, override its conditions.

    With --home aws the same orders go to CodePipeline on AWS.

    Example: laststop stage disable Release --reason "freeze until Monday"
    """


@command.command("enable")
@click.argument("stage")
@pipeline_option
@home_option
@project_option
def enable(stage: str, pipeline: str, home: Home, folder: Path) -> None:
    """Open the way into a stage.

    Example: laststop stage enable Release
    """
    with steering(folder, home, pipeline) as steered:
        request = {"pipelineName": steered.pipeline, "stageName": stage, "transitionType": "Inbound"}
        steered.control.call("EnableStageTransition", request)
    talk(f"the way into {stage} is open")


@command.command("disable")
@click.argument("stage")
@click.option("--reason", required=True, help="Shown wherever a run waits because of it.")
@pipeline_option
@home_option
@project_option
def disable(stage: str, reason: str, pipeline: str, home: Home, folder: Path) -> None:
    """Close the way into a stage; runs wait before it.

    CodePipeline takes letters, digits, spaces and any of !@().*?- in a reason.

    Example: laststop stage disable Release --reason "freeze until Monday"
    """
    with steering(folder, home, pipeline) as steered:
        request = {"pipelineName": steered.pipeline, "stageName": stage, "transitionType": "Inbound"}
        steered.control.call("DisableStageTransition", {**request, "reason": reason})
    talk(f"the way into {stage} is closed: {reason}")


@command.command("rollback")
@click.argument("stage")
@click.option(
    "--to",
    "target",
    default="",
    help="The run to go back to.  [default: the last but one that succeeded there]",
)
@pipeline_option
@home_option
@json_option
@project_option
def rollback(stage: str, target: str, pipeline: str, home: Home, as_json: bool, folder: Path) -> None:
    """Run a stage again, as a new run, with what a run that succeeded there had.

    One that changes the site holds it; `laststop release lift` ends the hold.

    Example: laststop stage rollback Release --to 4f2a9c1d
    """
    with steering(folder, home, pipeline) as steered:
        back_to = steered.run(target) if target else ""
        if not back_to:
            told = steered.ask(
                "ListPipelineExecutions",
                ExecutionsTold,
                pipelineName=steered.pipeline,
                filter={"succeededInStage": {"stageName": stage}},
            )
            standard = [
                each for each in told.pipeline_execution_summaries if each.execution_type == "STANDARD"
            ]
            if len(standard) < 2:  # noqa: PLR2004 - the one that stands there, and the one before
                raise NotFoundError(
                    f"no run before the one that stands there succeeded in {stage}", hint="name one: --to RUN"
                )
            back_to = standard[1].pipeline_execution_id
        started = steered.ask(
            "RollbackStage",
            ExecutionNamed,
            pipelineName=steered.pipeline,
            stageName=stage,
            targetPipelineExecutionId=back_to,
        )
        steered.note_server()
    if as_json:
        print_json({"id": started.pipeline_execution_id, "target": back_to})
    else:
        talk(f"{stage} goes back to run {back_to[:8]}, as run {started.pipeline_execution_id}")


@command.command("override")
@click.argument("stage")
@click.option("--after", is_flag=True, help="The condition after the actions, not the one before entry.")
@click.option("--run", "run", default="", help="The run to let on.  [default: the newest there]")
@pipeline_option
@home_option
@project_option
def override(stage: str, after: bool, run: str, pipeline: str, home: Home, folder: Path) -> None:
    """Let a run go on although a condition of the stage says no.

    Example: laststop stage override Release
    """
    with steering(folder, home, pipeline) as steered:
        identity = steered.run(run) if run else ""
        if not identity:
            state = stage_state(steered.state(), stage)
            found = (state.latest_execution or state.inbound_execution) if state else None
            if found is None:
                raise NotFoundError(f"no run is at {stage}", hint="name one: --run RUN")
            identity = found.pipeline_execution_id
        steered.control.call(
            "OverrideStageCondition",
            {
                "pipelineName": steered.pipeline,
                "stageName": stage,
                "pipelineExecutionId": identity,
                "conditionType": "ON_SUCCESS" if after else "BEFORE_ENTRY",
            },
        )
        talk(f"run {identity[:8]} goes on at {stage}")
        steered.note_server()
