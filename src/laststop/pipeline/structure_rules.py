"""Rules for the pipeline as a whole and its stages: names, counts, what may stand where."""

from collections.abc import Iterator

from laststop.pipeline import limits
from laststop.pipeline.declaration import Pipeline, Stage
from laststop.pipeline.problems import Problem, Trail, quoted

_NAME_HINT = "use 1 to 100 of the characters A-Z a-z 0-9 . @ - _"


def structure_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with the frame: names, stages, mode, variables of the whole pipeline."""
    yield from _head(pipeline)
    yield from _stages(pipeline)
    for index, stage in enumerate(pipeline.stages):
        yield from _stage(stage, index)
    yield from _sources(pipeline)
    yield from _variables(pipeline)


def named(name: str, path: Trail, what: str) -> Iterator[Problem]:
    """The problem of a pipeline's, stage's or action's name, if it has one."""
    if not limits.NAME_PATTERN.fullmatch(name):
        yield Problem(rule="V-02", path=path, message=f"{quoted(name)} cannot name {what}", hint=_NAME_HINT)


def _head(pipeline: Pipeline) -> Iterator[Problem]:
    yield from named(pipeline.name, ("name",), "a pipeline")
    if pipeline.version < 1:
        yield Problem(
            rule="V-03",
            path=("version",),
            message="versions begin at 1",
            hint="leave it out; it is counted for you",
        )
    if pipeline.role_arn and not limits.ROLE_PATTERN.fullmatch(pipeline.role_arn):
        yield Problem(
            rule="V-04",
            path=("roleArn",),
            message=f"{quoted(pipeline.role_arn)} is no ARN of an IAM role",
            hint="it reads arn:aws:iam::123456789012:role/NAME",
        )
    if pipeline.pipeline_type == "V1" and pipeline.execution_mode != "SUPERSEDED":
        yield Problem(
            rule="V-24",
            path=("executionMode",),
            message=f"{pipeline.execution_mode} needs a pipeline of type V2",
            hint='write pipelineType: "V2"',
        )


def _stages(pipeline: Pipeline) -> Iterator[Problem]:
    count = len(pipeline.stages)
    if count < limits.STAGES_MIN:
        yield Problem(
            rule="V-09",
            path=("stages",),
            message=f"a pipeline needs at least two stages; this one has {count}",
            hint="the first reads the sources, the others work on them",
        )
    if count > limits.STAGES_MAX:
        yield Problem(
            rule="V-10",
            path=("stages",),
            message=f"a pipeline has at most {limits.STAGES_MAX} stages, not {count}",
        )
    actions = sum(len(stage.actions) for stage in pipeline.stages)
    if actions > limits.ACTIONS_PER_PIPELINE_MAX:
        yield Problem(
            rule="V-11",
            path=("stages",),
            message=f"a pipeline has at most {limits.ACTIONS_PER_PIPELINE_MAX} actions, not {actions}",
        )
    first_at: dict[str, int] = {}
    for index, stage in enumerate(pipeline.stages):
        if stage.name in first_at:
            yield Problem(
                rule="V-12",
                path=("stages", index, "name"),
                message=f"stages[{first_at[stage.name]}] is called {quoted(stage.name)} already",
                hint="stage names are unique in a pipeline",
            )
        first_at.setdefault(stage.name, index)


def _stage(stage: Stage, index: int) -> Iterator[Problem]:
    yield from named(stage.name, ("stages", index, "name"), "a stage")
    if not stage.actions:
        yield Problem(
            rule="V-13", path=("stages", index, "actions"), message="a stage needs at least one action"
        )
    if len(stage.actions) > limits.ACTIONS_PER_STAGE_MAX:
        yield Problem(
            rule="V-14",
            path=("stages", index, "actions"),
            message=f"a stage has at most {limits.ACTIONS_PER_STAGE_MAX} actions, not {len(stage.actions)}",
        )
    if stage.blockers:
        yield Problem(
            rule="V-25",
            path=("stages", index, "blockers"),
            message="blockers are reserved by CodePipeline",
            hint="leave them out",
        )
    first_at: dict[str, int] = {}
    for number, action in enumerate(stage.actions):
        if action.name in first_at:
            yield Problem(
                rule="V-15",
                path=("stages", index, "actions", number, "name"),
                message=f"actions[{first_at[action.name]}] of this stage has this name already",
                hint="action names are unique in a stage",
            )
        first_at.setdefault(action.name, number)


def _sources(pipeline: Pipeline) -> Iterator[Problem]:
    for index, stage in enumerate(pipeline.stages):
        for number, action in enumerate(stage.actions):
            path: Trail = ("stages", index, "actions", number, "actionTypeId", "category")
            if index == 0 and not action.is_source:
                yield Problem(
                    rule="V-16",
                    path=path,
                    message="the first stage holds source actions only",
                    hint=f"move {quoted(action.name)} to a later stage",
                )
            elif index > 0 and action.is_source:
                yield Problem(
                    rule="V-17",
                    path=path,
                    message="source actions stand in the first stage only",
                    hint=f"move {quoted(action.name)} to the first stage",
                )


def _variables(pipeline: Pipeline) -> Iterator[Problem]:
    if pipeline.variables and pipeline.pipeline_type == "V1":
        yield Problem(
            rule="V-18",
            path=("variables",),
            message="variables of the pipeline need type V2",
            hint='write pipelineType: "V2"',
        )
    if len(pipeline.variables) > limits.VARIABLES_MAX:
        yield Problem(
            rule="V-19",
            path=("variables",),
            message=f"a pipeline has at most {limits.VARIABLES_MAX} variables",
        )
    seen: set[str] = set()
    for index, variable in enumerate(pipeline.variables):
        path: Trail = ("variables", index)
        if not limits.VARIABLE_PATTERN.fullmatch(variable.name):
            yield Problem(
                rule="V-20",
                path=(*path, "name"),
                message=f"{quoted(variable.name)} cannot name a variable",
                hint="use 1 to 128 of the characters A-Z a-z 0-9 @ - _",
            )
        if variable.name in seen:
            yield Problem(
                rule="V-21",
                path=(*path, "name"),
                message=f"the variable {quoted(variable.name)} stands twice",
            )
        seen.add(variable.name)
        value = variable.default_value
        if value is not None and not 1 <= len(value) <= limits.VARIABLE_VALUE_CHARACTERS_MAX:
            yield Problem(
                rule="V-22",
                path=(*path, "defaultValue"),
                message=f"a value has 1 to {limits.VARIABLE_VALUE_CHARACTERS_MAX} characters",
                hint="without a default, leave the key out: every start must then name the value",
            )
        if len(variable.description) > limits.VARIABLE_DESCRIPTION_CHARACTERS_MAX:
            yield Problem(
                rule="V-23",
                path=(*path, "description"),
                message=f"a description has at most {limits.VARIABLE_DESCRIPTION_CHARACTERS_MAX} characters",
            )
