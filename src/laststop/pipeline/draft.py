"""A decision while it is being made: the facts so far, and the state they lead to."""

from typing import Any

import msgspec

from laststop.errors import InvariantError
from laststop.pipeline.declaration import Action, Pipeline, Rule, Stage
from laststop.pipeline.evolve import evolve
from laststop.pipeline.state import ActionRun, Run, State
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
        """The current declaration; only asked for once there is one."""
        if self.state.declaration is None:
            raise InvariantError("a rule ran before the pipeline was declared")
        return self.state.declaration

    def definition(self, run: Run) -> Pipeline:
        """The declaration a run is pinned to."""
        definition = self.state.definition(run)
        if definition is None:
            raise InvariantError(f"run {run.id} is pinned to version {run.version}, which is gone")
        return definition

    def declared_stage(self, run: Run, name: str) -> Stage:
        """A stage as a run's own declaration has it."""
        stage = self.definition(run).stage(name)
        if stage is None:
            raise InvariantError(f"run {run.id} is at {name}, which its declaration does not have")
        return stage

    def declared(self, key: AttemptKey) -> Action | Rule:
        """The declaration of an attempt's action or rule."""
        stage = self.declared_stage(self.state.runs[key.run], key.stage)
        declared = stage.rule(key.action) if ":" in key.action else stage.action(key.action)
        if declared is None:
            raise InvariantError(f"{key.text} runs, but its action is not declared")
        return declared

    def declare(self, declaration: Pipeline) -> None:
        """The next version of the pipeline."""
        self.tell(
            f.PipelineDeclared, version=self.state.version + 1, declaration=msgspec.to_builtins(declaration)
        )

    def wait(self, run: RunId, stage: str) -> None:
        """A run comes to the way into a stage.

        In SUPERSEDED mode one waits there: of two, the older one is superseded, by whichever way it came.
        """
        if self.state.runs[run].mode == "SUPERSEDED":
            for waiting in self.state.stage(stage).inbound:
                arriving_is_newer = self.state.runs[run].ordinal > self.state.runs[waiting].ordinal
                older, newer = (waiting, run) if arriving_is_newer else (run, waiting)
                self.tell(f.RunSuperseded, run=older, by=newer)
                if older == run:
                    return
        self.tell(f.RunWaiting, run=run, stage=stage)

    def abandon(self, attempts: dict[str, ActionRun], run: RunId, stage: str) -> None:
        """Give up those of some attempts that are in progress."""
        for name, action in attempts.items():
            if action.status == "InProgress":
                key = AttemptKey(run=run, stage=stage, action=name, attempt=action.attempt)
                self.tell_action(f.ActionAbandoned, key)
