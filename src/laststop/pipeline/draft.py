"""A decision while it is being made: the facts so far, and the state they lead to."""

from typing import Any

import msgspec

from laststop.errors import InvariantError
from laststop.pipeline.declaration import Action, Pipeline
from laststop.pipeline.evolve import evolve
from laststop.pipeline.state import Run, State
from laststop.words import facts_pipeline as f
from laststop.words.fact import ActionFact, Fact, RunFact
from laststop.words.ids import AttemptKey, RunId
from laststop.words.instants import Instant


class Draft:
    """Collects facts; after each, `state` is what evolve makes of it, so rules see their own effects."""

    def __init__(self, state: State, now: Instant) -> None:
        """Begin with a state, at an instant that is not before its newest fact."""
        self.state = state
        self.now = now
        self.facts: list[Fact] = []

    def add(self, fact: Fact) -> None:
        """One more fact, seen by every rule from here on."""
        self.facts.append(fact)
        self.state = evolve(self.state, fact)

    def tell(self, kind: type[f.PipelineFact | RunFact], **fields: Any) -> None:
        """Add a fact of this pipeline, at this instant."""
        self.add(kind(at=self.now, pipeline=self.pipeline, **fields))

    def tell_action(self, kind: type[ActionFact], key: AttemptKey, **fields: Any) -> None:
        """Add a fact of one attempt, at this instant."""
        self.tell(kind, run=key.run, stage=key.stage, action=key.action, attempt=key.attempt, **fields)

    @property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self.state.pipeline

    @property
    def declaration(self) -> Pipeline:
        """The declaration; only asked for once there is one."""
        if self.state.declaration is None:
            raise InvariantError("a rule ran before the pipeline was declared")
        return self.state.declaration

    def declared(self, key: AttemptKey) -> Action:
        """The declaration of an attempt's action; runs never outlive the declaration they started with."""
        stage = self.declaration.stage(key.stage)
        action = stage.action(key.action) if stage else None
        if action is None:
            raise InvariantError(f"{key.text} runs, but its action is not declared")
        return action

    def declare(self, declaration: Pipeline) -> None:
        """The next version of the pipeline."""
        self.tell(
            f.PipelineDeclared, version=self.state.version + 1, declaration=msgspec.to_builtins(declaration)
        )

    def wait(self, run: RunId, stage: str) -> None:
        """A run comes to a stage's inbound slot; of two runs there, the older one is superseded."""
        waiting = self.state.stage(stage).inbound
        if waiting is not None:
            arriving_is_newer = self.state.runs[run].ordinal > self.state.runs[waiting].ordinal
            older, newer = (waiting, run) if arriving_is_newer else (run, waiting)
            self.tell(f.RunSuperseded, run=older, by=newer)
            if older == run:
                return
        self.tell(f.RunWaiting, run=run, stage=stage)

    def abandon_actions(self, run: Run) -> None:
        """Give up whatever a run has in progress."""
        for stage, actions in run.actions.items():
            for name, action in actions.items():
                if action.status == "InProgress":
                    self.tell_action(
                        f.ActionAbandoned,
                        AttemptKey(run=run.id, stage=stage, action=name, attempt=action.attempt),
                    )
