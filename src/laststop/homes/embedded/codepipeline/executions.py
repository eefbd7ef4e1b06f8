"""Executions: started, stopped, looked at, listed."""

from laststop.homes.embedded.codepipeline.call import Call, Order, refused
from laststop.homes.embedded.codepipeline.paging import next_token, place_of
from laststop.homes.embedded.codepipeline.rows import (
    NEWEST,
    ExecutionRow,
    definition,
    execution_page,
    execution_row,
)
from laststop.homes.embedded.runs import kept_run
from laststop.pipeline.inputs import Start, Stop
from laststop.pipeline.wire import executions as wire
from laststop.pipeline.wire.shapes import cut
from laststop.words.bill import Revision
from laststop.words.ids import RunId, derived_id
from laststop.words.overrides import SourceOverride

_REVISION, _CHANGE, _SUMMARY, _DETAIL, _STOPPED = 1500, 100, 2048, 1024, 200


def start(order: Order, asked: wire.StartPipelineExecution) -> wire.ExecutionNamed:
    """A start under a request token that was used is done already: its answer may have been lost."""
    token = asked.client_request_token
    order.state(asked.name)
    run = RunId(derived_id(RunId(asked.name), "start", token)) if token else order.draw()
    if kept_run(order.view, run) is None:
        order.decide(
            asked.name,
            Start(
                run=run,
                cause=f"{order.by} asked for it",
                variables={each.name: each.value for each in asked.variables},
                revisions=tuple(_override(each) for each in asked.source_revisions),
                token=token or "",
                detail=order.by,
            ),
        )
    return wire.ExecutionNamed(pipeline_execution_id=run)


def stop(order: Order, asked: wire.StopPipelineExecution) -> wire.ExecutionNamed:
    """Nothing more begins; abandoned, what is in progress counts as ended at once."""
    run = RunId(asked.pipeline_execution_id)
    order.decide(asked.pipeline_name, Stop(run=run, abandon=asked.abandon, reason=asked.reason))
    return wire.ExecutionNamed(pipeline_execution_id=run)


def get(call: Call, asked: wire.GetPipelineExecution) -> wire.PipelineExecutionTold:
    """One execution in full."""
    row = execution(call, asked.pipeline_name, asked.pipeline_execution_id)
    told = wire.PipelineExecution(
        pipeline_name=row.pipeline,
        pipeline_version=max(1, row.version),
        pipeline_execution_id=row.id,
        status=row.status,
        status_summary=row.reason or None,
        artifact_revisions=_artifact_revisions(call, row),
        variables=tuple(
            wire.ResolvedVariable(name=name, resolved_value=value) for name, value in row.variables.items()
        ),
        trigger=_trigger(row),
        execution_mode=row.mode,
        execution_type=row.type,
        rollback_metadata=_rollback(row),
    )
    return wire.PipelineExecutionTold(pipeline_execution=told)


def listed(call: Call, asked: wire.ListPipelineExecutions) -> wire.ExecutionsTold:
    """Executions, the newest first, page by page."""
    stage = None
    if asked.filter is not None and asked.filter.succeeded_in_stage is not None:
        stage = asked.filter.succeeded_in_stage.stage_name
    call.state(asked.pipeline_name)
    of = ("ListPipelineExecutions", asked.pipeline_name, stage)
    before = place_of(asked.next_token, int, NEWEST, *of)
    rows = execution_page(
        call.view, asked.pipeline_name, before=before, limit=asked.max_results + 1, succeeded_in=stage
    )
    page = rows[: asked.max_results]
    return wire.ExecutionsTold(
        pipeline_execution_summaries=tuple(_summary(row) for row in page),
        next_token=next_token(page[-1].ordinal, *of) if len(rows) > len(page) else None,
    )


def execution(call: Call, pipeline: str, run: str) -> ExecutionRow:
    """A run of a pipeline.

    Raises: ControlError with PipelineNotFoundException or PipelineExecutionNotFoundException.
    """
    call.state(pipeline)
    row = execution_row(call.view, run)
    if row is None or row.pipeline != pipeline:
        raise refused(
            "PipelineExecutionNotFoundException", f"the pipeline '{pipeline}' has no execution {run}"
        )
    return row


def _override(asked: wire.RevisionAsked) -> SourceOverride:
    return SourceOverride(
        action_name=asked.action_name,
        revision_type=asked.revision_type,
        revision_value=asked.revision_value,
    )


def _summary(row: ExecutionRow) -> wire.ExecutionSummary:
    stopped = row.status in ("Stopping", "Stopped") and row.reason
    return wire.ExecutionSummary(
        pipeline_execution_id=row.id,
        status=row.status,
        status_summary=row.reason or None,
        start_time=row.started_at,
        last_update_time=row.updated_at,
        source_revisions=tuple(_source(each) for each in row.bill.revisions),
        trigger=_trigger(row),
        stop_trigger=wire.StopTrigger(reason=row.reason[:_STOPPED]) if stopped else None,
        execution_mode=row.mode,
        execution_type=row.type,
        rollback_metadata=_rollback(row),
    )


def _source(revision: Revision) -> wire.SourceRevision:
    return wire.SourceRevision(
        action_name=revision.action,
        revision_id=revision.id[:_REVISION],
        revision_summary=cut(revision.summary, _SUMMARY),
    )


def _artifact_revisions(call: Call, row: ExecutionRow) -> tuple[wire.ArtifactRevision, ...]:
    """By the names of the artifacts that the source actions make, as the run's declaration has them."""
    declaration = definition(call.view, row.pipeline, row.version)
    made = {
        action.name: [output.name for output in action.output_artifacts]
        for action in (declaration.sources() if declaration else ())
    }
    return tuple(
        wire.ArtifactRevision(
            name=name,
            revision_id=each.id[:_REVISION],
            revision_change_identifier=cut(each.change, _CHANGE),
            revision_summary=cut(each.summary, _SUMMARY),
        )
        for each in row.bill.revisions
        for name in made.get(each.action, [])
    )


def _trigger(row: ExecutionRow) -> wire.Trigger:
    return wire.Trigger(trigger_type=row.trigger_type, trigger_detail=row.trigger_detail[:_DETAIL])


def _rollback(row: ExecutionRow) -> wire.RollbackMetadata | None:
    if row.target is None:
        return None
    return wire.RollbackMetadata(rollback_target_pipeline_execution_id=row.target)
