"""The pipeline Terraform would make is the one laststop reads from the same file."""

from pathlib import Path
from typing import Any

import pytest

from laststop.config.pipeline_file import load_pipeline
from laststop.config.project_file import load_project
from laststop.config.terraform_variables import terraform_variables
from laststop.pipeline.declaration import Pipeline
from terraform.conftest import Planned
from terraform.provider_words import in_providers_words
from terraform.workbench import EXAMPLES, Plan, Terraform, TerraformError, terraform_at

pytestmark = pytest.mark.terraform

DECIDED_BY_AWS = {"arn", "id", "region", "role_arn", "tags_all", "trigger_all"}


def declared(plan: Plan) -> dict[str, Any]:
    values = plan.one("aws_codepipeline")
    return {name: value for name, value in values.items() if name not in DECIDED_BY_AWS}


def never_known(unknown: Any) -> list[str]:
    """Ways to what is not known while planning."""
    if unknown is True:
        return [""]
    if isinstance(unknown, dict):
        return [f".{key}{way}" for key, each in unknown.items() for way in never_known(each)]
    if isinstance(unknown, list):
        return [f"[]{way}" for each in unknown for way in never_known(each)]
    return []


@pytest.mark.parametrize("example", ["one-type", "three-types", "twelve-types", "existing-table"])
def test_the_plan_of_an_example_is_our_own_reading_field_by_field(planned: Planned, example: str) -> None:
    project = load_project(EXAMPLES / example)
    pipeline = load_pipeline(project, home="aws")
    assert declared(planned("pipeline", example)) == in_providers_words(
        pipeline, project.aws_names.artifacts_bucket
    )


def test_the_plan_of_four_types_is_our_own_reading_field_by_field(
    terraform: Terraform, tmp_path: Path
) -> None:
    toml = (EXAMPLES / "three-types/laststop.toml").read_text()
    (tmp_path / "laststop.toml").write_text(toml.replace('"switching"]', '"switching", "balancing"]'))
    text = (EXAMPLES / "three-types/pipeline.yml").read_text()
    source = text[text.index("      - name: switching") : text.index("\n  - name: Build")]
    text = text.replace(source, source + source.replace("switching", "balancing"))
    text = text.replace(
        "{name: switching}]\n        outputArtifacts: [{name: site}]",
        "{name: switching}, {name: balancing}]\n        outputArtifacts: [{name: site}]",
    )
    (tmp_path / "pipeline.yml").write_text(text)
    project = load_project(tmp_path)
    (tmp_path / "terraform.tfvars.json").write_bytes(terraform_variables(project).text)
    plan = terraform.plan("pipeline", tmp_path)
    pipeline = load_pipeline(project, home="aws")
    assert [
        len(action.input_artifacts)
        for stage in pipeline.stages
        for action in stage.actions
        if stage.name == "Build"
    ] == [5]
    assert declared(plan) == in_providers_words(pipeline, project.aws_names.artifacts_bucket)


def test_everything_the_provider_can_express_arrives_as_we_read_it(rich: tuple[Plan, Pipeline]) -> None:
    plan, pipeline = rich
    assert declared(plan) == in_providers_words(pipeline, "recommender-artifacts-111122223333")


def test_the_whole_pipeline_is_known_while_planning(planned: Planned) -> None:
    ways = never_known(planned("pipeline", "three-types").unknown("aws_codepipeline"))
    assert {way.removeprefix(".") for way in ways} <= DECIDED_BY_AWS


def test_the_role_has_one_statement_for_each_kind_of_action_and_rule(rich: tuple[Plan, Pipeline]) -> None:
    plan, _ = rich
    (needs,) = (each for each in plan.output("needs") if each["role"] == "recommender-pipeline")
    resources = {each["sid"]: each["resources"] for each in needs["statements"]}
    here = "eu-west-1:111122223333"
    assert resources == {
        "KeepArtifacts": ["arn:aws:s3:::recommender-artifacts-111122223333/*"],
        "KnowArtifactStore": ["arn:aws:s3:::recommender-artifacts-111122223333"],
        "ReadSourceObjects": ["arn:aws:s3:::recommender-documents-111122223333/*"],
        "KnowSourceBuckets": ["arn:aws:s3:::recommender-documents-111122223333"],
        "UseConnections": [load_project(EXAMPLES / "one-type").aws_names.connection_arn],
        "RunBuilds": [f"arn:aws:codebuild:{here}:project/recommender-build"],
        "CallFunctions": [
            f"arn:aws:lambda:{here}:function:recommender-deploy-site",
            f"arn:aws:lambda:{here}:function:recommender-judge",
        ],
        "DeployToBuckets": ["arn:aws:s3:::copies/*"],
        "StartPipelines": [f"arn:aws:codepipeline:{here}:downstream"],
        "AskForApproval": ["arn:aws:sns:eu-west-1:111122223333:ask"],
        "LookAtAlarms": [f"arn:aws:cloudwatch:{here}:alarm:recommender-errors"],
        "LogCommands": [
            f"arn:aws:logs:{here}:log-group:/aws/codepipeline/recommender",
            f"arn:aws:logs:{here}:log-group:/aws/codepipeline/recommender:*",
        ],
        "TakeOnRoles": ["arn:aws:iam::111122223333:role/looker"],
    }  # fmt: skip


def test_a_connection_that_waits_stops_the_plan(tmp_path: Path) -> None:
    pending = {"aws_codestarconnections_connection": {"connection_status": "PENDING"}}
    with terraform_at(tmp_path, pending) as terraform, pytest.raises(TerraformError, match="is PENDING"):
        terraform.plan("pipeline", EXAMPLES / "three-types")


def test_a_pipeline_file_that_changed_since_it_was_judged_stops_the_plan(
    terraform: Terraform, tmp_path: Path
) -> None:
    for name in ("terraform.tfvars.json", "pipeline.yml"):
        (tmp_path / name).write_bytes((EXAMPLES / "three-types" / name).read_bytes())
    with (tmp_path / "pipeline.yml").open("a") as file:
        file.write("\n")
    with pytest.raises(TerraformError, match="not the one that was judged"):
        terraform.plan("pipeline", tmp_path)
