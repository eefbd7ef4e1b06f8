"""How facts about attempts and conditions change the state."""

from msgspec.structs import replace

from laststop.pipeline.due import APPROVAL
from laststop.pipeline.state import ActionRun, ConditionRun, State
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as f
from laststop.words.fact import ActionFact

TOKENS_MAX = 50
"""So many approvals that an update took back are remembered, to tell people why their answer is too late."""


def _with_action(state: State, fact: ActionFact, action: ActionRun) -> State:
    run = state.runs[fact.run]
    inside = {**run.actions.get(fact.stage, {}), fact.action: action}
    return state.with_run(replace(run, actions={**run.actions, fact.stage: inside}))


def action_started(state: State, fact: f.ActionStarted) -> State:
    """One more attempt."""
    action = ActionRun(
        attempt=fact.attempt,
        status="InProgress",
        provider=fact.provider,
        configuration=fact.configuration,
        commands=fact.commands,
        environment=fact.environment,
        inputs=fact.inputs,
        outputs=fact.outputs,
        started_at=fact.at,
        deadline_at=fact.deadline_at,
    )
    return _with_action(state, fact, action)


def action_changed(state: State, fact: ActionFact) -> State:
    """The newest attempt goes on or ends; facts about an earlier one change nothing."""
    run = state.runs[fact.run]
    action = run.actions.get(fact.stage, {}).get(fact.action)
    if action is None or action.attempt != fact.attempt:
        return state
    match fact:
        case f.ActionContinued():
            action = replace(action, job=fact.job, token=fact.token, deadline_at=fact.deadline_at)
        case f.ActionSucceeded():
            action = replace(
                action,
                status="Succeeded",
                token="",
                artifacts=fact.artifacts,
                variables=fact.variables,
                revision=fact.revision,
            )
        case f.ActionFailed():
            action = replace(action, status="Failed", token="", code=fact.failure.code)
        case _:
            action = replace(action, status="Abandoned", token="")
            if run.outdated and action.provider == APPROVAL:
                tokens = (*state.outdated_tokens, fact.key.id)[-TOKENS_MAX:]
                state = replace(state, outdated_tokens=tokens)
    return _with_action(state, fact, action)


def condition_started(state: State, fact: g.ConditionStarted) -> State:
    """A condition is examined, for the first time or again."""
    return _with_condition(state, fact, ConditionRun(attempt=fact.attempt, status="InProgress"))


def condition_ended(state: State, fact: g.ConditionEnded) -> State:
    """What the examination came to."""
    return _with_condition(state, fact, ConditionRun(attempt=fact.attempt, status=fact.status))


def _with_condition(state: State, fact: g.ConditionFact, condition: ConditionRun) -> State:
    run = state.runs[fact.run]
    around = {**run.conditions.get(fact.stage, {}), fact.gate: condition}
    return state.with_run(replace(run, conditions={**run.conditions, fact.stage: around}))
