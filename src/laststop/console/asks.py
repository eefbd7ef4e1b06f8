"""What a run asks of people, and what its conditions said: for the page of a run."""

import msgspec

from laststop.homes.embedded.runs import AttemptRow, RunRow, StageRow
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.catalogue import APPROVAL
from laststop.pipeline.state import State
from laststop.words.ids import RunId
from laststop.words.instants import Instant

_SQL = load("console.sql")
GATES = {"beforeEntry": "before entry", "onSuccess": "on success", "onFailure": "on failure"}
OVERRIDES = {"beforeEntry": "BEFORE_ENTRY", "onSuccess": "ON_SUCCESS"}
_LINKS = ("https://", "http://")


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A manual approval that waits for a word; `link` is safe to follow, or empty."""

    stage: str
    action: str
    token: str
    text: str
    link: str
    since: Instant
    until: Instant


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule of a condition said."""

    name: str
    status: str
    said: str


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition of a stage as it was examined last; `override` is empty where nothing can be overridden."""

    stage: str
    gate: str
    status: str
    reason: str
    result: str
    override: str
    rules: tuple[RuleLine, ...]


def action_words(action: str) -> str:
    """An action's name; of a rule, with the condition it belongs to: `Go, before entry`."""
    gate, colon, name = action.partition(":")
    return f"{name}, {GATES[gate]}" if colon and gate in GATES else action


def approvals_of(state: State, run: RunId) -> tuple[Approval, ...]:
    """What waits for a word in a run."""
    kept = state.runs.get(run)
    if kept is None:
        return ()
    return tuple(
        Approval(
            stage=key.stage,
            action=key.action,
            token=key.id,
            text=action.configuration.get("CustomData", ""),
            link=_safe(action.configuration.get("ExternalEntityLink", "")),
            since=action.started_at,
            until=action.deadline_at,
        )
        for key, action in kept.open_attempts()
        if action.provider == APPROVAL
    )


def conditions_of(view: View, run: RunId, attempts: tuple[AttemptRow, ...]) -> tuple[Condition, ...]:
    """The conditions that a run came to, in the order they were examined."""
    return tuple(
        Condition(
            stage=stage,
            gate=GATES[gate],
            status=status,
            reason=reason,
            result=result,
            override=OVERRIDES.get(gate, "") if status == "InProgress" else "",
            rules=_rules(stage, gate, attempts),
        )
        for stage, gate, status, result, reason in view.connection.execute(_SQL["conditions"], (run,))
    )


def ways_back(state: State, row: RunRow, stages: tuple[StageRow, ...]) -> tuple[str, ...]:
    """The stages that may go back to what this run had there, as far as the page can tell."""
    declared = state.declaration.stages if state.declaration else ()
    if row.target is not None or not declared or state.declaration is None:
        return ()
    if state.declaration.execution_mode == "PARALLEL":
        return ()
    done = {each.stage for each in stages if each.status == "Succeeded"}
    return tuple(
        stage.name
        for stage in declared[1:]
        if stage.name in done and state.stage(stage.name).latest not in (None, row.id)
    )


def _rules(stage: str, gate: str, attempts: tuple[AttemptRow, ...]) -> tuple[RuleLine, ...]:
    """The newest attempt at each rule of a condition."""
    newest: dict[str, RuleLine] = {}
    for each in attempts:
        where, colon, name = each.action.partition(":")
        if colon and (each.stage, where) == (stage, gate):
            said = each.failure.message if each.failure else each.summary
            newest[name] = RuleLine(name=name, status=each.status, said=said)
    return tuple(newest.values())


def _safe(link: str) -> str:
    """A link that a browser may follow; anything that could run in the page is none."""
    return link if link.lower().startswith(_LINKS) else ""
