"""The conditions around a stage: their rules, what follows from them, and overriding them.

The rules of a condition are judged side by side, and all of them are waited for; a rule is an attempt like
that of an action. Before entry and on success, the condition's result follows when a rule says no. On failure
it follows when all rules say yes: AWS's documents say both, and people write "if this holds, go back".
Source: AWS CodePipeline user guide, "Configure conditions for a stage", read 2026-11.
"""

from laststop.pipeline.attempts import start_rule
from laststop.pipeline.declaration import Condition, Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.endings import leave_failed, skip
from laststop.pipeline.inputs import OverrideCondition, Refused
from laststop.pipeline.refusals import no_stage
from laststop.pipeline.state import Run
from laststop.pipeline.variable_check import PROVIDER as VARIABLE_CHECK
from laststop.pipeline.variable_check import check_variable
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as f
from laststop.words.facts_gates import Gate

_GATES: dict[str, Gate] = {"BEFORE_ENTRY": "beforeEntry", "ON_SUCCESS": "onSuccess"}


def is_asked(run: Run, stage: Stage, gate: Gate) -> bool:
    """Whether a condition stands there that the run has not passed. None stands in a way back."""
    if run.is_rollback or stage.condition(gate) is None:
        return False
    now = run.condition(stage.name, gate)
    return now is None or not now.passed


def examine(draft: Draft, run: Run, stage: Stage, gate: Gate) -> None:
    """Begin to examine a condition, or, when all its rules have ended, draw the conclusion."""
    condition = stage.condition(gate)
    if condition is None:
        return
    now = run.condition(stage.name, gate)
    if now is None or now.status != "InProgress":
        attempt = now.attempt + 1 if now else 1
        draft.tell(g.ConditionStarted, run=run.id, stage=stage.name, gate=gate, attempt=attempt)
        for rule in condition.rules:
            _judge(draft, run, stage, gate, rule.name)
        return
    if all(rule.status != "InProgress" for rule in run.at_gate(stage.name, gate).values()):
        _conclude(draft, run, stage, gate, condition, now.attempt)


def _judge(draft: Draft, run: Run, stage: Stage, gate: Gate, name: str) -> None:
    """Ask for a rule; one that compares a variable is judged at once."""
    rule = stage.rule(f"{gate}:{name}")
    if rule is None:
        return
    key = start_rule(draft, run, stage, gate, rule)
    asked = draft.state.runs[run.id].at_gate(stage.name, gate)[key.action]
    if asked.status != "InProgress" or asked.provider != VARIABLE_CHECK:
        return
    failure = check_variable(asked.configuration)
    if failure is None:
        draft.tell_action(f.ActionSucceeded, key)
    else:
        draft.tell_action(f.ActionFailed, key, failure=failure)


def _conclude(draft: Draft, run: Run, stage: Stage, gate: Gate, condition: Condition, attempt: int) -> None:
    rules = run.at_gate(stage.name, gate)
    no = [name for name, rule in rules.items() if rule.status != "Succeeded"]
    errored = any(rules[name].code != "JobFailed" for name in no)
    status: g.ConditionEnd = "Succeeded" if not no else "Errored" if errored else "Failed"
    follows = bool(no) != (gate == "onFailure")
    result = condition.result or "FAIL"
    reason = f"rule {no[0].partition(':')[2]} of {gate} did not pass" if no else ""
    draft.tell(
        g.ConditionEnded,
        run=run.id,
        stage=stage.name,
        gate=gate,
        attempt=attempt,
        status=status,
        result=result if follows else "",
        reason=reason,
    )
    if follows and result == "SKIP" and gate == "beforeEntry":
        skip(draft, run, stage)
    elif gate == "onFailure":
        leave_failed(draft, run, stage, result if follows else None)
    elif follows:
        leave_failed(draft, run, stage, result, reason=f"{stage.name}: {reason}")


def override_condition(draft: Draft, asked: OverrideCondition) -> Refused | None:
    """A condition that is being examined counts as passed; its rules are asked no longer."""
    if draft.declaration.stage(asked.stage) is None:
        return no_stage(asked.stage)
    run = draft.state.runs.get(asked.run)
    if (run is None or run.locks) and draft.state.stage(asked.stage).latest not in (None, asked.run):
        return Refused(
            code="NotLatestPipelineExecutionException",
            message=f"run {asked.run} is not the latest that entered {asked.stage}",
        )
    gate = _GATES[asked.gate]
    now = run.condition(asked.stage, gate) if run else None
    if run is None or now is None or now.status != "InProgress" or run.status != "InProgress":
        return _not_overridable(f"no condition {asked.gate} of {asked.stage} is being examined")
    condition = draft.declared_stage(run, asked.stage).condition(gate)
    if condition is not None and condition.result == "SKIP":
        return _not_overridable(f"a condition that skips {asked.stage} cannot be overridden")
    draft.abandon(run.at_gate(asked.stage, gate), run.id, asked.stage)
    draft.tell(
        g.ConditionEnded,
        run=run.id,
        stage=asked.stage,
        gate=gate,
        attempt=now.attempt,
        status="Overridden",
    )
    return None


def _not_overridable(message: str) -> Refused:
    return Refused(code="ConditionNotOverridableException", message=message)
