"""Rules for `#{namespace.key}`: every reference names something that surely has a value by then."""

from collections.abc import Iterator, Mapping

import msgspec

from laststop.pipeline import limits
from laststop.pipeline.catalogue import COMMANDS, PROVIDERS
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.gate_rules import conditions_at
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted
from laststop.pipeline.variables import Reference, malformed, references

_EXECUTION_ID = "PipelineExecutionId"

Namespaces = Mapping[str, PlacedAction]
"""Namespace -> the action that sets it."""


class _Reader(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads a variable, and when: `moment` is its stage and run order; 0 and 1000 are the gates."""

    moment: tuple[int, int]
    action: PlacedAction | None = None

    @property
    def is_source(self) -> bool:
        return self.action is not None and self.action.action.is_source


def reference_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with references to variables."""
    namespaces: dict[str, PlacedAction] = {}
    for placed in placed_actions(pipeline):
        if placed.action.namespace:
            namespaces.setdefault(placed.action.namespace, placed)
    for reader, path, text in _texts(pipeline):
        for fragment in malformed(text):
            yield Problem(
                rule="V-78",
                path=path,
                message=f"{quoted(fragment)} is no reference to a variable",
                hint="a reference is a namespace and a key separated by a period: #{build.VERSION}",
            )
        for reference in dict.fromkeys(references(text)):
            yield from _reference(pipeline, reader, path, reference, namespaces)


def _texts(pipeline: Pipeline) -> Iterator[tuple[_Reader, Trail, str]]:
    for placed in placed_actions(pipeline):
        reader = _Reader(moment=(placed.stage, placed.action.run_order), action=placed)
        for key, value in placed.action.configuration.items():
            yield reader, placed.path("configuration", key), value
        for index, command in enumerate(placed.action.commands):
            yield reader, placed.path("commands", index), command
    for index, stage in enumerate(pipeline.stages):
        for gate, conditions in conditions_at(stage):
            reader = _Reader(moment=(index, 0 if gate == "beforeEntry" else limits.RUN_ORDER_MAX + 1))
            for number, condition in enumerate(conditions):
                for place, rule in enumerate(condition.rules):
                    inside = ("stages", index, gate, "conditions", number, "rules", place)
                    for key, value in rule.configuration.items():
                        yield reader, (*inside, "configuration", key), value
                    for line, command in enumerate(rule.commands):
                        yield reader, (*inside, "commands", line), command


def _reference(
    pipeline: Pipeline, reader: _Reader, path: Trail, reference: Reference, namespaces: Namespaces
) -> Iterator[Problem]:
    if reference.namespace == "codepipeline":
        if reference.key != _EXECUTION_ID:
            yield Problem(
                rule="V-82",
                path=path,
                message=f"{reference.text}: codepipeline has only the key {_EXECUTION_ID}",
                hint=did_you_mean(reference.key, [_EXECUTION_ID]),
            )
    elif reference.namespace == "variables":
        yield from _pipeline_variable(pipeline, reader, path, reference)
    else:
        yield from _action_variable(reader, path, reference, namespaces)


def _pipeline_variable(
    pipeline: Pipeline, reader: _Reader, path: Trail, reference: Reference
) -> Iterator[Problem]:
    names = [variable.name for variable in pipeline.variables]
    if reader.is_source:
        yield Problem(
            rule="V-97",
            path=path,
            message=f"{reference.text}: variables of the pipeline cannot be used in source actions",
        )
    elif reference.key not in names:
        yield Problem(
            rule="V-83",
            path=path,
            message=f"{reference.text}: the pipeline has no variable {quoted(reference.key)}",
            hint=did_you_mean(reference.key, names, otherwise="declare it under variables"),
        )


def _action_variable(
    reader: _Reader, path: Trail, reference: Reference, namespaces: Namespaces
) -> Iterator[Problem]:
    producer = namespaces.get(reference.namespace)
    if producer is None:
        yield Problem(
            rule="V-79",
            path=path,
            message=f"{reference.text}: no action has the namespace {quoted(reference.namespace)}",
            hint=did_you_mean(
                reference.namespace,
                (*namespaces, "codepipeline", "variables"),
                otherwise="give the action that sets it a namespace",
            ),
        )
    elif producer == reader.action:
        yield Problem(
            rule="V-80", path=path, message=f"{reference.text}: an action cannot use its own output variables"
        )
    elif (producer.stage, producer.action.run_order) >= reader.moment:
        what = "this action" if reader.action is not None else "this gate"
        yield Problem(
            rule="V-80",
            path=path,
            message=f"{reference.text}: {producer.title} sets it, but does not surely end before {what}",
            hint=f"move {what} to a later stage or a higher runOrder" if reader.action else "",
        )
    else:
        known = _known_keys(producer)
        if known is not None and reference.key not in known:
            yield Problem(
                rule="V-81",
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
