"""Runs over HTTP: read, started, retried, stopped; every write goes through CodePipeline's own operations."""

import msgspec
from starlette.responses import Response

from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk
from laststop.console.reading import read_body, read_count
from laststop.console.run_detail import run_detail
from laststop.homes.embedded.listing import run_line
from laststop.homes.embedded.runs import RunRow, find_run, newest_runs, run_row
from laststop.words.facts_pipeline import RetryMode

LISTED, LISTED_MOST = 50, 500


class StartRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run starts with."""

    variables: dict[str, str] = {}


class RetryRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run goes on; the stage is the one where it ended."""

    mode: RetryMode = "FAILED_ACTIONS"


class StopRun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a run ends: after what is in progress, or at once."""

    abandon: bool = False
    reason: str = ""


def listed(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/runs?limit=&before=`: the newest first, from behind the run `before` on."""
    limit = read_count(asked, "limit", default=LISTED, largest=LISTED_MOST)
    rows, more = page_of_runs(desk, limit, asked.query.get("before"))
    headers = {"Link": f'</api/v1/runs?limit={limit}&before={rows[-1].id}>; rel="next"'} if more else {}
    return json_answer([run_line(row) for row in rows], headers=headers)


def shown(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/runs/{id}`: a run with its stages and attempts; the id may be shortened."""
    with desk.home.store.view() as view:
        return json_answer(run_detail(view, find_run(view, asked.names["id"]), desk.home.folders))


def started(desk: Desk, asked: Asked) -> Response:
    """`POST /api/v1/runs`: a new run, whatever the sources say."""
    body = read_body(asked, StartRun, optional=True)
    variables = [{"name": name, "value": value} for name, value in body.variables.items()]
    answer = desk.control.call("StartPipelineExecution", {"name": desk.pipeline, "variables": variables})
    row = find(desk, answer["pipelineExecutionId"])
    return json_answer(run_line(row), status=201, headers={"Location": f"/api/v1/runs/{row.id}"})


def retried(desk: Desk, asked: Asked) -> Response:
    """`POST /api/v1/runs/{id}/retry`: a failed or stopped run goes on in the stage where it ended."""
    body = read_body(asked, RetryRun, optional=True)
    row = retry(desk, find(desk, asked.names["id"]), body.mode)
    return json_answer(run_line(row))


def stopped(desk: Desk, asked: Asked) -> Response:
    """`POST /api/v1/runs/{id}/stop`: a run under way ends."""
    body = read_body(asked, StopRun, optional=True)
    row = stop(desk, find(desk, asked.names["id"]), abandon=body.abandon, reason=body.reason)
    return json_answer(run_line(row))


def find(desk: Desk, text: str) -> RunRow:
    """A run by its id or the beginning of it.

    Raises: NotFoundError, or UsageError for a beginning that fits several.
    """
    with desk.home.store.view() as view:
        return find_run(view, text)


def page_of_runs(desk: Desk, limit: int, before: str | None) -> tuple[tuple[RunRow, ...], bool]:
    """Some runs, the newest first, and whether older ones follow."""
    with desk.home.store.view() as view:
        if before is None:
            rows = newest_runs(view, limit + 1)
        else:
            rows = newest_runs(view, limit + 1, find_run(view, before).ordinal)
    return rows[:limit], len(rows) > limit


def retry(desk: Desk, row: RunRow, mode: RetryMode) -> RunRow:
    """Let a run go on; gives it as it stands then.

    Raises: ControlError when the pipeline's rules refuse.
    """
    request = {
        "pipelineName": row.pipeline,
        "stageName": row.stage,
        "pipelineExecutionId": row.id,
        "retryMode": mode,
    }
    desk.control.call("RetryStageExecution", request)
    return _again(desk, row)


def stop(desk: Desk, row: RunRow, *, abandon: bool, reason: str) -> RunRow:
    """End a run; gives it as it stands then.

    Raises: ControlError when the pipeline's rules refuse.
    """
    request = {
        "pipelineName": row.pipeline,
        "pipelineExecutionId": row.id,
        "abandon": abandon,
        "reason": reason,
    }
    desk.control.call("StopPipelineExecution", request)
    return _again(desk, row)


def _again(desk: Desk, row: RunRow) -> RunRow:
    with desk.home.store.view() as view:
        return run_row(view, row.id)
