"""What the AWS home asks of a declaration on top of CodePipeline's rules."""

import re
from collections.abc import Collection, Iterator
from itertools import chain
from typing import Final

from laststop.pipeline.catalogue import LAMBDA, S3_SOURCE
from laststop.pipeline.declaration import Condition, Pipeline
from laststop.pipeline.placed import placed_actions
from laststop.pipeline.problems import Problem, Trail, quoted

_FUNCTION: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ONE_REGION: Final = "leave it out: everything lies in the region of [names.aws]"


def aws_problems(
    pipeline: Pipeline, *, project: str, documents: Collection[str], flow: bool = True
) -> tuple[Problem, ...]:
    """Every problem the AWS home has with a declaration that is right for CodePipeline.

    `project` is the prefix of functions, `documents` the places of the metadata documents as `bucket/key`.
    `flow` is the project's own pipeline, which reads all of them and releases.
    Source for what Terraform cannot express: the resource `aws_codepipeline` of the AWS provider 6.62.
    """
    return tuple(
        chain(
            _made_by_terraform(pipeline),
            _one_region(pipeline),
            _inexpressible(pipeline),
            _sources(pipeline, documents, flow=flow),
            _functions(pipeline, project, flow=flow),
        )
    )


def _made_by_terraform(pipeline: Pipeline) -> Iterator[Problem]:
    if pipeline.role_arn:
        hint = "leave it out: Terraform makes a role that may do what the declaration uses, and no more"
        yield Problem(rule="V-122", path=("roleArn",), message="the role is Terraform's", hint=hint)
    stores = {"artifactStore": pipeline.artifact_store, "artifactStores": pipeline.artifact_stores}
    for key, value in stores.items():
        if value:
            hint = "leave it out: Terraform makes the bucket"
            yield Problem(rule="V-122", path=(key,), message="the artifact store is Terraform's", hint=hint)


def _one_region(pipeline: Pipeline) -> Iterator[Problem]:
    for placed in placed_actions(pipeline):
        if placed.action.region:
            yield Problem(
                rule="V-123",
                path=placed.path("region"),
                message="actions in other regions are not supported",
                hint=_ONE_REGION,
            )
    for path, condition in _conditions(pipeline):
        for index, rule in enumerate(condition.rules):
            if rule.region:
                yield Problem(
                    rule="V-123",
                    path=(*path, "rules", index, "region"),
                    message="rules in other regions are not supported",
                    hint=_ONE_REGION,
                )


def _conditions(pipeline: Pipeline) -> Iterator[tuple[Trail, Condition]]:
    for number, stage in enumerate(pipeline.stages):
        gates = {
            "beforeEntry": stage.before_entry,
            "onSuccess": stage.on_success,
            "onFailure": stage.on_failure,
        }
        for name, gate in gates.items():
            for index, condition in enumerate(gate.conditions if gate else ()):
                yield ("stages", number, name, "conditions", index), condition


def _inexpressible(pipeline: Pipeline) -> Iterator[Problem]:
    for placed in placed_actions(pipeline):
        if placed.action.environment_variables:
            yield Problem(
                rule="V-121",
                path=placed.path("environmentVariables"),
                message="Terraform's AWS provider has no word for environmentVariables of an action",
                hint="set them inside the commands: NAME=value command",
            )


def _sources(pipeline: Pipeline, documents: Collection[str], *, flow: bool) -> Iterator[Problem]:
    read: set[str] = set()
    for placed in placed_actions(pipeline):
        configuration = placed.action.configuration
        if placed.action.action_type_id.text != S3_SOURCE:
            continue
        read.add(f"{configuration.get('S3Bucket', '')}/{configuration.get('S3ObjectKey', '')}")
        if configuration.get("PollForSourceChanges", "true") != "false":
            yield Problem(
                rule="V-124",
                path=placed.path("configuration", "PollForSourceChanges"),
                message="CodePipeline would poll this source and start a second run for every change",
                hint='write PollForSourceChanges: "false"; laststop starts the runs',
            )
    for place in sorted(set(documents) - read) if flow else ():
        yield Problem(
            rule="V-106",
            path=("stages", 0),
            message=f"no source reads the metadata document {quoted(place)}, so its changes start no run",
            hint="add a Source/AWS/S3/1 action for it",
            severity="warning",
        )


def _functions(pipeline: Pipeline, project: str, *, flow: bool) -> Iterator[Problem]:
    switch, switches = f"{project}-deploy-site", False
    for placed in placed_actions(pipeline):
        called = placed.action.configuration.get("FunctionName", "")
        if placed.action.action_type_id.text != LAMBDA:
            continue
        switches = switches or called == switch
        if called and not _FUNCTION.fullmatch(called):
            yield Problem(
                rule="V-125",
                path=placed.path("configuration", "FunctionName"),
                message=f"{quoted(called)} is not the bare name of a function",
                hint="roles name functions of this account and region; write the name alone",
            )
    if flow and not switches:
        yield Problem(
            rule="V-126",
            path=("stages",),
            message=f"no action calls {quoted(switch)}, so nothing would ever go live",
            hint='add an Invoke/AWS/Lambda/1 action with FunctionName: "${project}-deploy-site"',
        )
