"""Following a run by CodePipeline's operations alone: a line for each attempt that has ended."""

import time
from typing import Final

import click

from laststop.cli.output import coloured, talk
from laststop.cli.run_print import print_ended
from laststop.cli.steering import Steering
from laststop.pipeline.wire.histories import ActionExecutionsTold

LOOK_SECONDS: Final = 3.0
"""Between two looks; each is two requests."""
ENDED_WELL: Final = frozenset({"Succeeded", "Superseded"})
_UNDER_WAY: Final = frozenset({"InProgress", "Stopping"})


def follow_execution(steered: Steering, run: str) -> int:
    """Show a run until it has ended; 0 when it ended well.

    Limit: of a run with more than a hundred attempts, those that are not among the newest are not shown.
    Raises: NotFoundError when there is no such run.
    """
    told: set[str] = set()
    click.echo(f"run {run}")
    while True:
        found = steered.execution(run)
        attempts = steered.ask(
            "ListActionExecutions",
            ActionExecutionsTold,
            pipelineName=steered.pipeline,
            filter={"pipelineExecutionId": run},
        ).action_execution_details
        for each in reversed(attempts):
            if each.status != "InProgress" and each.action_execution_id not in told:
                told.add(each.action_execution_id)
                print_ended(each)
        if found.status not in _UNDER_WAY:
            break
        time.sleep(LOOK_SECONDS)
    click.echo(f"run {run[:8]} {coloured(found.status)}")
    if found.status == "Failed":
        talk(f"why: laststop run show {run[:8]} --home aws")
    return 0 if found.status in ENDED_WELL else 1
