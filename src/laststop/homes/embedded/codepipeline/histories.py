"""What happened: executions of actions and rules."""

from typing import Final

from laststop.homes.embedded.codepipeline.call import Call, refused
from laststop.homes.embedded.codepipeline.executions import execution
from laststop.homes.embedded.codepipeline.paging import next_token, place_of
from laststop.homes.embedded.codepipeline.rows import (
    AttemptRow,
    Place,
    Wanted,
    attempt_keys,
    attempt_page,
    definition,
    latest_start,
)
from laststop.homes.embedded.codepipeline.states import error_details, waits_for_word
from laststop.pipeline.declaration import Action, Pipeline, Rule
from laststop.pipeline.wire import histories as wire
from laststop.pipeline.wire.shapes import TypeId, cut
from laststop.words.artifact import Artifact
from laststop.words.instants import instant_text

ARTIFACT_BUCKET: Final = "laststop-artifacts"
_VALUE_MOST, _RULE_VALUE_MOST, _SUMMARY = 1000, 10_000, 2048


def actions(call: Call, asked: wire.ListActionExecutions) -> wire.ActionExecutionsTold:
    """Every attempt at every action, the newest first, page by page."""
    rows, token = _page(call, "ListActionExecutions", asked)
    return wire.ActionExecutionsTold(
        action_execution_details=tuple(_action(call, asked.pipeline_name, row) for row in rows),
        next_token=token,
    )


def rules(call: Call, asked: wire.ListRuleExecutions) -> wire.RuleExecutionsTold:
    """Every attempt at every rule, the newest first, page by page."""
    rows, token = _page(call, "ListRuleExecutions", asked)
    return wire.RuleExecutionsTold(
        rule_execution_details=tuple(_rule(call, asked.pipeline_name, row) for row in rows),
        next_token=token,
    )


def targets(call: Call, asked: wire.ListDeployActionExecutionTargets) -> wire.TargetsTold:
    """None: no provider here deploys to instances, which alone have targets."""
    if asked.next_token is not None:
        raise refused("InvalidNextTokenException", "nextToken is none that was given out here")
    if asked.pipeline_name is not None:
        call.state(asked.pipeline_name)
        known = (key.id for key in attempt_keys(call.view, asked.pipeline_name))
        if asked.action_execution_id not in known:
            raise refused(
                "ActionExecutionNotFoundException",
                f"the pipeline '{asked.pipeline_name}' has no action execution {asked.action_execution_id}",
            )
    return wire.TargetsTold(targets=())


def _page(
    call: Call, operation: str, asked: wire.ListActionExecutions | wire.ListRuleExecutions
) -> tuple[list[AttemptRow], str | None]:
    """One page, and the token of the next."""
    call.state(asked.pipeline_name)
    run, since = _filtered(call, asked.pipeline_name, asked.filter)
    of = (operation, asked.pipeline_name, run, since)
    behind = place_of(asked.next_token, Place, Place(), *of)
    wanted = Wanted(
        pipeline=asked.pipeline_name, rules=operation == "ListRuleExecutions", run=run, since=since
    )
    rows = attempt_page(call.view, wanted, behind=behind, limit=asked.max_results + 1)
    page = rows[: asked.max_results]
    return page, next_token(_place(page[-1]), *of) if len(rows) > len(page) else None


def _filtered(call: Call, pipeline: str, chosen: wire.HistoryFilter | None) -> tuple[str | None, str]:
    """The run asked for, and the instant from which on; both may be none.

    Raises: ControlError with PipelineExecutionNotFoundException; with ValidationException for two filters.
    """
    if chosen is None:
        return None, ""
    latest = chosen.latest_in_pipeline_execution
    if latest is None:
        run = chosen.pipeline_execution_id
        return (None, "") if run is None else (execution(call, pipeline, run).id, "")
    if chosen.pipeline_execution_id not in (None, latest.pipeline_execution_id):
        raise refused("ValidationException", "the filter names two executions")
    found = execution(call, pipeline, latest.pipeline_execution_id)
    return found.id, latest_start(call.view, found.id) if latest.start_time_range == "Latest" else ""


def _place(row: AttemptRow) -> Place:
    key = row.key
    return Place(
        started_at=instant_text(row.started_at),
        run=key.run,
        stage=key.stage,
        action=key.action,
        attempt=key.attempt,
    )


def _action(call: Call, pipeline: str, row: AttemptRow) -> wire.ActionExecutionDetail:
    key = row.key
    declared = _declared(definition(call.view, pipeline, row.version), row)
    return wire.ActionExecutionDetail(
        pipeline_execution_id=key.run,
        action_execution_id=key.id,
        pipeline_version=max(1, row.version),
        stage_name=key.stage,
        action_name=key.action,
        start_time=row.started_at,
        last_update_time=row.updated_at,
        updated_by=row.by or None,
        status=row.status,
        input=wire.ActionInput(
            action_type_id=type_id(row.provider),
            configuration=_bounded(declared.configuration if declared else row.configuration, _VALUE_MOST),
            resolved_configuration=row.configuration,
            role_arn=(declared.role_arn or None) if declared else None,
            region=(declared.region or None) if declared else None,
            input_artifacts=tuple(_artifact(pipeline, each) for each in row.inputs),
            namespace=(declared.namespace or None) if declared else None,
        ),
        output=wire.ActionOutput(
            output_artifacts=tuple(_artifact(pipeline, each) for each in row.artifacts),
            execution_result=_result(row),
            output_variables=row.variables,
        ),
    )


def _result(row: AttemptRow) -> wire.ActionResult | None:
    if row.ended_at is None:  # in PARALLEL mode an approval's token is read here, and nowhere else
        return wire.ActionResult(external_execution_id=row.key.id) if waits_for_word(row) else None
    return wire.ActionResult(
        external_execution_id=row.external_id or None,
        external_execution_summary=cut(row.summary, _SUMMARY),
        error_details=error_details(row.failure),
    )


def _rule(call: Call, pipeline: str, row: AttemptRow) -> wire.RuleExecutionDetail:
    key = row.key
    declared = _declared_rule(definition(call.view, pipeline, row.version), row)
    return wire.RuleExecutionDetail(
        pipeline_execution_id=key.run,
        rule_execution_id=key.id,
        pipeline_version=max(1, row.version),
        stage_name=key.stage,
        rule_name=key.action.partition(":")[2],
        start_time=row.started_at,
        last_update_time=row.updated_at,
        status=row.status,
        input=wire.RuleInput(
            rule_type_id=type_id(row.provider),
            configuration=_bounded(
                declared.configuration if declared else row.configuration, _RULE_VALUE_MOST
            ),
            resolved_configuration=row.configuration,
            input_artifacts=tuple(_artifact(pipeline, each) for each in row.inputs),
        ),
        output=wire.RuleOutput(
            execution_result=wire.RuleResult(
                external_execution_id=row.external_id or None,
                external_execution_summary=cut(row.summary, _SUMMARY),
                error_details=error_details(row.failure),
            )
        ),
    )


def _declared(declaration: Pipeline | None, row: AttemptRow) -> Action | None:
    """The action as the version that the run is pinned to declares it."""
    stage = declaration.stage(row.key.stage) if declaration else None
    return stage.action(row.key.action) if stage else None


def _declared_rule(declaration: Pipeline | None, row: AttemptRow) -> Rule | None:
    stage = declaration.stage(row.key.stage) if declaration else None
    return stage.rule(row.key.action) if stage else None


def type_id(text: str) -> TypeId:
    """`Source/AWS/S3/1` in its parts."""
    category, owner, provider, version = text.split("/")
    return TypeId(category=category, owner=owner, provider=provider, version=version)


def _bounded(configuration: dict[str, str], most: int) -> dict[str, str]:
    """Without what the model has no room for: empty values, and more characters than it takes."""
    return {key: value[:most] for key, value in configuration.items() if value}


def _artifact(pipeline: str, artifact: Artifact) -> wire.ArtifactDetail:
    key = f"{pipeline[:20]}/{artifact.name[:10]}/{artifact.digest}"
    return wire.ArtifactDetail(name=artifact.name, s3location=wire.S3Place(bucket=ARTIFACT_BUCKET, key=key))
