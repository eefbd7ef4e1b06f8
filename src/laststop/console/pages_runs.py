"""The pages of runs: all of them, one of them, and their buttons."""

from starlette.responses import RedirectResponse, Response

from laststop.console import api_runs
from laststop.console.asks import approvals_of, conditions_of, ways_back
from laststop.console.desk import Asked, Desk
from laststop.console.flow import drawn
from laststop.console.log_window import LogWindow, log_window
from laststop.console.pages_frame import back_to, framed
from laststop.console.pages_log import attempts_with_log, log_path
from laststop.console.since import last_good, since
from laststop.console.stages import stage_boxes
from laststop.console.status import failed_status
from laststop.console.told import told_of
from laststop.errors import UsageError
from laststop.homes.embedded.report_file import reports_of
from laststop.homes.embedded.runs import (
    AttemptRow,
    RunRow,
    attempt_rows,
    find_run,
    newest_runs,
    run_row,
    stage_rows,
)
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.state import State
from laststop.words.facts_pipeline import RetryMode

_SQL = load("console.sql")
RUNS_PER_PAGE = 50
STATUSES = ("InProgress", "Succeeded", "Failed", "Stopping", "Stopped", "Superseded", "Cancelled")
_BEHIND_ALL = 2**62


def runs(desk: Desk, asked: Asked) -> Response:
    """`GET /runs?status=&before=`: all runs, or those that stand so, the newest first."""
    status = asked.query.get("status", "")
    if status and status not in STATUSES:
        raise UsageError("no run stands so", place="status", hint=f"it may be: {', '.join(STATUSES)}")
    before = asked.query.get("before")
    with desk.home.store.view() as view:
        ordinal = find_run(view, before).ordinal if before else _BEHIND_ALL
        rows = _page_of(view, status, ordinal)
        return framed(
            desk,
            view,
            "runs.html",
            here="runs",
            runs=rows[:RUNS_PER_PAGE],
            more=len(rows) > RUNS_PER_PAGE,
            chosen=status,
            statuses=STATUSES,
        )


def run(desk: Desk, asked: Asked) -> Response:
    """`GET /runs/{id}`: one run; the id may be shortened."""
    with desk.home.store.view() as view:
        row = find_run(view, asked.names["id"])
        state = view.state(row.pipeline)
        attempts = attempt_rows(view, row.id)
        came_to = stage_rows(view, row.id)
        failed = [each for each in attempts if each.failure is not None][-1:]
        good = last_good(view, row)
        logs = attempts_with_log(desk, row.id, attempts)
        logged = logs[-1] if logs else None
        return framed(
            desk,
            view,
            "run.html",
            here="runs",
            status=failed_status(failed[0].failure) if failed and row.status == "Failed" else row.status,
            run=row,
            stages=stage_boxes(state, drawn(view, row, {})),
            attempts=attempts,
            tests=reports_of(desk.home.folders, row.id, attempts),
            failed=failed,
            good=good,
            since=since(view, good.bill, row.bill) if good and good.bill and row.bill else None,
            told=told_of(view, row.id, row.status),
            logs=logs,
            logged=logged,
            log=_log(desk, row, logged) if logged else None,
            can_retry=_can_retry(state, row),
            can_stop=row.live,
            approvals=approvals_of(state, row.id),
            conditions=conditions_of(view, row.id, attempts),
            ways_back=ways_back(state, row, came_to),
            flow_pipeline=desk.pipeline,
        )


def retried(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/retry?all=`: the button; leads back to the run."""
    mode: RetryMode = "ALL_ACTIONS" if asked.query.get("all") else "FAILED_ACTIONS"
    return _back_to(api_runs.retry(desk, api_runs.find(desk, asked.names["id"]), mode))


def stopped(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/stop?abandon=`: the button; leads back to the run."""
    abandon = bool(asked.query.get("abandon"))
    row = api_runs.find(desk, asked.names["id"])
    return _back_to(api_runs.stop(desk, row, abandon=abandon, reason="asked for in the console"))


def started(desk: Desk, asked: Asked) -> Response:
    """`POST /runs`: the button; leads to the new run."""
    del asked
    answer = desk.control.call("StartPipelineExecution", {"name": desk.pipeline})
    return _back_to(api_runs.find(desk, answer["pipelineExecutionId"]))


def _page_of(view: View, status: str, before: int) -> tuple[RunRow, ...]:
    """One more than a page has, which tells whether older ones follow."""
    if not status:
        return newest_runs(view, RUNS_PER_PAGE + 1, before)
    found = view.connection.execute(_SQL["with_status"], (before, status, RUNS_PER_PAGE + 1)).fetchall()
    return tuple(run_row(view, identity) for (identity,) in found)


def _log(desk: Desk, row: RunRow, logged: AttemptRow) -> LogWindow:
    return log_window(
        log_path(desk, row.id, logged),
        culprit=logged.failure.phase if logged.failure else "",
        running=logged.ended_at is None,
    )


def _can_retry(state: State, row: RunRow) -> bool:
    """Whether the pipeline still keeps the run for a retry; it has the last word when asked."""
    kept = state.runs.get(row.id)
    return kept is not None and not kept.live and state.stage(kept.stage).latest == row.id


def _back_to(row: RunRow) -> RedirectResponse:
    return back_to(f"/runs/{row.id}")
