"""Requesting an attempt at an action or a rule, with everything its provider needs."""

from collections.abc import Mapping

import msgspec

from laststop.errors import UsageError
from laststop.pipeline.declaration import Action, ArtifactName, Rule, Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.outputs import artifacts_of, outputs_of, promised_by
from laststop.pipeline.state import Run
from laststop.pipeline.timeouts import time_allowed
from laststop.pipeline.variables import Values, resolve, resolve_configuration
from laststop.words import facts_pipeline as f
from laststop.words.artifact import Artifact
from laststop.words.facts_gates import Gate
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt is asked with, variables resolved; or, in `problem`, why it cannot be."""

    configuration: dict[str, str]
    commands: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    inputs: tuple[Artifact, ...] = ()
    problem: str = ""


def start_action(draft: Draft, run: Run, stage: Stage, action: Action) -> None:
    """The next attempt at an action; what cannot be resolved fails it."""
    asked = _asked(draft, run, action, {each.name: each.value for each in action.environment_variables})
    key = _next_key(run, stage, action.name)
    _tell(
        draft, key, action, asked, action.action_type_id.text, tuple(a.name for a in action.output_artifacts)
    )


def start_rule(draft: Draft, run: Run, stage: Stage, gate: Gate, rule: Rule) -> AttemptKey:
    """The next attempt at a rule."""
    asked = _asked(draft, run, rule, {})
    key = _next_key(run, stage, f"{gate}:{rule.name}")
    _tell(draft, key, rule, asked, rule.rule_type_id.text, ())
    return key


def _next_key(run: Run, stage: Stage, name: str) -> AttemptKey:
    before = run.actions.get(stage.name, {}).get(name)
    return AttemptKey(run=run.id, stage=stage.name, action=name, attempt=before.attempt + 1 if before else 1)


def _tell(
    draft: Draft,
    key: AttemptKey,
    declared: Action | Rule,
    asked: _Asked,
    provider: str,
    outputs: tuple[str, ...],
) -> None:
    draft.tell_action(
        f.ActionStarted,
        key,
        provider=provider,
        configuration=asked.configuration,
        commands=asked.commands,
        environment=asked.environment,
        inputs=asked.inputs,
        outputs=outputs,
        deadline_at=draft.now + time_allowed(declared),
    )
    if asked.problem:
        failure = Failure(code="ConfigurationError", message=asked.problem)
        draft.tell_action(f.ActionFailed, key, failure=failure)


def _asked(draft: Draft, run: Run, declared: Action | Rule, environment: Mapping[str, str]) -> _Asked:
    values = _values(draft, run)
    made = artifacts_of(run)
    promised = promised_by(run)
    missing = [each.name for each in declared.input_artifacts if each.name not in promised]
    try:
        asked = _Asked(
            configuration=resolve_configuration(declared.configuration, values),
            commands=tuple(resolve(command, values) for command in declared.commands),
            environment={name: resolve(value, values) for name, value in environment.items()},
            inputs=_inputs(declared.input_artifacts, made),
        )
    except UsageError as unusable:
        return _Asked(configuration=declared.configuration, problem=str(unusable))
    if missing:
        problem = f"nothing has made the input {missing[0]}: its stage was skipped"
        return msgspec.structs.replace(asked, problem=problem)
    return asked


def _values(draft: Draft, run: Run) -> Values:
    """What `#{namespace.key}` may name: the run itself, its variables, and outputs of earlier actions."""
    return {
        **outputs_of(run, draft.definition(run)),
        "codepipeline": {"PipelineExecutionId": str(run.id)},
        "variables": run.variables,
    }


def _inputs(wanted: tuple[ArtifactName, ...], made: Mapping[str, Artifact]) -> tuple[Artifact, ...]:
    """The artifacts that are read, in declared order."""
    return tuple(made[each.name] for each in wanted if each.name in made)
