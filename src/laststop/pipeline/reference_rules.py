"""Rules for `#{namespace.key}`: every reference names something that surely has a value by then."""

from collections.abc import Iterator, Mapping

from laststop.pipeline.catalogue import COMMANDS, PROVIDERS
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted
from laststop.pipeline.variables import Reference, malformed, references

_EXECUTION_ID = "PipelineExecutionId"

Namespaces = Mapping[str, PlacedAction]
"""Namespace -> the action that sets it."""


def reference_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with references to variables."""
    namespaces: dict[str, PlacedAction] = {}
    for placed in placed_actions(pipeline):
        if placed.action.namespace:
            namespaces.setdefault(placed.action.namespace, placed)
    for placed in placed_actions(pipeline):
        for path, text in _texts(placed):
            for fragment in malformed(text):
                yield Problem(
                    path=path,
                    message=f"{quoted(fragment)} is no reference to a variable",
                    hint="a reference is a namespace and a key separated by a period: #{build.VERSION}",
                )
            for reference in dict.fromkeys(references(text)):
                yield from _reference(pipeline, placed, path, reference, namespaces)


def _texts(placed: PlacedAction) -> Iterator[tuple[Trail, str]]:
    for key, value in placed.action.configuration.items():
        yield placed.path("configuration", key), value
    for index, command in enumerate(placed.action.commands):
        yield placed.path("commands", index), command


def _reference(
    pipeline: Pipeline, placed: PlacedAction, path: Trail, reference: Reference, namespaces: Namespaces
) -> Iterator[Problem]:
    if reference.namespace == "codepipeline":
        if reference.key != _EXECUTION_ID:
            yield Problem(
                path=path,
                message=f"{reference.text}: codepipeline has only the key {_EXECUTION_ID}",
                hint=did_you_mean(reference.key, [_EXECUTION_ID]),
            )
    elif reference.namespace == "variables":
        yield from _pipeline_variable(pipeline, placed, path, reference)
    else:
        yield from _action_variable(placed, path, reference, namespaces)


def _pipeline_variable(
    pipeline: Pipeline, placed: PlacedAction, path: Trail, reference: Reference
) -> Iterator[Problem]:
    names = [variable.name for variable in pipeline.variables]
    if placed.action.is_source:
        yield Problem(
            path=path, message=f"{reference.text}: variables of the pipeline cannot be used in source actions"
        )
    elif reference.key not in names:
        yield Problem(
            path=path,
            message=f"{reference.text}: the pipeline has no variable {quoted(reference.key)}",
            hint=did_you_mean(reference.key, names, otherwise="declare it under variables"),
        )


def _action_variable(
    placed: PlacedAction, path: Trail, reference: Reference, namespaces: Namespaces
) -> Iterator[Problem]:
    producer = namespaces.get(reference.namespace)
    if producer is None:
        yield Problem(
            path=path,
            message=f"{reference.text}: no action has the namespace {quoted(reference.namespace)}",
            hint=did_you_mean(
                reference.namespace,
                (*namespaces, "codepipeline", "variables"),
                otherwise="give the action that sets it a namespace",
            ),
        )
    elif producer == placed:
        yield Problem(path=path, message=f"{reference.text}: an action cannot use its own output variables")
    elif not producer.surely_before(placed):
        yield Problem(
            path=path,
            message=f"{reference.text}: {producer.title} sets it, but does not surely end before this action",
            hint="move this action to a later stage or a higher runOrder",
        )
    else:
        known = _known_keys(producer)
        if known is not None and reference.key not in known:
            yield Problem(
                path=path,
                message=f"{reference.text}: {producer.title} sets no variable {quoted(reference.key)}",
                hint=did_you_mean(
                    reference.key, known, otherwise=f"it sets {listed(known)}" if known else "it sets none"
                ),
            )


def _known_keys(producer: PlacedAction) -> tuple[str, ...] | None:
    kind = producer.action.action_type_id.text
    if kind == COMMANDS:
        return producer.action.output_variables
    provider = PROVIDERS.get(kind)
    return provider.variables if provider is not None else None
