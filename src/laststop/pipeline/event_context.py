"""What events say of a run besides the fact they come from: gathered from the run's own earlier facts."""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from laststop.words.artifact import Artifact
from laststop.words.fact import ActionFact, Fact, StageFact
from laststop.words.facts_pipeline import ActionStarted, RunStarted, StageEntered, StageRetried
from laststop.words.instants import Instant


class ActionContext(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt as it began."""

    started_at: Instant
    provider: str
    inputs: tuple[Artifact, ...]


class RunContext(msgspec.Struct, frozen=True, kw_only=True):
    """A run as far as its facts were followed; `stage` is the one it is inside of, `attempt` counts retries.

    A run whose beginning is no longer in the journal has no `started_at`, and version 0.
    """

    pipeline_version: int = 0
    started_at: Instant | None = None
    trigger_type: str = ""
    trigger_detail: str = ""
    attempt: int = 1
    stage: str = ""
    retried_at: dict[str, Instant] = {}
    actions: dict[tuple[str, str, int], ActionContext] = {}

    def action(self, fact: ActionFact) -> ActionContext | None:
        """The attempt a fact is about."""
        return self.actions.get((fact.stage, fact.action, fact.attempt))


def follow(context: RunContext, fact: Fact) -> RunContext:
    """What is known of the run after one more of its facts."""
    if isinstance(fact, RunStarted):
        return replace(
            context,
            pipeline_version=fact.pipeline_version,
            started_at=fact.at,
            trigger_type=fact.trigger,
            trigger_detail=fact.detail or fact.cause,
        )
    if isinstance(fact, StageEntered):
        return replace(context, stage=fact.stage)
    if isinstance(fact, StageRetried):
        return replace(
            context,
            stage=fact.stage,
            attempt=context.attempt + 1,
            retried_at={**context.retried_at, fact.stage: fact.at},
        )
    if isinstance(fact, ActionStarted):
        began = ActionContext(started_at=fact.at, provider=fact.provider, inputs=fact.inputs)
        key = (fact.stage, fact.action, fact.attempt)
        return replace(context, actions={**context.actions, key: began})
    if isinstance(fact, StageFact) and fact.kind in _LEFT and fact.stage == context.stage:
        return replace(context, stage="")
    return context


_LEFT = frozenset({"stage.succeeded", "stage.failed", "stage.stopped", "stage.cancelled", "stage.skipped"})


def followed(facts: Iterable[Fact]) -> RunContext:
    """What is known of a run after all of these facts."""
    context = RunContext()
    for fact in facts:
        context = follow(context, fact)
    return context
