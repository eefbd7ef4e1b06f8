"""`laststop run`: the pipeline's runs."""

from pathlib import Path
from typing import Any

import click

from laststop.cli.options import (
    follow_option,
    home_option,
    json_option,
    project_in,
    project_option,
    refuse_both,
)
from laststop.cli.output import print_json, talk
from laststop.cli.run_compare import compare
from laststop.cli.run_print import (
    print_execution,
    print_row_list,
    print_run,
    print_summaries,
    print_tests,
)
from laststop.cli.steering import Steering, pipeline_option, steering, steering_run
from laststop.config.project import Home
from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.listing import run_line
from laststop.homes.embedded.report_file import reports_of
from laststop.homes.embedded.runs import attempt_rows, newest_runs, run_row, stage_rows
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.wire.executions import ExecutionNamed
from laststop.pipeline.wire.histories import ActionExecutionDetail, ActionExecutionsTold
from laststop.wiring.embedded import EmbeddedHome
from laststop.words.ids import AttemptKey, RunId

_NOTICES = load("notices.sql")
_follow_option = follow_option("Show it until it has ended; exit code 1 if it ended badly.")
REVISION_TYPES = ("COMMIT_ID", "IMAGE_DIGEST", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY")


@click.group("run")
def command() -> None:
    """Pipeline runs. RUN is an id, the beginning of one, or `latest`.

    With --home aws the same orders go to CodePipeline on AWS.

    Example: laststop run show latest
    """


command.add_command(compare)


@command.command("start")
@_follow_option
@click.option("--set", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of the pipeline.")
@click.option(
    "--revision",
    "revisions",
    multiple=True,
    metavar="ACTION=[TYPE:]REVISION",
    help="What a source action takes instead of the newest: a commit, or with its TYPE, for instance "
    "S3_OBJECT_VERSION_ID:abc.",
)
@click.option("--token", default="", help="Starts once, however often it is asked with the same token.")
@pipeline_option
@home_option
@json_option
@project_option
def start(
    follow: bool,
    variables: tuple[str, ...],
    revisions: tuple[str, ...],
    token: str,
    pipeline: str,
    home: Home,
    as_json: bool,
    folder: Path,
) -> int:
    """Start a run with the newest of every source, or with pinned revisions.

    Example: laststop run start --set colour=blue --revision frontend=4f2a9c1
    """
    refuse_both(follow=follow, as_json=as_json)
    request: dict[str, Any] = {}
    if variables:
        request["variables"] = [_pair(each, "--set", "name", "value") for each in variables]
    if revisions:
        request["sourceRevisions"] = [_revision(each) for each in revisions]
    if token:
        request["clientRequestToken"] = token
    with steering(folder, home, pipeline) as steered:
        started = steered.ask("StartPipelineExecution", ExecutionNamed, name=steered.pipeline, **request)
        if follow:
            return _follow(steered, started.pipeline_execution_id)
        steered.note_server()
    if as_json:
        print_json({"id": started.pipeline_execution_id})
    else:
        talk(f"run {started.pipeline_execution_id} is asked for")
    return 0


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1, max=10_000), default=20, show_default=True)
@pipeline_option
@home_option
@json_option
@project_option
def list_(limit: int, pipeline: str, home: Home, as_json: bool, folder: Path) -> None:
    """Runs, the newest first; without --pipeline, those of all pipelines of the project.

    Example: laststop run list --limit 5
    """
    with steering(folder, home, pipeline) as steered:
        if steered.embedded is None:
            found = tuple(steered.executions(limit))
            if as_json:
                print_json(found)
            else:
                print_summaries(steered.pipeline, found)
            return
        with steered.embedded.store.view() as view:
            rows = newest_runs(view, limit, pipeline=pipeline)
    if as_json:
        print_json([run_line(row) for row in rows])
    else:
        print_row_list(rows)


@command.command("show")
@click.argument("run", default="latest")
@_follow_option
@pipeline_option
@home_option
@json_option
@project_option
def show(run: str, follow: bool, pipeline: str, home: Home, as_json: bool, folder: Path) -> int:
    """A run: its bill, stages, actions, and why it failed.

    Example: laststop run show latest --follow
    """
    refuse_both(follow=follow, as_json=as_json)
    with steering_run(folder, home, run, pipeline) as (steered, identity):
        if follow:
            return _follow(steered, identity)
        if steered.embedded is not None:
            _show(steered.embedded, identity, as_json=as_json)
            return 0
        execution, actions = steered.execution(identity), _actions(steered, identity)
    if as_json:
        print_json({"run": execution, "attempts": actions})
    else:
        print_execution(execution, actions)
    return 0


def _show(embedded: EmbeddedHome, run: str, *, as_json: bool) -> None:
    with embedded.store.view() as view:
        row = run_row(view, run)
        attempts = attempt_rows(view, row.id)
        stages = stage_rows(view, row.id)
        message = view.connection.execute(_NOTICES["message"], (row.id,)).fetchone()
        tests = reports_of(embedded.folders, row.id, attempts)
    told = message[1] if message else ""
    if as_json:
        members = {"stages": stages, "attempts": attempts, "tests": tests, "message": told}
        print_json({"run": run_line(row), **members})
        return
    print_run(row, attempts)
    print_tests(tests)
    if told:
        click.echo("\n" + told)


@command.command("stop")
@click.argument("run")
@click.option("--abandon", is_flag=True, help="Do not wait for what is in progress.")
@click.option("--reason", default="", help="Kept with the run.")
@pipeline_option
@home_option
@project_option
def stop(run: str, abandon: bool, reason: str, pipeline: str, home: Home, folder: Path) -> None:
    """End a run.

    Example: laststop run stop latest --reason "wrong branch"
    """
    with steering_run(folder, home, run, pipeline) as (steered, identity):
        request: dict[str, Any] = {"pipelineName": steered.pipeline, "pipelineExecutionId": identity}
        if reason:
            request["reason"] = reason
        steered.control.call("StopPipelineExecution", {**request, "abandon": abandon})
        talk(f"run {identity[:8]} stops")
        steered.note_server()


@command.command("retry")
@click.argument("run", default="latest")
@_follow_option
@click.option(
    "--all", "everything", is_flag=True, help="Run all actions of the stage again, not only what failed."
)
@click.option("--stage", default="", help="The stage to retry.  [default: where the run ended]")
@pipeline_option
@home_option
@project_option
def retry(
    run: str, follow: bool, everything: bool, stage: str, pipeline: str, home: Home, folder: Path
) -> int:
    """Go on with a failed or stopped run in the stage where it ended.

    Example: laststop run retry latest --follow
    """
    with steering_run(folder, home, run, pipeline) as (steered, identity):
        where = stage or _ended_at(steered, identity)
        steered.control.call(
            "RetryStageExecution",
            {
                "pipelineName": steered.pipeline,
                "stageName": where,
                "pipelineExecutionId": identity,
                "retryMode": "ALL_ACTIONS" if everything else "FAILED_ACTIONS",
            },
        )
        if follow:
            return _follow(steered, identity)
        talk(f"run {identity[:8]} goes on at {where}")
        steered.note_server()
    return 0


@command.command("logs")
@click.argument("run", default="latest")
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends.")
@click.option("--action", "action", default="", help="Only this action.")
@home_option
@project_option
def logs(run: str, follow: bool, action: str, home: Home, folder: Path) -> None:
    """The build log of a run; on AWS its last ten thousand lines, from CloudWatch.

    Example: laststop run logs latest --follow
    """
    from laststop.cli.logs import print_log

    with steering_run(folder, home, run) as (steered, identity):
        if steered.embedded is None:
            if follow:
                raise UsageError(
                    "a log on AWS is not followed here",
                    place="--follow",
                    hint="aws logs tail --follow /aws/codebuild/PROJECT",
                )
            _logs_on_aws(folder, identity, action)
            return
        with steered.embedded.store.view() as view:
            row, attempts = run_row(view, identity), attempt_rows(view, run_row(view, identity).id)
        shown = 0
        for attempt in attempts:
            if action and attempt.action != action:
                continue
            key = AttemptKey(run=row.id, stage=attempt.stage, action=attempt.action, attempt=attempt.attempt)
            shown += print_log(steered.embedded, key, following=follow and attempt.ended_at is None)
        if not shown:
            raise NotFoundError(f"run {row.id[:8]} has no log", hint="only builds write one")


def _logs_on_aws(folder: Path, run: str, action: str) -> None:
    from laststop.wiring.aws_deployed import deployed
    from laststop.wiring.aws_reading import build_logs

    shown = 0
    with deployed(project_in(folder)) as found:
        for line in build_logs(found, RunId(run), action):
            click.echo(line)
            shown += 1
    if not shown:
        raise NotFoundError(f"run {run[:8]} has no log", hint="only builds write one")


def _follow(steered: Steering, run: str) -> int:
    """Show a run until it has ended; the exit code."""
    if steered.embedded is None:
        from laststop.cli.following_control import follow_execution

        return follow_execution(steered, run)
    from laststop.cli.following import follow_run

    return follow_run(steered.embedded, steered.pipeline, RunId(run))


def _actions(steered: Steering, run: str) -> tuple[ActionExecutionDetail, ...]:
    """The newest hundred attempts of a run, the newest first."""
    told = steered.ask(
        "ListActionExecutions",
        ActionExecutionsTold,
        pipelineName=steered.pipeline,
        filter={"pipelineExecutionId": run},
    )
    return told.action_execution_details


def _ended_at(steered: Steering, run: str) -> str:
    """The stage where a run ended.

    Raises: UsageError when it did not end in any.
    """
    if steered.embedded is not None:
        with steered.embedded.store.view() as view:
            return run_row(view, run).stage
    for state in steered.state().stage_states:
        latest = state.latest_execution
        ended = latest is not None and latest.status in ("Failed", "Stopped")
        if latest is not None and ended and latest.pipeline_execution_id == run:
            return state.stage_name
    for each in _actions(steered, run):
        if each.status in ("Failed", "Abandoned"):
            return each.stage_name
    raise UsageError(f"run {run[:8]} did not end in any stage", hint="name it: --stage NAME")


def _pair(text: str, option: str, key: str, value: str) -> dict[str, str]:
    name, equals, rest = text.partition("=")
    if not name or not equals:
        raise UsageError(f'"{text}" is not NAME=VALUE', place=option)
    return {key: name, value: rest}


def _revision(text: str) -> dict[str, str]:
    pinned = _pair(text, "--revision", "actionName", "revisionValue")
    kind, colon, rest = pinned["revisionValue"].partition(":")
    if colon and kind in REVISION_TYPES:
        return {**pinned, "revisionType": kind, "revisionValue": rest}
    return {**pinned, "revisionType": "COMMIT_ID"}
