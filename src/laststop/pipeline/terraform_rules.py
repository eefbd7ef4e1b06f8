"""What Terraform's AWS provider cannot express, although CodePipeline takes it.

Source: the schema of `aws_codepipeline` in hashicorp/aws 6.62.0. Conditions, rules, retries, triggers,
variables and commands are there.
"""

from collections.abc import Iterator

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.placed import placed_actions
from laststop.pipeline.problems import Problem


def terraform_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Every part of a declaration that would be lost on its way to AWS."""
    for placed in placed_actions(pipeline):
        if placed.action.environment_variables:
            yield Problem(
                rule="V-121",
                path=placed.path("environmentVariables"),
                message="Terraform's AWS provider 6.62 has no environment variables of an action",
                hint="set them in the commands: export NAME=value",
            )
    for index, stage in enumerate(pipeline.stages):
        if stage.blockers:
            yield Problem(
                rule="V-122",
                path=("stages", index, "blockers"),
                message="Terraform's AWS provider 6.62 has no blockers",
                hint="leave them out; CodePipeline reserves them",
            )
