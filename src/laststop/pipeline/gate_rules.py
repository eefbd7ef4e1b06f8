"""Rules for the gates of a stage: `beforeEntry`, `onSuccess`, `onFailure`, and the conditions at them."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from laststop.pipeline import limits
from laststop.pipeline.condition_rules import rule_problems
from laststop.pipeline.declaration import Condition, Pipeline, Rule, Stage
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, Trail, did_you_mean, quoted
from laststop.pipeline.structure_rules import named

Gate = Literal["beforeEntry", "onSuccess", "onFailure"]
Producers = Mapping[str, PlacedAction]
"""Artifact name -> the action that makes it."""

_RESULTS: Final[dict[Gate, tuple[str, ...]]] = {
    "beforeEntry": ("FAIL", "SKIP"),
    "onSuccess": ("FAIL", "ROLLBACK"),
    "onFailure": ("ROLLBACK",),
}
_MAY_SKIP: Final = ("Rule/AWS/VariableCheck/1", "Rule/AWS/LambdaInvoke/1")


def conditions_at(stage: Stage) -> Iterator[tuple[Gate, tuple[Condition, ...]]]:
    """Every gate the stage declares, with its conditions."""
    if stage.before_entry is not None:
        yield "beforeEntry", stage.before_entry.conditions
    if stage.on_success is not None:
        yield "onSuccess", stage.on_success.conditions
    if stage.on_failure is not None and stage.on_failure.conditions:
        yield "onFailure", stage.on_failure.conditions


def placed_rules(pipeline: Pipeline) -> Iterator[tuple[Trail, Rule]]:
    """Every rule of every condition, with the way to it."""
    for index, stage in enumerate(pipeline.stages):
        for gate, conditions in conditions_at(stage):
            for number, condition in enumerate(conditions):
                for place, rule in enumerate(condition.rules):
                    yield ("stages", index, gate, "conditions", number, "rules", place), rule


def gate_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Everything wrong with what stands around the actions of a stage."""
    producers = {
        artifact.name: placed
        for placed in placed_actions(pipeline)
        for artifact in placed.action.output_artifacts
    }
    for index, stage in enumerate(pipeline.stages):
        yield from _on_failure(pipeline, stage, index)
        for gate, conditions in conditions_at(stage):
            path: Trail = ("stages", index, gate)
            if pipeline.pipeline_type == "V1":
                yield Problem(
                    rule="V-34",
                    path=path,
                    message="conditions of a stage need a pipeline of type V2",
                    hint='write pipelineType: "V2"',
                )
            if len(conditions) != limits.CONDITIONS_MAX:
                yield Problem(
                    rule="V-31",
                    path=(*path, "conditions"),
                    message=f"a gate has exactly one condition, not {len(conditions)}",
                    hint="several rules may stand in one condition; all of them must pass",
                )
            for number, condition in enumerate(conditions):
                inside = (*path, "conditions", number)
                yield from _result(pipeline, condition, gate, index, inside)
                yield from _rules(condition, gate, index, inside, producers)


def _on_failure(pipeline: Pipeline, stage: Stage, index: int) -> Iterator[Problem]:
    rule = stage.on_failure
    path: Trail = ("stages", index, "onFailure")
    if rule is None:
        return
    if rule.result is not None and rule.conditions:
        yield Problem(
            rule="V-27",
            path=path,
            message="it has a result and conditions; only one of them can decide",
            hint="keep result, or give the condition a result",
        )
    if rule.retry_configuration is not None and rule.result != "RETRY":
        yield Problem(
            rule="V-26", path=(*path, "retryConfiguration"), message='it goes only with result: "RETRY"'
        )
    elif rule.result is None and not rule.conditions:
        yield Problem(
            rule="V-98", path=path, message="it names no result, so it does nothing", severity="warning"
        )
    if rule.result in ("FAIL", "SKIP"):
        yield Problem(
            rule="V-28",
            path=(*path, "result"),
            message=f"a stage that failed cannot answer with {rule.result}",
            hint='write "ROLLBACK" or "RETRY"',
        )
    if rule.result == "ROLLBACK":
        yield from _rollback(pipeline, index, (*path, "result"))


def _rollback(pipeline: Pipeline, index: int, path: Trail) -> Iterator[Problem]:
    if index == 0:
        yield Problem(
            rule="V-29", path=path, message="the stage that reads the sources cannot be rolled back"
        )
    elif pipeline.execution_mode == "PARALLEL":
        yield Problem(rule="V-30", path=path, message="there is no rollback in PARALLEL mode")


def _result(
    pipeline: Pipeline, condition: Condition, gate: Gate, index: int, path: Trail
) -> Iterator[Problem]:
    fitting = _RESULTS[gate]
    if condition.result is None:
        yield Problem(
            rule="V-33",
            path=path,
            message='the key "result" is missing',
            hint=f"at {gate} it is {' or '.join(fitting)}",
        )
    elif condition.result not in fitting:
        yield Problem(
            rule="V-33",
            path=(*path, "result"),
            message=f"{condition.result} is no result at {gate}",
            hint=f"write {' or '.join(fitting)}",
        )
    elif condition.result == "ROLLBACK":
        yield from _rollback(pipeline, index, (*path, "result"))


def _rules(
    condition: Condition, gate: Gate, stage: int, path: Trail, producers: Producers
) -> Iterator[Problem]:
    if not 1 <= len(condition.rules) <= limits.RULES_MAX:
        yield Problem(
            rule="V-32",
            path=(*path, "rules"),
            message=f"a condition has 1 to {limits.RULES_MAX} rules, not {len(condition.rules)}",
        )
    seen: set[str] = set()
    for index, rule in enumerate(condition.rules):
        inside = (*path, "rules", index)
        yield from named(rule.name, (*inside, "name"), "a rule")
        if rule.name in seen:
            yield Problem(
                rule="V-35",
                path=(*inside, "name"),
                message=f"another rule of this condition is called {quoted(rule.name)}",
            )
        seen.add(rule.name)
        yield from rule_problems(rule, inside)
        if condition.result == "SKIP" and rule.rule_type_id.text not in _MAY_SKIP:
            yield Problem(
                rule="V-38",
                path=(*inside, "ruleTypeId"),
                message=f"{rule.rule_type_id.provider} cannot judge whether to skip",
                hint="with SKIP use VariableCheck or LambdaInvoke",
            )
        yield from _inputs(rule, gate, stage, inside, producers)


def _inputs(rule: Rule, gate: Gate, stage: int, path: Trail, producers: Producers) -> Iterator[Problem]:
    for index, artifact in enumerate(rule.input_artifacts):
        producer = producers.get(artifact.name)
        ready = producer is not None and (
            producer.stage < stage or (gate != "beforeEntry" and producer.stage == stage)
        )
        if not ready:
            yield Problem(
                rule="V-42",
                path=(*path, "inputArtifacts", index),
                message=f"no action before this gate surely makes {quoted(artifact.name)}",
                hint=did_you_mean(artifact.name, [n for n, p in producers.items() if p.stage < stage]),
            )
