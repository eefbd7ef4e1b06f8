"""What Terraform would make, judged by the services' own rules as CloudFormation's linter knows them."""

import copy
import json
from typing import Any

import pytest

from terraform.cloudformation import template_of
from terraform.conftest import Planned
from terraform.workbench import Plan

pytestmark = pytest.mark.terraform

FORGIVEN: dict[str, str] = {}
"""Errors and warnings that do not hold here, each with its reason; notes on style are not asked for."""


def findings(template: Any) -> list[str]:
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    matches = [
        each
        for each in lint(json.dumps(template), config=ManualArgs(regions=["eu-west-1"]))
        if each.rule.id[0] in "EW"
    ]
    return [f"{each.rule.id} {each.path}: {each.message}" for each in matches if each.rule.id not in FORGIVEN]


def test_every_resource_of_both_steps_is_right_by_its_service_rules(applied: dict[str, Plan]) -> None:
    template = template_of(applied["base"], applied["pipeline"])
    assert len(template["Resources"]) > 50
    assert findings(template) == []


@pytest.mark.parametrize("example", ["one-type", "twelve-types"])
def test_the_pipelines_of_the_other_examples_are_right_too(planned: Planned, example: str) -> None:
    assert findings(pipeline_only(planned("pipeline", example))) == []


def test_a_pipeline_with_everything_in_it_is_right(rich: Any) -> None:
    plan, _ = rich
    assert findings(pipeline_only(plan)) == []


def pipeline_only(plan: Plan) -> dict[str, Any]:
    template = copy.deepcopy(template_of(plan))
    resources = template["Resources"]
    template["Resources"] = {
        name: each for name, each in resources.items() if each["Type"] == "AWS::CodePipeline::Pipeline"
    }
    for each in template["Resources"].values():
        each["Properties"].setdefault("RoleArn", "arn:aws:iam::111122223333:role/known-after-apply")
    return template


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda p: p.update(PipelineType="V3"), "E3030"),
        (lambda p: p["Stages"][1]["Actions"][0].update(InputArtifacts=[{"Name": "ranking"}] * 6), "E3702"),
        (lambda p: p["Stages"][1]["Actions"][0]["InputArtifacts"].append({"Name": "nobody"}), "E3701"),
    ],
)
def test_the_linter_would_find_a_mistake(planned: Planned, change: Any, rule: str) -> None:
    template = pipeline_only(planned("pipeline", "one-type"))
    (pipeline,) = template["Resources"].values()
    change(pipeline["Properties"])
    assert any(found.startswith(rule) for found in findings(template)), findings(template)
