"""The resource `aws_codepipeline` in CloudFormation's words."""

from typing import Any

Json = dict[str, Any]


def pipeline_properties(values: Json) -> Json:
    """The properties of `AWS::CodePipeline::Pipeline`; what was not said is None or empty."""
    (store,) = values["artifact_store"]
    return {
        "Name": values["name"],
        "RoleArn": values.get("role_arn"),
        "PipelineType": values["pipeline_type"],
        "ExecutionMode": values["execution_mode"],
        "ArtifactStore": {"Type": store["type"], "Location": store["location"]},
        "Variables": [
            {"Name": each["name"], "DefaultValue": each["default_value"], "Description": each["description"]}
            for each in values["variable"]
        ],
        "Triggers": [_trigger(each) for each in values["trigger"]],
        "Stages": [_stage(each) for each in values["stage"]],
    }


def _stage(stage: Json) -> Json:
    failure = (stage["on_failure"] or [{}])[0]
    retry = (failure.get("retry_configuration") or [{}])[0].get("retry_mode")
    return {
        "Name": stage["name"],
        "Actions": [_action(each) for each in stage["action"]],
        "BeforeEntry": _gate(stage["before_entry"]),
        "OnSuccess": _gate(stage["on_success"]),
        "OnFailure": {
            "Result": failure.get("result"),
            "RetryConfiguration": {"RetryMode": retry} if retry else None,
            "Conditions": [_condition(each) for each in failure.get("condition", [])],
        },
    }


def _gate(gate: list[Json]) -> Json | None:
    return {"Conditions": [_condition(each) for each in gate[0]["condition"]]} if gate else None


def _condition(condition: Json) -> Json:
    return {"Result": condition["result"], "Rules": [_rule(each) for each in condition["rule"]]}


def _rule(rule: Json) -> Json:
    (kind,) = rule["rule_type_id"]
    return {
        "Name": rule["name"],
        "RuleTypeId": {
            name.capitalize(): kind[name] for name in ("category", "owner", "provider", "version")
        },
        "Configuration": rule["configuration"],
        "Commands": rule["commands"],
        "InputArtifacts": [{"Name": name} for name in rule["input_artifacts"] or ()],
        "RoleArn": rule["role_arn"],
    }


def _action(action: Json) -> Json:
    outputs = [{"Name": name} for name in action["output_artifacts"] or ()]
    with_files = [
        {"Name": each["name"], "Files": each["files"]}
        for each in action["output_artifacts_for_compute_action"]
    ]
    return {
        "Name": action["name"],
        "ActionTypeId": {
            "Category": action["category"],
            "Owner": action["owner"],
            "Provider": action["provider"],
            "Version": action["version"],
        },
        "RunOrder": action["run_order"],
        "Configuration": action["configuration"],
        "InputArtifacts": [{"Name": name} for name in action["input_artifacts"] or ()],
        "OutputArtifacts": outputs or with_files,
        "Namespace": action["namespace"],
        "TimeoutInMinutes": action["timeout_in_minutes"],
        "Commands": action["commands"],
        "OutputVariables": action["output_variables"],
    }


def _trigger(trigger: Json) -> Json:
    (git,) = trigger["git_configuration"]
    return {
        "ProviderType": trigger["provider_type"],
        "GitConfiguration": {
            "SourceActionName": git["source_action_name"],
            "Push": [
                {
                    "Branches": _patterns(each["branches"]),
                    "FilePaths": _patterns(each["file_paths"]),
                    "Tags": _patterns(each["tags"]),
                }
                for each in git["push"]
            ],
            "PullRequest": [
                {
                    "Events": each["events"],
                    "Branches": _patterns(each["branches"]),
                    "FilePaths": _patterns(each["file_paths"]),
                }
                for each in git["pull_request"]
            ],
        },
    }


def _patterns(patterns: list[Json]) -> Json | None:
    return {"Includes": patterns[0]["includes"], "Excludes": patterns[0]["excludes"]} if patterns else None
