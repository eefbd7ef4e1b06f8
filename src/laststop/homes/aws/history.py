"""The `History` port over CodePipeline, CodeBuild and CloudWatch Logs.

Source: `ListPipelineExecutions`, `GetPipelineExecution`, `ListActionExecutions` in botocore's CodePipeline
model (1.43), `BatchGetBuilds` in its CodeBuild model, `GetLogEvents` in its CloudWatch Logs model.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from laststop.errors import ConflictError, NotFoundError
from laststop.functions.history import Broken, Detail, Past
from laststop.functions.ports import Runs
from laststop.homes.aws.causes import cause_of
from laststop.homes.aws.service import Caller
from laststop.words.bill import Bill
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import Instant

PAGE_MAX: Final = 100
"""Executions of one page, of either list."""
LOG_LINES_MAX: Final = 10_000


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """AWS's spelling; members we do not use are let be."""


class _Trigger(_Wire, frozen=True, kw_only=True):
    trigger_type: str = ""
    trigger_detail: str = ""


class _Source(_Wire, frozen=True, kw_only=True):
    action_name: str
    revision_id: str = ""


class _Summary(_Wire, frozen=True, kw_only=True):
    pipeline_execution_id: RunId
    status: str
    start_time: float | str = 0.0
    last_update_time: float | str | None = None
    source_revisions: tuple[_Source, ...] = ()
    trigger: _Trigger = _Trigger()


class _Error(_Wire, frozen=True, kw_only=True):
    code: str = "JobFailed"
    message: str = ""


class _Result(_Wire, frozen=True, kw_only=True):
    external_execution_id: str = ""
    external_execution_summary: str = ""
    error_details: _Error | None = None


class _Output(_Wire, frozen=True, kw_only=True):
    execution_result: _Result = _Result()


class _ActionType(_Wire, frozen=True, kw_only=True):
    category: str = ""


class _Input(_Wire, frozen=True, kw_only=True):
    action_type_id: _ActionType = _ActionType()


class Attempt(_Wire, frozen=True, kw_only=True):
    """One attempt at an action, as CodePipeline tells of it."""

    stage_name: str
    action_name: str
    status: str
    last_update_time: float | str = 0.0
    input: _Input = _Input()
    output: _Output = _Output()

    @property
    def updated_at(self) -> Instant:
        """When it last changed; once it is under way no more, when it ended."""
        return _instant(self.last_update_time)


class PipelineHistory:
    """Reads what CodePipeline knows of one pipeline."""

    def __init__(
        self, *, pipeline: str, codepipeline: Caller, codebuild: Caller, logs: Caller, runs: Runs
    ) -> None:
        """`runs` makes bills of revisions."""
        self._pipeline = pipeline
        self._codepipeline = codepipeline
        self._codebuild = codebuild
        self._logs = logs
        self._runs = runs

    def newest(self, limit: int) -> tuple[Past, ...]:
        """Runs, the one begun last first; at most a page."""
        answer = self._codepipeline.call(
            "ListPipelineExecutions", {"pipelineName": self._pipeline, "maxResults": min(limit, PAGE_MAX)}
        )
        return tuple(_past(each) for each in answer.get("pipelineExecutionSummaries", ()))[:limit]

    def detail(self, run: RunId) -> Detail:
        """A run with its stages and its newest failure."""
        request = {"pipelineName": self._pipeline, "pipelineExecutionId": run}
        found = self._codepipeline.call("GetPipelineExecution", request)["pipelineExecution"]
        past = self._past_of(run, found)
        attempts = self.attempts(run)
        stages = list(dict.fromkeys(each.stage_name for each in reversed(attempts)))
        broken = next((place for place, each in enumerate(attempts) if each.status == "Failed"), None)
        return Detail(
            past=past,
            stage=attempts[0].stage_name if attempts else "",
            stages=len(stages),
            bill=self._bill(run),
            broken=None if broken is None else _broken(attempts[broken:]),
        )

    def log(self, external_id: str) -> tuple[str, ...]:
        """The last lines a build wrote; none for what is no build of CodeBuild."""
        if ":" not in external_id:
            return ()
        found = self._codebuild.call("BatchGetBuilds", {"ids": [external_id]}).get("builds", ())
        where = found[0].get("logs", {}) if found else {}
        if not where.get("groupName") or not where.get("streamName"):
            return ()
        request = {
            "logGroupName": where["groupName"],
            "logStreamName": where["streamName"],
            "startFromHead": False,
            "limit": LOG_LINES_MAX,
        }
        try:
            events = self._logs.call("GetLogEvents", request).get("events", ())
        except NotFoundError:
            return ()  # the stream is made with its first line
        return tuple(line for event in events for line in str(event.get("message", "")).splitlines())

    def _past_of(self, run: RunId, found: Mapping[str, Any]) -> Past:
        """A run by its own record, which has no start time: the list of runs has."""
        listed = next((past for past in self.newest(PAGE_MAX) if past.id == run), None)
        past = _past({"pipelineExecutionId": run, **found})
        if listed is None:
            return past
        return msgspec.structs.replace(listed, status=past.status)

    def attempts(self, run: RunId) -> list[Attempt]:
        """Every attempt of a run, the one begun last first."""
        attempts: list[Attempt] = []
        request: dict[str, Any] = {
            "pipelineName": self._pipeline,
            "filter": {"pipelineExecutionId": run},
            "maxResults": PAGE_MAX,
        }
        while True:
            answer = self._codepipeline.call("ListActionExecutions", request)
            attempts += [msgspec.convert(e, Attempt) for e in answer.get("actionExecutionDetails", ())]
            token = answer.get("nextToken")
            if not token:
                return attempts
            request["nextToken"] = token

    def _bill(self, run: RunId) -> Bill | None:
        try:
            return self._runs.get(run).bill
        except ConflictError:
            return None


def _past(found: Any) -> Past:
    summary = msgspec.convert(found, _Summary)
    kind = summary.trigger.trigger_type
    return Past(
        id=summary.pipeline_execution_id,
        status=summary.status,
        cause=cause_of(kind, summary.trigger.trigger_detail),
        started_at=_instant(summary.start_time),
        sources={each.action_name: each.revision_id for each in summary.source_revisions},
        trigger=kind,
        updated_at=None if summary.last_update_time is None else _instant(summary.last_update_time),
    )


def _instant(told: float | str) -> Instant:
    """Seconds since 1970, as the JSON protocol has them, or ISO 8601."""
    if isinstance(told, str):
        return datetime.fromisoformat(told).astimezone(UTC)
    return datetime.fromtimestamp(told, UTC)


def _broken(attempts: Sequence[Attempt]) -> Broken:
    """The first of these attempts; how many there were of its action, it included."""
    newest = attempts[0]
    error = newest.output.execution_result.error_details or _Error()
    result = newest.output.execution_result
    tries = [
        each
        for each in attempts
        if (each.stage_name, each.action_name) == (newest.stage_name, newest.action_name)
    ]
    return Broken(
        stage=newest.stage_name,
        action=newest.action_name,
        attempt=len(tries),
        failure=Failure(
            code=error.code,
            message=error.message or result.external_execution_summary or "it gave no reason",
        ),
        external_id=result.external_execution_id,
    )
