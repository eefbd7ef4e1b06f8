"""What a run's actions have made so far: artifacts, and output variables by namespace."""

from collections.abc import Iterator

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.state import ActionRun, Run
from laststop.words.artifact import Artifact


def artifacts_of(run: Run, *, without: str = "") -> dict[str, Artifact]:
    """Name -> artifact: what the run began with, and what its actions made, but for one stage's."""
    made = {artifact.name: artifact for artifact in run.artifacts}
    for _, action in _succeeded(run, without):
        made |= {artifact.name: artifact for artifact in action.artifacts}
    return made


def promised_by(run: Run) -> frozenset[str]:
    """The names of all artifacts that what has succeeded was asked for, and of those the run began with."""
    asked = {name for _, action in _succeeded(run, "") for name in action.outputs}
    return frozenset(asked | artifacts_of(run).keys())


def outputs_of(run: Run, definition: Pipeline, *, without: str = "") -> dict[str, dict[str, str]]:
    """Namespace -> key -> value: what the run began with, and what its actions gave, but for one stage's."""
    namespaces = {(s.name, a.name): a.namespace for s in definition.stages for a in s.actions if a.namespace}
    given = dict(run.outputs)
    for place, action in _succeeded(run, without):
        if place in namespaces:
            given[namespaces[place]] = action.variables
    return given


def _succeeded(run: Run, without: str) -> Iterator[tuple[tuple[str, str], ActionRun]]:
    for stage in run.actions:
        if stage != without:
            for name, action in run.in_stage(stage).items():
                if action.status == "Succeeded":
                    yield (stage, name), action
