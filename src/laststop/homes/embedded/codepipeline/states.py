"""GetPipelineState: live state and newest history together."""

from laststop.homes.embedded.codepipeline.call import Call
from laststop.homes.embedded.codepipeline.rows import (
    SQL,
    AttemptRow,
    ExecutionRow,
    declared,
    execution_row,
    newest_attempt,
)
from laststop.pipeline.catalogue import APPROVAL
from laststop.pipeline.declaration import Action, Condition, Stage
from laststop.pipeline.state import State
from laststop.pipeline.wire import states as wire
from laststop.pipeline.wire.shapes import ErrorDetails, StageStatus, cut
from laststop.words.facts_gates import Gate
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from laststop.words.instants import parse_instant

_SUMMARY, _EXTERNAL, _MESSAGE, _CHANGE, _REVISION = 2048, 1500, 5000, 100, 1500


def get(call: Call, asked: wire.GetPipelineState) -> wire.PipelineStateTold:
    """Where every stage and action stands."""
    state = call.state(asked.name)
    created, updated = declared(call.view, asked.name)
    stages = state.declaration.stages if state.declaration else ()
    return wire.PipelineStateTold(
        pipeline_name=asked.name,
        pipeline_version=max(1, state.version),
        stage_states=tuple(_stage(call, state, stage) for stage in stages),
        created=created,
        updated=updated,
    )


def _stage(call: Call, state: State, stage: Stage) -> wire.StageState:
    now = state.stage(stage.name)
    latest, retried = _latest(call, state, stage)
    inbound = tuple(_inbound(state, run.id) for run in state.waiting(stage.name))
    return wire.StageState(
        stage_name=stage.name,
        inbound_execution=inbound[0] if inbound else None,
        inbound_executions=inbound,
        inbound_transition_state=wire.TransitionState(
            enabled=now.enabled,
            last_changed_by=now.changed_by or None,
            last_changed_at=now.changed_at,
            disabled_reason=now.disabled_reason or None,
        ),
        action_states=tuple(_action(call, state, stage, action) for action in stage.actions),
        latest_execution=latest,
        before_entry_condition_state=_gate(call, state, stage, "beforeEntry"),
        on_success_condition_state=_gate(call, state, stage, "onSuccess"),
        on_failure_condition_state=_gate(call, state, stage, "onFailure"),
        retry_stage_metadata=retried,
    )


def _latest(
    call: Call, state: State, stage: Stage
) -> tuple[wire.StageExecution | None, wire.RetryMetadata | None]:
    """The run that entered last, and how often it was retried here."""
    row = call.view.connection.execute(SQL["entered"], (state.pipeline, stage.name)).fetchone()
    if row is None:
        return None, None
    run, status, automatic, manual, trigger = row
    kept = execution_row(call.view, run)
    told = wire.StageExecution(
        pipeline_execution_id=run, status=_standing(status, kept), type=kept.type if kept else "STANDARD"
    )
    if not trigger:
        return told, None
    return told, wire.RetryMetadata(
        auto_stage_retry_attempt=automatic or None,
        manual_stage_retry_attempt=manual or None,
        latest_retry_trigger=trigger,
    )


def _standing(status: str, run: ExecutionRow | None) -> StageStatus:
    """A stage's status; one that is being left because its run is being stopped says so."""
    if status == "Waiting":
        return "InProgress"
    if status == "InProgress" and run is not None and run.status == "Stopping":
        return "Stopping"
    told: StageStatus = status  # type: ignore[assignment]  # the tables hold CodePipeline's own words
    return told


def _inbound(state: State, run: RunId) -> wire.StageExecution:
    waiting = state.runs[run]
    return wire.StageExecution(
        pipeline_execution_id=run,
        status=waiting.status,
        type="ROLLBACK" if waiting.is_rollback else "STANDARD",
    )


def _action(call: Call, state: State, stage: Stage, action: Action) -> wire.ActionState:
    row = newest_attempt(call.view, state.pipeline, stage.name, action.name)
    if row is None:
        return wire.ActionState(action_name=action.name)
    revision = None
    if row.revision is not None:
        revision = wire.CurrentRevision(
            revision_id=row.revision.id[:_REVISION],
            revision_change_id=(row.revision.change or row.revision.id)[:_CHANGE],
            created=row.updated_at,
        )
    return wire.ActionState(
        action_name=action.name,
        current_revision=revision,
        latest_execution=wire.ActionExecution(
            action_execution_id=row.key.id,
            status=row.status,
            summary=cut(row.summary, _SUMMARY),
            last_status_change=row.updated_at,
            token=row.key.id if waits_for_word(row) else None,
            last_updated_by=row.by or None,
            external_execution_id=cut(row.external_id, _EXTERNAL),
            error_details=error_details(row.failure),
        ),
    )


def waits_for_word(row: AttemptRow) -> bool:
    """Whether it is an approval that nobody has answered; its token is the attempt's own id."""
    return row.provider == APPROVAL and row.status == "InProgress"


def error_details(failure: Failure | None) -> ErrorDetails | None:
    """Why an attempt failed."""
    if failure is None:
        return None
    return ErrorDetails(code=failure.code, message=cut(failure.message, _MESSAGE) or failure.code)


def _gate(call: Call, state: State, stage: Stage, gate: Gate) -> wire.StageConditionState | None:
    """A gate that has a condition, as it was examined last."""
    condition = stage.condition(gate)
    if condition is None:
        return None
    row = call.view.connection.execute(SQL["condition"], (state.pipeline, stage.name, gate)).fetchone()
    if row is None:
        return wire.StageConditionState(condition_states=())
    _, status, reason, changed_at = row
    return wire.StageConditionState(
        latest_execution=wire.ConditionsExecution(status=status, summary=cut(reason, _SUMMARY)),
        condition_states=(
            wire.ConditionState(
                latest_execution=wire.ConditionExecution(
                    status=status,
                    summary=cut(reason, _SUMMARY),
                    last_status_change=parse_instant(changed_at),
                ),
                rule_states=_rules(call, state, stage, gate, condition),
            ),
        ),
    )


def _rules(
    call: Call, state: State, stage: Stage, gate: Gate, condition: Condition
) -> tuple[wire.RuleState, ...]:
    told = []
    for rule in condition.rules:
        row = newest_attempt(call.view, state.pipeline, stage.name, f"{gate}:{rule.name}")
        told.append(wire.RuleState(rule_name=rule.name, latest_execution=_rule(row) if row else None))
    return tuple(told)


def _rule(row: AttemptRow) -> wire.RuleExecution:
    return wire.RuleExecution(
        rule_execution_id=row.key.id,
        status=row.status,
        summary=cut(row.summary, _SUMMARY),
        last_status_change=row.updated_at,
        external_execution_id=cut(row.external_id, _EXTERNAL),
        error_details=error_details(row.failure),
    )
