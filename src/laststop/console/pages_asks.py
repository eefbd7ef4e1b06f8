"""The buttons of a run that answer an approval, override a condition, and lead a stage back."""

from starlette.responses import Response

from laststop.console import api_runs
from laststop.console.asks import OVERRIDES
from laststop.console.desk import Asked, Desk
from laststop.console.pages_frame import back_to, read_form
from laststop.errors import UsageError
from laststop.pipeline.wire.executions import ExecutionNamed
from laststop.pipeline.wire.reading import read_answer

LONGEST_SUMMARY = 512
_STATUSES = ("Approved", "Rejected")


def answered(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/approval`: `stage`, `action`, `token`, `status`, `summary`; leads back to the run."""
    row = api_runs.find(desk, asked.names["id"])
    form = read_form(asked)
    if form.get("status") not in _STATUSES:
        raise UsageError(
            "is an answer: approve or reject", place="status", hint="use the buttons of the page"
        )
    summary = form.get("summary", "").strip()
    if len(summary) > LONGEST_SUMMARY:
        raise UsageError(f"has more than {LONGEST_SUMMARY} characters", place="summary")
    request = {
        "pipelineName": row.pipeline,
        "stageName": form.get("stage", ""),
        "actionName": form.get("action", ""),
        "result": {"summary": summary, "status": form["status"]},
        "token": form.get("token", ""),
    }
    desk.control.call("PutApprovalResult", request)
    return back_to(f"/runs/{row.id}")


def overridden(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/override`, fields `stage`, `condition`; leads back to the run."""
    row = api_runs.find(desk, asked.names["id"])
    form = read_form(asked)
    if form.get("condition") not in OVERRIDES.values():
        raise UsageError("is no condition that can be overridden", place="condition")
    request = {
        "pipelineName": row.pipeline,
        "stageName": form.get("stage", ""),
        "pipelineExecutionId": row.id,
        "conditionType": form["condition"],
    }
    desk.control.call("OverrideStageCondition", request)
    return back_to(f"/runs/{row.id}")


def led_back(desk: Desk, asked: Asked) -> Response:
    """`POST /runs/{id}/rollback`, field `stage`: the stage goes back to this run; leads to the new run."""
    row = api_runs.find(desk, asked.names["id"])
    request = {
        "pipelineName": row.pipeline,
        "stageName": read_form(asked).get("stage", ""),
        "targetPipelineExecutionId": row.id,
    }
    answer = desk.control.call("RollbackStage", request)
    return back_to(f"/runs/{read_answer(answer, ExecutionNamed).pipeline_execution_id}")
