"""What the pipeline's facts do to the tables of runs, stages, attempts, conditions and declarations."""

import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from laststop.homes.embedded.store.statements import load
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as p
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.instants import instant_text

_SQL = load("projection.sql")

Execute = Callable[..., sqlite3.Cursor]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _declared(execute: Execute, _: int, fact: p.PipelineDeclared) -> None:
    execute(_SQL["define"], (fact.pipeline, fact.version, _json(fact.declaration), instant_text(fact.at)))


def _run_started(execute: Execute, _: int, fact: p.RunStarted) -> None:
    execute(
        _SQL["start_run"],
        (
            fact.run,
            fact.pipeline,
            fact.cause,
            instant_text(fact.at),
            fact.pipeline_version,
            fact.execution_type,
            fact.target,
            fact.trigger,
            fact.detail,
            fact.token,
            _json(fact.variables),
            _json(fact.overrides),
        ),
    )


def _run_waiting(execute: Execute, _: int, fact: p.RunWaiting) -> None:
    execute(_SQL["stage_waiting"], (fact.run, fact.stage, instant_text(fact.at)))
    execute(_SQL["run_stage"], (fact.stage, fact.run))


def _bill(execute: Execute, _: int, fact: p.BillClosed) -> None:
    execute(_SQL["run_bill"], (_json(fact.bill), fact.run))


def _run_ended(status: str) -> Callable[[Execute, int, RunFact], None]:
    def end(execute: Execute, _: int, fact: RunFact) -> None:
        execute(_SQL["run_status"], (status, instant_text(fact.at), _reason(fact), fact.run))
        if isinstance(fact, p.RunCancelled):
            execute(_SQL["abandon_attempts"], (instant_text(fact.at), fact.run))

    return end


def _reason(fact: RunFact) -> str:
    match fact:
        case p.RunSuperseded(by=by):
            return f"superseded by {by}"
        case p.RunFailed(reason=reason):
            return reason
        case _:
            return ""


def _run_stopping(execute: Execute, _: int, fact: p.RunStopping) -> None:
    execute(_SQL["run_status"], ("Stopping", None, fact.reason, fact.run))


def _run_stopped(execute: Execute, _: int, fact: p.RunStopped) -> None:
    """Why it was stopped stays with it."""
    execute(_SQL["stop_run"], (instant_text(fact.at), fact.run))


def _entered(execute: Execute, _: int, fact: p.StageEntered) -> None:
    execute(_SQL["stage_entered"], (fact.run, fact.stage, instant_text(fact.at)))
    execute(_SQL["run_stage"], (fact.stage, fact.run))


def _retried(execute: Execute, _: int, fact: p.StageRetried) -> None:
    trigger = "AutomatedStageRetry" if fact.automatic else "ManualStageRetry"
    counted = (int(fact.automatic), int(not fact.automatic), trigger, instant_text(fact.at))
    execute(_SQL["stage_retried"], (*counted, fact.run, fact.stage))
    execute(_SQL["run_status"], ("InProgress", None, "", fact.run))


def _stage_left(status: str) -> Callable[[Execute, int, StageFact], None]:
    def leave(execute: Execute, _: int, fact: StageFact) -> None:
        execute(_SQL["stage_left"], (status, instant_text(fact.at), fact.run, fact.stage))

    return leave


def _condition_started(execute: Execute, _: int, fact: g.ConditionStarted) -> None:
    execute(_SQL["start_condition"], (fact.run, fact.stage, fact.gate, fact.attempt, instant_text(fact.at)))


def _condition_ended(execute: Execute, _: int, fact: g.ConditionEnded) -> None:
    key = (fact.run, fact.stage, fact.gate, fact.attempt)
    execute(_SQL["end_condition"], (fact.status, fact.result, fact.reason, instant_text(fact.at), *key))


def _attempt_key(fact: ActionFact) -> tuple[str, str, str, int]:
    return (fact.run, fact.stage, fact.action, fact.attempt)


def _started(execute: Execute, _: int, fact: p.ActionStarted) -> None:
    asked = (_json(fact.configuration), _json(fact.inputs), _json(fact.outputs))
    execute(_SQL["start_attempt"], (*_attempt_key(fact), fact.provider, instant_text(fact.at), *asked))


def _continued(execute: Execute, _: int, fact: p.ActionContinued) -> None:
    execute(_SQL["continue_attempt"], (fact.job, fact.token, *_attempt_key(fact)))


def _succeeded(execute: Execute, _: int, fact: p.ActionSucceeded) -> None:
    execute(
        _SQL["succeed_attempt"],
        (
            instant_text(fact.at),
            _json(fact.artifacts),
            _json(fact.variables),
            fact.summary,
            fact.external_id,
            _json(fact.revision) if fact.revision else None,
            fact.by,
            *_attempt_key(fact),
        ),
    )


def _failed(execute: Execute, _: int, fact: p.ActionFailed) -> None:
    ended = ("Failed", instant_text(fact.at), _json(fact.failure), fact.by)
    execute(_SQL["end_attempt"], (*ended, *_attempt_key(fact)))


def _abandoned(execute: Execute, _: int, fact: p.ActionAbandoned) -> None:
    execute(_SQL["end_attempt"], ("Abandoned", instant_text(fact.at), None, "", *_attempt_key(fact)))


PIPELINE: dict[type[Fact], Callable[[Execute, int, Any], None]] = {
    p.PipelineDeclared: _declared,
    p.RunStarted: _run_started,
    p.RunWaiting: _run_waiting,
    p.BillClosed: _bill,
    p.RunSucceeded: _run_ended("Succeeded"),
    p.RunFailed: _run_ended("Failed"),
    p.RunStopped: _run_stopped,
    p.RunSuperseded: _run_ended("Superseded"),
    p.RunCancelled: _run_ended("Cancelled"),
    p.RunStopping: _run_stopping,
    p.StageEntered: _entered,
    p.StageRetried: _retried,
    p.StageSucceeded: _stage_left("Succeeded"),
    p.StageFailed: _stage_left("Failed"),
    p.StageSkipped: _stage_left("Skipped"),
    p.StageStopped: _stage_left("Stopped"),
    p.StageCancelled: _stage_left("Cancelled"),
    g.ConditionStarted: _condition_started,
    g.ConditionEnded: _condition_ended,
    p.ActionStarted: _started,
    p.ActionContinued: _continued,
    p.ActionSucceeded: _succeeded,
    p.ActionFailed: _failed,
    p.ActionAbandoned: _abandoned,
}
