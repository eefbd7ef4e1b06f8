"""How runs are printed: from the store where it is at hand, from CodePipeline's answers elsewhere."""

from collections.abc import Iterable, Sequence

import click

from laststop.cli.output import coloured, print_table, talk
from laststop.errors import UsageError
from laststop.homes.embedded.report_file import AttemptReports
from laststop.homes.embedded.runs import AttemptRow, RunRow
from laststop.pipeline.wire.executions import ExecutionSummary, PipelineExecution
from laststop.pipeline.wire.histories import ActionExecutionDetail
from laststop.words.instants import Instant, instant_text, seconds_between


def print_row_list(rows: Sequence[RunRow]) -> None:
    """Runs of the embedded home, one per line."""
    _table(
        (row.id, row.pipeline, row.status, row.stage, row.started_at, row.ended_at, row.cause) for row in rows
    )


def print_summaries(pipeline: str, found: Sequence[ExecutionSummary]) -> None:
    """Executions as CodePipeline lists them, one per line."""
    _table(
        (
            each.pipeline_execution_id,
            pipeline,
            each.status,
            "",
            each.start_time,
            None if each.status in ("InProgress", "Stopping") else each.last_update_time,
            each.trigger.trigger_type,
        )
        for each in found
    )


def _table(rows: Iterable[tuple[str, str, str, str, Instant, Instant | None, str]]) -> None:
    lines = list(rows)
    if not lines:
        talk("there is no run yet; the first starts with `laststop up`")
    print_table(
        ("RUN", "PIPELINE", "STATUS", "STAGE", "STARTED", "SECONDS", "CAUSE"),
        [
            (
                run[:8],
                pipeline,
                status,
                stage,
                instant_text(started)[:19],
                f"{seconds_between(started, ended):.1f}" if ended else "",
                cause,
            )
            for run, pipeline, status, stage, started, ended, cause in lines
        ],
    )


def print_run(row: RunRow, attempts: tuple[AttemptRow, ...]) -> None:
    """A run of the embedded home: its bill, its attempts by stage, and why it failed."""
    click.echo(f"run {row.id}  {coloured(row.status)}  {row.cause}")
    for revision in row.bill.revisions if row.bill else ():
        generation = f" generation {revision.generation}" if revision.generation is not None else ""
        click.echo(f"  from {revision.location} {revision.id[:12]}{generation}")
    stage = ""
    for attempt in attempts:
        if attempt.stage != stage:
            stage = attempt.stage
            click.echo(f"  {stage}")
        _print_attempt(
            attempt.action,
            attempt.status,
            attempt.started_at,
            attempt.ended_at,
            f"{attempt.summary}{f' (attempt {attempt.attempt})' if attempt.attempt > 1 else ''}",
        )
        if attempt.failure is not None:
            _print_failure(attempt)
    if row.status == "Failed":
        click.echo(f"  when the cause is gone: laststop run retry {row.id[:8]}")


def print_execution(found: PipelineExecution, attempts: Sequence[ActionExecutionDetail]) -> None:
    """An execution as CodePipeline tells it."""
    detail = f" {found.trigger.trigger_detail}" if found.trigger.trigger_detail else ""
    click.echo(
        f"run {found.pipeline_execution_id}  {coloured(found.status)}  {found.trigger.trigger_type}{detail}"
    )
    for revision in found.artifact_revisions:
        click.echo(f"  from {revision.name} {revision.revision_id[:12]} {revision.revision_summary or ''}")
    stage = ""
    for each in reversed(attempts):
        if each.stage_name != stage:
            stage = each.stage_name
            click.echo(f"  {stage}")
        ended = None if each.status == "InProgress" else each.last_update_time
        result = each.output.execution_result
        summary = (result.external_execution_summary or "") if result else ""
        _print_attempt(each.action_name, each.status, each.start_time, ended, summary)
        if result is not None and result.error_details is not None:
            click.echo(f"      {result.error_details.code}: {result.error_details.message}")


def print_ended(each: ActionExecutionDetail) -> None:
    """One attempt that has ended, with its stage, and why it failed."""
    result = each.output.execution_result
    summary = (result.external_execution_summary or "") if result else ""
    _print_attempt(
        f"{each.stage_name} / {each.action_name}",
        each.status,
        each.start_time,
        each.last_update_time,
        summary,
    )
    if result is not None and result.error_details is not None:
        click.echo(f"      {result.error_details.code}: {result.error_details.message}")


def print_tests(tests: tuple[AttemptReports, ...]) -> None:
    """What the tests of a run's builds reported."""
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


def _print_attempt(action: str, status: str, began: Instant, ended: Instant | None, summary: str) -> None:
    took = f"{seconds_between(began, ended):7.3f} s" if ended else "         "
    click.echo(f"    {action:18} {coloured(status.ljust(10), status)} {took}  {summary}")


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
