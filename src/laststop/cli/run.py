"""`laststop run`: the pipeline's runs."""

import sys
from pathlib import Path

import click

from laststop.cli.options import follow_option, json_option, project_option, refuse_both
from laststop.cli.output import coloured, print_json, print_table, talk
from laststop.cli.store import NOT_SERVING, control_of, opened
from laststop.config.pipeline_file import load_pipeline
from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.listing import run_line
from laststop.homes.embedded.lock import holder_of
from laststop.homes.embedded.report_file import AttemptReports, reports_of
from laststop.homes.embedded.runs import (
    AttemptRow,
    RunRow,
    attempt_rows,
    find_run,
    newest_runs,
    stage_rows,
)
from laststop.homes.embedded.store.statements import load
from laststop.wiring.embedded import EmbeddedHome
from laststop.words.ids import AttemptKey, RunId
from laststop.words.instants import instant_text, seconds_between

_NOTICES = load("notices.sql")


_follow_option = follow_option("Show it until it has ended; exit code 1 if it ended badly.")


@click.group("run")
def command() -> None:
    """Pipeline runs. RUN is an id, the beginning of one, or `latest`.

    Example: laststop run show latest
    """


@command.command("start")
@_follow_option
@json_option
@project_option
def start(follow: bool, as_json: bool, folder: Path) -> int:
    """Start a run with the newest of every source.

    Example: laststop run start --follow
    """
    refuse_both(follow=follow, as_json=as_json)
    with opened(folder) as home:
        pipeline = load_pipeline(home.project).name
        answer = control_of(home).call("StartPipelineExecution", {"name": pipeline})
        if follow:
            return _follow(home, pipeline, RunId(answer["pipelineExecutionId"]))
        _note_server(home)
    if as_json:
        print_json({"id": answer["pipelineExecutionId"]})
    else:
        talk(f"run {answer['pipelineExecutionId']} is asked for")
    return 0


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1, max=10_000), default=20, show_default=True)
@json_option
@project_option
def list_(limit: int, as_json: bool, folder: Path) -> None:
    """Runs, the newest first.

    Example: laststop run list --limit 5
    """
    with opened(folder) as home, home.store.view() as view:
        rows = newest_runs(view, limit)
    if as_json:
        print_json([run_line(row) for row in rows])
        return
    if not rows:
        talk("there is no run yet; the first starts with `laststop up`")
    print_table(
        ("RUN", "STATUS", "STAGE", "STARTED", "SECONDS", "CAUSE"),
        [
            (
                row.id[:8],
                row.status,
                row.stage,
                instant_text(row.started_at)[:19],
                f"{seconds_between(row.started_at, row.ended_at):.1f}" if row.ended_at else "",
                row.cause,
            )
            for row in rows
        ],
    )


@command.command("show")
@click.argument("run", default="latest")
@_follow_option
@json_option
@project_option
def show(run: str, follow: bool, as_json: bool, folder: Path) -> int:
    """A run: its bill, stages, actions, and why it failed.

    Example: laststop run show latest --follow
    """
    refuse_both(follow=follow, as_json=as_json)
    with opened(folder) as home:
        if follow:
            return _follow(home, load_pipeline(home.project).name, _find(home, run).id)
        _show(home, run, as_json=as_json)
    return 0


def _show(home: EmbeddedHome, run: str, *, as_json: bool) -> None:
    with home.store.view() as view:
        row = find_run(view, run)
        attempts = attempt_rows(view, row.id)
        stages = stage_rows(view, row.id)
        message = view.connection.execute(_NOTICES["message"], (row.id,)).fetchone()
        tests = reports_of(home.folders, row.id, attempts)
    if as_json:
        print_json(
            {
                "run": run_line(row),
                "stages": stages,
                "attempts": attempts,
                "tests": tests,
                "message": message[1] if message else "",
            }
        )
        return
    _print_run(row, attempts)
    _print_tests(tests)
    if message:
        click.echo("\n" + message[1])


@command.command("stop")
@click.argument("run")
@click.option("--abandon", is_flag=True, help="Do not wait for what is in progress.")
@click.option("--reason", default="", help="Kept with the run.")
@project_option
def stop(run: str, abandon: bool, reason: str, folder: Path) -> None:
    """End a run.

    Example: laststop run stop latest --reason "wrong branch"
    """
    with opened(folder) as home:
        row = _find(home, run)
        control_of(home).call(
            "StopPipelineExecution",
            {
                "pipelineName": row.pipeline,
                "pipelineExecutionId": row.id,
                "abandon": abandon,
                "reason": reason,
            },
        )
        talk(f"run {row.id[:8]} stops")
        _note_server(home)


@command.command("retry")
@click.argument("run", default="latest")
@_follow_option
@click.option(
    "--all", "everything", is_flag=True, help="Run all actions of the stage again, not only what failed."
)
@project_option
def retry(run: str, follow: bool, everything: bool, folder: Path) -> int:
    """Go on with a failed or stopped run in the stage where it ended.

    Example: laststop run retry latest --follow
    """
    with opened(folder) as home:
        row = _find(home, run)
        control_of(home).call(
            "RetryStageExecution",
            {
                "pipelineName": row.pipeline,
                "stageName": row.stage,
                "pipelineExecutionId": row.id,
                "retryMode": "ALL_ACTIONS" if everything else "FAILED_ACTIONS",
            },
        )
        if follow:
            return _follow(home, row.pipeline, row.id)
        talk(f"run {row.id[:8]} goes on at {row.stage}")
        _note_server(home)
    return 0


@command.command("logs")
@click.argument("run", default="latest")
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends.")
@click.option("--action", "action", default="", help="Only this action.")
@project_option
def logs(run: str, follow: bool, action: str, folder: Path) -> None:
    """The build log of a run.

    Example: laststop run logs latest --follow
    """
    from laststop.cli.logs import print_log

    with opened(folder) as home:
        row = _find(home, run)
        shown = 0
        for attempt in _attempts(home, row):
            if action and attempt.action != action:
                continue
            key = AttemptKey(run=row.id, stage=attempt.stage, action=attempt.action, attempt=attempt.attempt)
            shown += print_log(home, key, following=follow and attempt.ended_at is None)
        if not shown:
            raise NotFoundError(f"run {row.id[:8]} has no log", hint="only builds write one")


def _follow(home: EmbeddedHome, pipeline: str, run: RunId) -> int:
    from laststop.cli.following import follow_run

    return follow_run(home, pipeline, run)


def _find(home: EmbeddedHome, run: str) -> RunRow:
    with home.store.view() as view:
        return find_run(view, run)


def _attempts(home: EmbeddedHome, row: RunRow) -> tuple[AttemptRow, ...]:
    with home.store.view() as view:
        return attempt_rows(view, row.id)


def _note_server(home: EmbeddedHome) -> None:
    if holder_of(home.folders.lock) is None:
        talk(NOT_SERVING)


def _print_run(row: RunRow, attempts: tuple[AttemptRow, ...]) -> None:
    click.echo(f"run {row.id}  {coloured(row.status)}  {row.cause}")
    for revision in row.bill.revisions if row.bill else ():
        generation = f" generation {revision.generation}" if revision.generation is not None else ""
        click.echo(f"  from {revision.location} {revision.id[:12]}{generation}")
    stage = ""
    for attempt in attempts:
        if attempt.stage != stage:
            stage = attempt.stage
            click.echo(f"  {stage}")
        took = (
            f"{seconds_between(attempt.started_at, attempt.ended_at):7.3f} s"
            if attempt.ended_at
            else "         "
        )
        number = f" (attempt {attempt.attempt})" if attempt.attempt > 1 else ""
        status = coloured(attempt.status.ljust(10), attempt.status)
        click.echo(f"    {attempt.action:18} {status} {took}  {attempt.summary}{number}")
        if attempt.failure is not None:
            _print_failure(attempt)
    if row.status == "Failed":
        sys.stdout.write(f"  when the cause is gone: laststop run retry {row.id[:8]}\n")


def _print_tests(tests: tuple[AttemptReports, ...]) -> None:
    for each in tests:
        for report in each.reports:
            bad = report.failed + report.errors
            told = f"{bad} of {report.total} bad" if bad else f"all {report.total} well"
            left_out = report.skipped + report.unknown
            more = f", {left_out} left out" if left_out else ""
            click.echo(f"  tests of {each.action}, {report.group}: {told}{more}")
            for fault in report.faults:
                click.echo(f"      {fault}")
            for case in report.cases:
                said = case.message.splitlines()[0] if case.message else ""
                click.echo(f"      {case.status} {case.suite} {case.name}{f': {said}' if said else ''}")


def _print_failure(attempt: AttemptRow) -> None:
    failure = attempt.failure
    if failure is None:
        raise UsageError("the attempt did not fail")
    click.echo(f"      {failure.code}: {failure.message}")
    if failure.command:
        click.echo(f"      phase {failure.phase}, exit status {failure.exit_status}: {failure.command}")
    if failure.cause:
        click.echo(f"      first cause: {failure.cause}")
    for line in failure.lines:
        click.echo(f"      | {line}")
