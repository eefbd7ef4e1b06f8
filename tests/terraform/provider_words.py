"""A declaration in the words of the resource `aws_codepipeline`, spelled independently of the modules."""

from typing import Any

from laststop.pipeline.declaration import (
    Action,
    Condition,
    OnFailure,
    Patterns,
    Pipeline,
    Rule,
    Stage,
    StageConditions,
    Trigger,
)

Json = dict[str, Any]


def in_providers_words(pipeline: Pipeline, artifacts_bucket: str) -> Json:
    """Every argument, as a plan prints it; the role is not known while planning."""
    return {
        "name": pipeline.name,
        "pipeline_type": pipeline.pipeline_type,
        "execution_mode": pipeline.execution_mode,
        "artifact_store": [
            {"type": "S3", "location": artifacts_bucket, "region": None, "encryption_key": []},
        ],
        "variable": [
            {
                "name": each.name,
                "default_value": each.default_value,
                "description": each.description or None,
            }
            for each in pipeline.variables
        ],
        "trigger": [_trigger(each) for each in pipeline.triggers],
        "stage": [_stage(each) for each in pipeline.stages],
        "tags": None,
    }


def _stage(stage: Stage) -> Json:
    return {
        "name": stage.name,
        "action": [_action(each) for each in stage.actions],
        "before_entry": _gate(stage.before_entry),
        "on_success": _gate(stage.on_success),
        "on_failure": _on_failure(stage.on_failure),
    }


def _action(action: Action) -> Json:
    with_files = any(each.files for each in action.output_artifacts)
    outputs = [each.name for each in action.output_artifacts]
    return {
        "name": action.name,
        "category": action.action_type_id.category,
        "owner": action.action_type_id.owner,
        "provider": action.action_type_id.provider,
        "version": action.action_type_id.version,
        "run_order": action.run_order,
        "configuration": action.configuration or None,
        "input_artifacts": [each.name for each in action.input_artifacts] or None,
        "output_artifacts": None if with_files else (outputs or None),
        "output_artifacts_for_compute_action": [
            {"name": each.name, "files": list(each.files) or None}
            for each in action.output_artifacts
            if with_files
        ],
        "namespace": action.namespace or None,
        "region": action.region or None,
        "role_arn": action.role_arn or None,
        "timeout_in_minutes": action.timeout_in_minutes,
        "commands": list(action.commands) or None,
        "output_variables": list(action.output_variables) or None,
    }


def _gate(gate: StageConditions | None) -> list[Json]:
    return [{"condition": [_condition(each) for each in gate.conditions]}] if gate else []


def _on_failure(gate: OnFailure | None) -> list[Json]:
    if gate is None:
        return []
    retry = gate.retry_configuration
    return [
        {
            "result": gate.result,
            "retry_configuration": [{"retry_mode": retry.retry_mode}] if retry else [],
            "condition": [_condition(each) for each in gate.conditions],
        }
    ]


def _condition(condition: Condition) -> Json:
    return {"result": condition.result, "rule": [_rule(each) for each in condition.rules]}


def _rule(rule: Rule) -> Json:
    kind = rule.rule_type_id
    return {
        "name": rule.name,
        "rule_type_id": [
            {
                "category": kind.category,
                "owner": kind.owner,
                "provider": kind.provider,
                "version": kind.version,
            }
        ],
        "configuration": rule.configuration or None,
        "commands": list(rule.commands) or None,
        "input_artifacts": [each.name for each in rule.input_artifacts] or None,
        "region": rule.region or None,
        "role_arn": rule.role_arn or None,
        "timeout_in_minutes": rule.timeout_in_minutes,
    }


def _trigger(trigger: Trigger) -> Json:
    git = trigger.git_configuration
    return {
        "provider_type": trigger.provider_type,
        "git_configuration": [
            {
                "source_action_name": git.source_action_name,
                "push": [
                    {
                        "branches": _patterns(each.branches),
                        "file_paths": _patterns(each.file_paths),
                        "tags": _patterns(each.tags),
                    }
                    for each in git.push
                ],
                "pull_request": [
                    {
                        "events": list(each.events) or None,
                        "branches": _patterns(each.branches),
                        "file_paths": _patterns(each.file_paths),
                    }
                    for each in git.pull_request
                ],
            }
        ],
    }


def _patterns(patterns: Patterns | None) -> list[Json]:
    if patterns is None:
        return []
    return [{"includes": list(patterns.includes) or None, "excludes": list(patterns.excludes) or None}]
