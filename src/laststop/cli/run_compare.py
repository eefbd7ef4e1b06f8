"""`laststop run compare`: what two runs were made of."""

from pathlib import Path

import click

from laststop.cli.options import home_option, json_option, project_option
from laststop.cli.output import print_json, print_table
from laststop.cli.steering import Steering, pipeline_option, steering_run
from laststop.config.project import Home
from laststop.errors import NotFoundError
from laststop.pipeline.wire.executions import PipelineExecution

SEARCHED = 2000
"""So many runs are looked through for the last good one."""


@click.command("compare")
@click.argument("run", default="latest")
@click.argument("other", required=False)
@pipeline_option
@home_option
@json_option
@project_option
def compare(run: str, other: str | None, pipeline: str, home: Home, as_json: bool, folder: Path) -> None:
    """What two runs were made of, side by side; without OTHER, the last good run before RUN.

    Example: laststop run compare latest
    """
    with steering_run(folder, home, run, pipeline) as (steered, identity):
        after = steered.execution(identity)
        before = steered.execution(steered.run(other) if other else _last_good(steered, identity))
    lines = _compared(before, after)
    if as_json:
        keys = ("what", "before", "after")
        told = [dict(zip(keys, line, strict=True)) for line in lines]
        runs = (before.pipeline_execution_id, after.pipeline_execution_id)
        print_json({"before": runs[0], "after": runs[1], "inputs": told})
        return
    print_table(
        ("INPUT", f"RUN {before.pipeline_execution_id[:8]}", f"RUN {after.pipeline_execution_id[:8]}", ""),
        [(what, a[:20], b[:20], "" if a == b else "differs") for what, a, b in lines],
    )


def _compared(before: PipelineExecution, after: PipelineExecution) -> list[tuple[str, str, str]]:
    """(what, its value before, its value after) of every input; an input that is not there is empty."""
    was, now = _inputs(before), _inputs(after)
    return [(what, was.get(what, ""), now.get(what, "")) for what in sorted(was.keys() | now.keys())]


def _inputs(run: PipelineExecution) -> dict[str, str]:
    revisions = {each.name: each.revision_id for each in run.artifact_revisions}
    variables = {f"#{{variables.{each.name}}}": each.resolved_value for each in run.variables}
    return {"version": str(run.pipeline_version)} | revisions | variables


def _last_good(steered: Steering, run: str) -> str:
    """The newest run before this one that succeeded."""
    older = False
    for each in steered.executions(SEARCHED):
        if older and each.status == "Succeeded":
            return each.pipeline_execution_id
        older = older or each.pipeline_execution_id == run
    raise NotFoundError(f"no run before {run[:8]} succeeded", hint="name the run to compare with")
