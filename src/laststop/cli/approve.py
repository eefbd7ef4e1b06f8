"""`laststop approve`: a person's word on what waits for one."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from laststop.cli.options import home_option, json_option, project_option
from laststop.cli.output import print_json, talk
from laststop.cli.steering import Steering, pipeline_option, steering
from laststop.config.project import Home
from laststop.errors import NotFoundError, UsageError
from laststop.pipeline.wire.histories import ActionExecutionsTold


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An approval that waits for an answer."""

    stage: str
    action: str
    run: str
    token: str


@click.command("approve")
@click.argument("action", required=False)
@click.option("--reject", is_flag=True, help="Say no: the action fails, and its run with it.")
@click.option("--summary", default="", help="Why; kept with the answer.")
@click.option("--run", "run", default="", help="The run meant, where several wait at one action.")
@click.option("--list", "only_list", is_flag=True, help="Print what waits, and answer nothing.")
@pipeline_option
@home_option
@json_option
@project_option
def command(  # noqa: PLR0917 - click passes them by name
    action: str | None,
    reject: bool,
    summary: str,
    run: str,
    only_list: bool,
    pipeline: str,
    home: Home,
    as_json: bool,
    folder: Path,
) -> None:
    """Answer a manual approval: the one that waits, or that of ACTION (`STAGE/ACTION` where names repeat).

    Example: laststop approve --summary "looked at the preview"
    """
    with steering(folder, home, pipeline) as steered:
        waiting = _waiting(steered, run)
        if only_list:
            _print(waiting, as_json=as_json)
            return
        chosen = _chosen(waiting, action)
        steered.control.call(
            "PutApprovalResult",
            {
                "pipelineName": steered.pipeline,
                "stageName": chosen.stage,
                "actionName": chosen.action,
                "result": {"summary": summary, "status": "Rejected" if reject else "Approved"},
                "token": chosen.token,
            },
        )
        word = "rejected" if reject else "approved"
        if as_json:
            print_json({"stage": chosen.stage, "action": chosen.action, "run": chosen.run, "answer": word})
        else:
            talk(f"{chosen.stage} / {chosen.action} of run {chosen.run[:8]} is {word}")
        steered.note_server()


def _waiting(steered: Steering, run: str) -> list[Waiting]:
    """What waits, each token once; runs in PARALLEL mode show theirs only in the list of attempts."""
    found = {each.token: each for each in (*_in_state(steered), *_in_history(steered))}
    return [each for each in found.values() if each.run.startswith(run)]


def _in_state(steered: Steering) -> Iterator[Waiting]:
    for stage in steered.state().stage_states:
        run = stage.latest_execution.pipeline_execution_id if stage.latest_execution else ""
        for each in stage.action_states:
            token = each.latest_execution.token if each.latest_execution else None
            if token:
                yield Waiting(stage=stage.stage_name, action=each.action_name, run=run, token=token)


def _in_history(steered: Steering) -> Iterator[Waiting]:
    told = steered.ask("ListActionExecutions", ActionExecutionsTold, pipelineName=steered.pipeline)
    for each in told.action_execution_details:
        result = each.output.execution_result
        token = result.external_execution_id if result else None
        if each.status == "InProgress" and each.input.action_type_id.category == "Approval" and token:
            yield Waiting(
                stage=each.stage_name, action=each.action_name, run=each.pipeline_execution_id, token=token
            )


def _chosen(waiting: list[Waiting], action: str | None) -> Waiting:
    """The one that is meant.

    Raises: NotFoundError when none waits, UsageError when several may be meant.
    """
    found = [each for each in waiting if action in (None, each.action, f"{each.stage}/{each.action}")]
    if not found:
        raise NotFoundError(
            "no approval waits" + (f" at {action}" if action else ""), hint="see: laststop approve --list"
        )
    if len(found) > 1:
        named = ", ".join(f"{each.stage}/{each.action} of run {each.run[:8]}" for each in found)
        raise UsageError(
            f"several approvals wait: {named}", hint="name one: laststop approve STAGE/ACTION --run RUN"
        )
    return found[0]


def _print(waiting: list[Waiting], *, as_json: bool) -> None:
    if as_json:
        print_json([{"stage": each.stage, "action": each.action, "run": each.run} for each in waiting])
        return
    for each in waiting:
        click.echo(f"{each.stage}/{each.action}  run {each.run}")
    if not waiting:
        talk("no approval waits")
