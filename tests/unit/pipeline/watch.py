"""What must be true of a pipeline, told by its facts alone.

It never looks at the rules or at the state; where it differs from them, one of the two is wrong.
"""

from collections import Counter
from datetime import timedelta

import msgspec

from laststop.pipeline.declaration import Pipeline
from laststop.words import facts_pipeline as f
from laststop.words.bill import Bill
from laststop.words.fact import ActionFact, Fact, RunFact
from laststop.words.ids import RunId
from unit.pipeline.bench import MORNING


class Watch:
    """What must be true, told by the facts alone."""

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()
        self.at = MORNING - timedelta(days=365)
        self.declaration: Pipeline | None = None
        self.order: list[RunId] = []
        self.ends: dict[RunId, str] = {}
        self.bills: dict[RunId, Bill] = {}
        self.closed: set[str] = set()
        self.inside: dict[str, RunId] = {}
        self.rests: dict[str, RunId] = {}
        self.stopping: set[RunId] = set()
        self.outdated: set[RunId] = set()
        self.open: dict[tuple[RunId, str, str], int] = {}
        self.done: set[tuple[RunId, str, str]] = set()
        self.failed: set[tuple[RunId, str, str]] = set()
        self.attempts: Counter[tuple[RunId, str, str]] = Counter()
        self.automatic: Counter[tuple[RunId, str]] = Counter()

    def see(self, fact: Fact) -> None:
        self.told[fact.kind] += 1
        assert fact.at >= self.at, "time ran backwards"
        self.at = fact.at
        if isinstance(fact, f.ReportIgnored):
            return
        if isinstance(fact, ActionFact):
            self._action(fact)
        elif isinstance(fact, RunFact):
            self._run(fact)
        elif isinstance(fact, f.PipelineDeclared):
            self.declaration = msgspec.convert(fact.declaration, Pipeline)
            self.closed &= {each.name for each in self.declaration.stages}
            self.rests.clear()
            assert set(self.inside.values()) <= self.outdated, "the pipeline changed under its runs"
        elif isinstance(fact, f.TransitionSet):
            (self.closed.discard if fact.enabled else self.closed.add)(fact.stage)

    def _action(self, fact: ActionFact) -> None:
        key = (fact.run, fact.stage, fact.action)
        if isinstance(fact, f.ActionStarted):
            assert self.inside.get(fact.stage) == fact.run, "an action began outside its stage's lock"
            assert fact.run not in self.stopping, "an action began although the run is being stopped"
            assert fact.run not in self.outdated, "an action began although the pipeline was updated"
            assert key not in self.open, "an action began twice at once"
            self.attempts[key] += 1
            assert fact.attempt == self.attempts[key], "an attempt's number was skipped or used twice"
            self._after_the_groups_before(fact)
            self.done.discard(key)
            self.failed.discard(key)
            self.open[key] = 0
            return
        assert key in self.open, "what had ended, ended or went on again"
        if isinstance(fact, f.ActionContinued):
            self.open[key] += 1
            assert fact.job == self.open[key]
            return
        del self.open[key]
        if isinstance(fact, f.ActionSucceeded):
            self.done.add(key)
        elif isinstance(fact, f.ActionFailed):
            self.failed.add(key)

    def _after_the_groups_before(self, fact: f.ActionStarted) -> None:
        declared = self.declaration.stage(fact.stage) if self.declaration else None
        mine = declared.action(fact.action) if declared else None
        assert declared is not None
        assert mine is not None
        before = [each.name for each in declared.actions if each.run_order < mine.run_order]
        assert all((fact.run, fact.stage, name) in self.done for name in before), "a group overtook another"

    def _run(self, fact: RunFact) -> None:  # noqa: C901, PLR0912 one arm per kind
        run = fact.run
        assert self.ends.get(run) not in {"superseded", "succeeded", "cancelled"}, "an ended run went on"
        match fact:
            case f.RunStarted():
                assert run not in self.order
                assert self.free() or not fact.automatic, "a run was decided too early"
                self.order.append(run)
            case f.BillClosed():
                assert run not in self.bills, "a bill was closed twice"
                self.bills[run] = fact.bill
            case f.RunSuperseded():
                assert run not in self.inside.values(), "a run was superseded inside a stage"
                assert self.order.index(fact.by) > self.order.index(run), (
                    "an older run superseded a newer one"
                )
                self.ends[run] = "superseded"
            case f.RunSucceeded():
                self.ends[run] = "succeeded"
            case f.RunCancelled():
                assert run not in self.ends, "a run at rest was cancelled"
                self.ends[run] = "cancelled"
                assert run not in self.inside.values(), "a run was cancelled inside a stage"
                assert not [key for key in self.open if key[0] == run], "a run ended under its actions"
                self.stopping.discard(run)
            case f.RunOutdated():
                assert run in self.inside.values(), "a run that waits is cancelled at once"
                self.outdated.add(run)
            case f.RunStopping():
                self.stopping.add(run)
            case f.RunFailed() | f.RunStopped():
                self.ends[run] = "failed" if isinstance(fact, f.RunFailed) else "stopped"
                self.stopping.discard(run)
                self.failed = {key for key in self.failed if key[0] != run}
                assert not [key for key in self.open if key[0] == run], "a run ended under its actions"
            case f.StageEntered():
                assert fact.stage not in self.inside, "a stage was entered twice"
                assert fact.stage not in self.closed, "a closed way was taken"
                self.inside[fact.stage] = run
                self.rests.pop(fact.stage, None)
            case f.StageRetried():
                assert self.inside.get(fact.stage, run) == run, "a retry took a lock from another run"
                self._retried(fact)
            case f.StageCancelled():
                assert run in self.outdated, "a stage was cancelled without an update"
                assert self.inside.pop(fact.stage) == run, "a run left a stage it was not in"
            case f.StageSucceeded() | f.StageFailed() | f.StageStopped():
                assert run not in self.outdated, "a run left a stage as if the pipeline were as it was"
                assert self.inside.pop(fact.stage) == run, "a run left a stage it was not in"
                if not isinstance(fact, f.StageSucceeded):
                    self.rests[fact.stage] = run
            case _:
                assert isinstance(fact, f.RunWaiting), f"{fact.kind} is not watched"

    def _retried(self, fact: f.StageRetried) -> None:
        self.inside[fact.stage] = fact.run
        self.rests.pop(fact.stage, None)
        self.ends.pop(fact.run, None)
        if fact.mode == "ALL_ACTIONS":
            again = (fact.run, fact.stage)  # what failed, too, waits for its group like all the others
            self.done = {key for key in self.done if key[:2] != again}
            self.failed = {key for key in self.failed if key[:2] != again}
        if fact.automatic:
            self.automatic[fact.run, fact.stage] += 1
            assert self.automatic[fact.run, fact.stage] == 1, "a second automatic retry"

    def free(self) -> bool:
        """Nobody reads the sources or builds, nobody waits anywhere, and both ways are open."""
        assert self.declaration is not None
        first_two = {each.name for each in self.declaration.stages[:2]}
        nobody_waits = set(self.live()) == set(self.inside.values())
        return nobody_waits and not first_two & (self.inside.keys() | self.closed)

    def live(self) -> list[RunId]:
        return [run for run in self.order if run not in self.ends]
