"""Rules for artifacts: every input is surely there when its action starts."""

from collections.abc import Iterator, Mapping

from laststop.pipeline import limits
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, Trail, did_you_mean, quoted

Producers = Mapping[str, PlacedAction]
"""Artifact name -> the action that makes it."""


def artifact_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with names of artifacts and with the order of those who make and use them."""
    producers: dict[str, PlacedAction] = {}
    for placed in placed_actions(pipeline):
        yield from _outputs(placed, producers)
    for placed in placed_actions(pipeline):
        yield from _inputs(placed, producers)


def _outputs(placed: PlacedAction, producers: dict[str, PlacedAction]) -> Iterator[Problem]:
    for index, artifact in enumerate(placed.action.output_artifacts):
        path = placed.path("outputArtifacts", index)
        if not limits.ARTIFACT_PATTERN.fullmatch(artifact.name):
            yield Problem(
                rule="V-59",
                path=path,
                message=f"{quoted(artifact.name)} cannot name an artifact",
                hint="use 1 to 100 of the characters A-Z a-z 0-9 - _",
            )
        if artifact.name in producers:
            yield Problem(
                rule="V-60",
                path=path,
                message=f"{producers[artifact.name].title} makes {quoted(artifact.name)} already",
                hint="output artifacts have names of their own across the whole pipeline",
            )
        producers.setdefault(artifact.name, placed)


def _inputs(placed: PlacedAction, producers: Producers) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, artifact in enumerate(placed.action.input_artifacts):
        path = placed.path("inputArtifacts", index)
        if artifact.files:
            yield Problem(rule="V-64", path=(*path, "files"), message="only outputs list files")
        if artifact.name in seen:
            yield Problem(
                rule="V-63", path=path, message=f"{quoted(artifact.name)} is an input of this action already"
            )
            continue
        seen.add(artifact.name)
        producer = producers.get(artifact.name)
        if producer is None:
            earlier = [name for name, maker in producers.items() if maker.surely_before(placed)]
            yield Problem(
                rule="V-61",
                path=path,
                message=f"no earlier action produces {quoted(artifact.name)}",
                hint=did_you_mean(artifact.name, earlier),
            )
        elif not producer.surely_before(placed):
            yield _too_late(artifact.name, path, placed, producer)


def _too_late(name: str, path: Trail, placed: PlacedAction, producer: PlacedAction) -> Problem:
    if producer == placed:
        return Problem(
            rule="V-62",
            path=path,
            message=f"this action produces {quoted(name)} itself",
            hint="an action cannot wait for its own output",
        )
    same_moment = (producer.stage, producer.action.run_order) == (placed.stage, placed.action.run_order)
    if same_moment:
        return Problem(
            rule="V-62",
            path=path,
            message=f"{producer.title} produces {quoted(name)}, but runs at the same time "
            f"(runOrder {placed.action.run_order})",
            hint=f"give this action a runOrder above {producer.action.run_order}",
        )
    return Problem(
        rule="V-62",
        path=path,
        message=f"{quoted(name)} is produced only later, by {producer.title}",
        hint="move this action behind it",
    )
