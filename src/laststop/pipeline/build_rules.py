"""Rules for what CodeBuild and Commands actions carry besides artifacts."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from laststop.pipeline import limits
from laststop.pipeline.catalogue import CODEBUILD, CODEBUILD_TEST, COMMANDS
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, did_you_mean, listed, quoted

BUILDS = (CODEBUILD, CODEBUILD_TEST)


class BuildVariable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of a CodeBuild action's `EnvironmentVariables`."""

    name: str
    value: str
    type: Literal["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"] = "PLAINTEXT"


def build_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with the settings of builds and of Commands actions."""
    for placed in placed_actions(pipeline):
        kind = placed.action.action_type_id.text
        if kind in BUILDS:
            yield from _primary_source(placed)
            yield from _environment(placed)
            if "CombineArtifacts" in placed.action.configuration and not batched(placed):
                yield Problem(
                    rule="V-69",
                    path=placed.path("configuration", "CombineArtifacts"),
                    message='it goes only with BatchEnabled: "true"',
                )
        if kind == COMMANDS:
            yield from _commands(pipeline, placed)
        else:
            yield from _commands_elsewhere(placed)


def batched(placed: PlacedAction) -> bool:
    """Whether the action asks for a batch of builds."""
    return placed.action.configuration.get("BatchEnabled") == "true"


def build_variables(text: str) -> tuple[BuildVariable, ...]:
    """The value of `EnvironmentVariables`, decoded.

    Raises: ValueError when it is no JSON list of such entries.
    """
    return msgspec.json.decode(text.encode(errors="replace"), type=tuple[BuildVariable, ...])


def _primary_source(placed: PlacedAction) -> Iterator[Problem]:
    action = placed.action
    inputs = [artifact.name for artifact in action.input_artifacts]
    primary = action.configuration.get("PrimarySource")
    if primary is None:
        if len(inputs) > 1:
            yield Problem(
                rule="V-65",
                path=placed.path("configuration"),
                message=f"with {len(inputs)} inputs a build needs the key PrimarySource",
                hint=f"name the input that holds buildspec.yml: {listed(inputs)}",
            )
    elif primary and primary not in inputs:
        yield Problem(
            rule="V-66",
            path=placed.path("configuration", "PrimarySource"),
            message=f"{quoted(primary)} is no input of this action",
            hint=did_you_mean(
                primary, inputs, otherwise=f"its inputs are {listed(inputs)}" if inputs else ""
            ),
        )


def _environment(placed: PlacedAction) -> Iterator[Problem]:
    text = placed.action.configuration.get("EnvironmentVariables")
    if not text:
        return
    path = placed.path("configuration", "EnvironmentVariables")
    try:
        variables = build_variables(text)
    except ValueError as error:
        yield Problem(
            rule="V-67",
            path=path,
            message=f"it is no JSON list of variables ({error})",
            hint='it reads [{"name": "STAGE", "value": "live", "type": "PLAINTEXT"}]',
        )
        return
    names = [variable.name for variable in variables]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(rule="V-68", path=path, message=f"the variable {quoted(name)} stands twice")
    for variable in variables:
        if not limits.ENVIRONMENT_PATTERN.fullmatch(variable.name):
            yield Problem(
                rule="V-68", path=path, message=f"{quoted(variable.name)} cannot name an environment variable"
            )
        elif variable.name.startswith("CODEBUILD_"):
            yield Problem(
                rule="V-68",
                path=path,
                message=f"{variable.name} belongs to the build service",
                hint="names that begin with CODEBUILD_ are reserved",
            )


def _commands_elsewhere(placed: PlacedAction) -> Iterator[Problem]:
    action = placed.action
    fields = (
        ("commands", action.commands),
        ("outputVariables", action.output_variables),
        ("environmentVariables", action.environment_variables),
    )
    for field, value in fields:
        if value:
            yield Problem(
                rule="V-70",
                path=placed.path(field),
                message=f"only a Commands action ({COMMANDS}) takes {field}",
            )
    for index, artifact in enumerate(action.output_artifacts):
        if artifact.files:
            yield Problem(
                rule="V-64",
                path=placed.path("outputArtifacts", index, "files"),
                message=f"only a Commands action ({COMMANDS}) lists files",
            )


def _commands(pipeline: Pipeline, placed: PlacedAction) -> Iterator[Problem]:
    action = placed.action
    if pipeline.pipeline_type == "V1":
        yield Problem(
            rule="V-71",
            path=placed.path("actionTypeId"),
            message="a Commands action needs a pipeline of type V2",
        )
    if not 1 <= len(action.commands) <= limits.COMMANDS_MAX:
        yield Problem(
            rule="V-72",
            path=placed.path("commands"),
            message=f"it has 1 to {limits.COMMANDS_MAX} commands, not {len(action.commands)}",
        )
    for index, command in enumerate(action.commands):
        if "\n" in command or not 1 <= len(command) <= limits.COMMAND_CHARACTERS_MAX:
            yield Problem(
                rule="V-72",
                path=placed.path("commands", index),
                message=f"a command is one line of 1 to {limits.COMMAND_CHARACTERS_MAX} characters",
            )
    yield from _outputs_of_commands(placed)
    if len(action.environment_variables) > limits.ACTION_ENVIRONMENT_MAX:
        yield Problem(
            rule="V-74",
            path=placed.path("environmentVariables"),
            message=f"it has at most {limits.ACTION_ENVIRONMENT_MAX} environment variables",
        )
    for index, variable in enumerate(action.environment_variables):
        fits = 1 <= len(variable.value) <= limits.ACTION_ENVIRONMENT_VALUE_CHARACTERS_MAX
        if not limits.ENVIRONMENT_PATTERN.fullmatch(variable.name) or not fits:
            yield Problem(
                rule="V-74",
                path=placed.path("environmentVariables", index),
                message="an environment variable has a name of A-Z a-z 0-9 _ and a value of "
                f"1 to {limits.ACTION_ENVIRONMENT_VALUE_CHARACTERS_MAX} characters",
            )


def _outputs_of_commands(placed: PlacedAction) -> Iterator[Problem]:
    action = placed.action
    if len(action.output_variables) > limits.OUTPUT_VARIABLES_MAX:
        yield Problem(
            rule="V-73",
            path=placed.path("outputVariables"),
            message=f"it has at most {limits.OUTPUT_VARIABLES_MAX} output variables",
        )
    for index, name in enumerate(action.output_variables):
        if not 1 <= len(name) <= limits.OUTPUT_VARIABLE_CHARACTERS_MAX:
            yield Problem(
                rule="V-73",
                path=placed.path("outputVariables", index),
                message=f"a name has 1 to {limits.OUTPUT_VARIABLE_CHARACTERS_MAX} characters",
            )
    for index, artifact in enumerate(action.output_artifacts):
        too_long = any(not 1 <= len(file) <= limits.FILE_CHARACTERS_MAX for file in artifact.files)
        if too_long or not 1 <= len(artifact.files) <= limits.FILES_MAX:
            yield Problem(
                rule="V-75",
                path=placed.path("outputArtifacts", index, "files"),
                message=f"an output lists 1 to {limits.FILES_MAX} files "
                f"of at most {limits.FILE_CHARACTERS_MAX} characters",
            )
