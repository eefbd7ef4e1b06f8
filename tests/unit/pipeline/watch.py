"""What must be true of a pipeline, told by its facts alone.

It never looks at the rules or at the state; where it differs from them, one of the two is wrong.
"""

from collections import Counter
from datetime import timedelta

import msgspec

from laststop.pipeline.declaration import Pipeline
from laststop.words import facts_gates as g
from laststop.words import facts_pipeline as f
from laststop.words.bill import Bill
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.ids import RunId
from unit.pipeline.bench import MORNING

FOR_GOOD = {"superseded", "succeeded", "cancelled"}
MONTH = timedelta(days=30)


class Watch:
    """What must be true, told by the facts alone.

    `arrows` counts every step a run took: (where it stood, the kind of fact).
    """

    def __init__(self) -> None:
        self.told: Counter[str] = Counter()
        self.arrows: Counter[tuple[str, str]] = Counter()
        self.place: dict[RunId, str] = {}
        self.at = MORNING - timedelta(days=365)
        self.version = 0
        self.declarations: dict[int, Pipeline] = {}
        self.order: list[RunId] = []
        self.versions: dict[RunId, int] = {}
        self.rollbacks: set[RunId] = set()
        self.ends: dict[RunId, str] = {}
        self.bills: dict[RunId, Bill] = {}
        self.closed: set[str] = set()
        self.set_at: dict[str, object] = {}
        self.stage: dict[RunId, str] = {}
        self.inside: set[RunId] = set()
        self.queues: dict[str, list[RunId]] = {}
        self.asleep: set[RunId] = set()
        self.latest: dict[str, RunId] = {}
        self.rests: dict[RunId, str] = {}
        self.stopping: set[RunId] = set()
        self.outdated: set[RunId] = set()
        self.open: dict[tuple[RunId, str, str], int] = {}
        self.done: set[tuple[RunId, str, str]] = set()
        self.failed: set[tuple[RunId, str, str]] = set()
        self.attempts: Counter[tuple[RunId, str, str]] = Counter()
        self.automatic: Counter[tuple[RunId, str]] = Counter()
        self.examined: dict[tuple[RunId, str, str], str] = {}

    @property
    def declaration(self) -> Pipeline:
        return self.declarations[self.version]

    def declared(self, run: RunId) -> Pipeline:
        return self.declarations[self.versions[run]]

    def locks(self, run: RunId) -> bool:
        return self.declared(run).execution_mode != "PARALLEL"

    def holder(self, stage: str) -> RunId | None:
        """The run that has a stage's lock."""
        held = [run for run in self.inside if self.stage[run] == stage and self.locks(run)]
        assert len(held) <= 1, "two runs hold one stage"
        return held[0] if held else None

    def see(self, fact: Fact) -> None:
        self.told[fact.kind] += 1
        assert fact.at >= self.at, "time ran backwards"
        self.at = fact.at
        if isinstance(fact, f.ReportIgnored):
            return
        if isinstance(fact, ActionFact):
            self._action(fact)
        elif isinstance(fact, g.ConditionFact):
            self._condition(fact)
        elif isinstance(fact, RunFact):
            self._run(fact)
        elif isinstance(fact, f.PipelineDeclared):
            self._declared(fact)
        elif isinstance(fact, f.TransitionSet):
            self._transition(fact)

    def _declared(self, fact: f.PipelineDeclared) -> None:
        assert fact.version == self.version + 1, "a version was skipped"
        self.version = fact.version
        self.declarations[fact.version] = msgspec.convert(fact.declaration, Pipeline)
        names = {each.name for each in self.declaration.stages}
        self.closed &= names | {self.stage[run] for run in self.inside if self.locks(run)}
        self.rests.clear()
        self.latest.clear()
        for run in self.live():
            assert run in self.outdated or not self.locks(run), "the pipeline changed under its runs"

    def _transition(self, fact: f.TransitionSet) -> None:
        waits = {run for run in self.live() if run not in self.inside and self.stage[run] == fact.stage}
        before = self.set_at.get(fact.stage)
        late = fact.enabled and before is not None and fact.at - before > MONTH  # type: ignore[operator]
        assert set(fact.dormant) == (waits if late else set()), "the wrong ones fell asleep"
        self.asleep |= set(fact.dormant)
        self.set_at[fact.stage] = fact.at
        (self.closed.discard if fact.enabled else self.closed.add)(fact.stage)

    def _action(self, fact: ActionFact) -> None:
        key = (fact.run, fact.stage, fact.action)
        if isinstance(fact, f.ActionStarted):
            self._started(fact)
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

    def _started(self, fact: f.ActionStarted) -> None:
        key = (fact.run, fact.stage, fact.action)
        assert fact.run in self.inside, "an action began outside its stage"
        assert self.stage[fact.run] == fact.stage, "an action began in another stage"
        assert fact.run not in self.stopping, "an action began although the run is being stopped"
        assert fact.run not in self.outdated, "an action began although the pipeline was updated"
        assert key not in self.open, "an action began twice at once"
        self.attempts[key] += 1
        assert fact.attempt == self.attempts[key], "an attempt's number was skipped or used twice"
        if ":" in fact.action:
            gate = fact.action.partition(":")[0]
            assert self.examined.get((fact.run, fact.stage, gate)) == "open", "a rule was asked for nothing"
        else:
            self._let_in(fact)
            self._after_the_groups_before(fact)
        self.done.discard(key)
        self.failed.discard(key)
        self.open[key] = 0
        at_once = [each for each in self.open if each[0] == fact.run and ":" not in each[2]]
        assert self.locks(fact.run) or len(at_once) <= 5, "more than five actions of a parallel run"

    def _let_in(self, fact: f.ActionStarted) -> None:
        stage = self.declared(fact.run).stage(fact.stage)
        assert stage is not None
        if stage.before_entry is not None and fact.run not in self.rollbacks:
            passed = self.examined.get((fact.run, fact.stage, "beforeEntry"))
            assert passed in {"Succeeded", "Overridden"}, "an action began before its condition had passed"

    def _after_the_groups_before(self, fact: f.ActionStarted) -> None:
        stage = self.declared(fact.run).stage(fact.stage)
        mine = stage.action(fact.action) if stage else None
        assert stage is not None
        assert mine is not None
        before = [each.name for each in stage.actions if each.run_order < mine.run_order]
        assert all((fact.run, fact.stage, name) in self.done for name in before), "a group overtook another"

    def _condition(self, fact: g.ConditionFact) -> None:
        key = (fact.run, fact.stage, fact.gate)
        assert fact.run not in self.rollbacks, "a condition stood in a way back"
        if isinstance(fact, g.ConditionEnded):
            assert self.examined.get(key) == "open", "a condition ended that was not examined"
            rules = [each for each in self.open if each[:2] == key[:2] and each[2].startswith(fact.gate)]
            assert not rules, "a condition ended before its rules"
            self.examined[key] = fact.status
        else:
            assert self.examined.get(key) not in {"open", "Succeeded", "Overridden"}, "it had passed"
            assert fact.run in self.inside
            self.examined[key] = "open"

    def _run(self, fact: RunFact) -> None:
        run = fact.run
        self.arrows[self.place.get(run, "nowhere"), fact.kind] += 1
        assert self.ends.get(run) not in FOR_GOOD, "an ended run went on"
        match fact:
            case f.RunStarted():
                self._begins(fact)
            case f.BillClosed():
                assert run not in self.bills, "a bill was closed twice"
                self.bills[run] = fact.bill
                return
            case f.RunOutdated():
                assert run in self.inside, "a run that waits is cancelled at once"
                self.outdated.add(run)
            case f.RunStopping():
                self.stopping.add(run)
            case StageFact() if not isinstance(fact, f.RunFailed):
                self._moves(fact)
            case _:
                self._ends(fact)
        self.place[run] = self._place(fact)

    def _place(self, fact: RunFact) -> str:
        """Where a run stands after a fact, in a word."""
        match fact:
            case f.RunStarted():
                return "begun"
            case f.RunWaiting():
                return "waits"
            case f.StageEntered() | f.StageRetried():
                return "inside"
            case f.RunOutdated():
                return "outdated"
            case f.RunStopping() if fact.run in self.outdated:
                return "outdated"
            case f.RunStopping():
                return "stopping" if fact.run in self.inside else "waits, stopping"
            case StageFact() if not isinstance(fact, f.RunFailed):
                return f"{fact.kind.partition('.')[2]} there"
            case _:
                return f"{fact.kind.partition('.')[2]}{', rests' if fact.run in self.rests else ''}"

    def _begins(self, fact: f.RunStarted) -> None:
        run = fact.run
        assert run not in self.order
        assert fact.pipeline_version == self.version
        if fact.execution_type == "ROLLBACK":
            assert self.declaration.execution_mode != "PARALLEL", "a parallel run was rolled back"
            assert fact.target not in self.rollbacks
            self.rollbacks.add(run)
        else:
            assert self.free() or not fact.automatic, "a run was decided too early"
        self.order.append(run)
        self.versions[run] = self.version

    def _moves(self, fact: StageFact) -> None:
        run, stage = fact.run, fact.stage
        match fact:
            case f.RunWaiting():
                assert run not in self.inside
                self.asleep -= {each for each in self.live() if self.stage.get(each) == stage}
                self.stage[run] = stage
                self.queues.setdefault(stage, []).append(run)
            case f.StageEntered():
                self._enters(run, stage)
            case f.StageRetried():
                self._retried(fact)
            case f.StageCancelled():
                assert run in self.outdated, "a stage was cancelled without an update"
                self.inside.remove(run)
            case _:
                assert run not in self.outdated, "a run left a stage as if the pipeline were as it was"
                self.inside.remove(run)

    def _enters(self, run: RunId, stage: str) -> None:
        assert run in self.rollbacks or stage not in self.closed, "a closed way was taken"
        assert run not in self.asleep, "a sleeper walked"
        if self.locks(run):
            assert self.holder(stage) is None, "a stage was entered twice"
            queue = [each for each in self.queues.get(stage, []) if self.locks(each)]
            assert run in self.rollbacks or queue[0] == run, "somebody jumped the queue"
            self.latest[stage] = run
            self.rests = {
                each: where for each, where in self.rests.items() if where != stage or not self.locks(each)
            }
        if run not in self.rollbacks:
            self.queues[stage].remove(run)
        self.stage[run] = stage
        self.inside.add(run)

    def _ends(self, fact: RunFact) -> None:
        run = fact.run
        match fact:
            case f.RunSuperseded():
                assert self.declared(run).execution_mode == "SUPERSEDED", "nothing is given up in this mode"
                assert run not in self.inside, "a run was superseded inside a stage"
                assert self.order.index(fact.by) > self.order.index(run), "an older run superseded a newer"
                self.ends[run] = "superseded"
            case f.RunSucceeded():
                self.ends[run] = "succeeded"
            case f.RunCancelled():
                assert run in self.outdated or self.locks(run)
                assert run not in self.ends, "a run at rest was cancelled"
                self.ends[run] = "cancelled"
            case _:
                assert isinstance(fact, f.RunFailed | f.RunStopped), f"{fact.kind} is not watched"
                self.ends[run] = "failed" if isinstance(fact, f.RunFailed) else "stopped"
        assert run not in self.inside, "a run ended inside a stage"
        assert not [key for key in self.open if key[0] == run], "a run ended under its actions"
        was_inside = not any(run in queue for queue in self.queues.values())
        for queue in self.queues.values():
            if run in queue:
                queue.remove(run)
        self.stopping.discard(run)
        self.outdated.discard(run)
        self.asleep.discard(run)
        if self.ends[run] not in FOR_GOOD:
            self._comes_to_rest(run, was_inside=was_inside)

    def _comes_to_rest(self, run: RunId, *, was_inside: bool) -> None:
        stage = self.stage.get(run)
        current = self.versions[run] == self.version
        if stage is None or not was_inside or not current:
            return
        if not self.locks(run) or self.latest.get(stage) == run:
            self.rests[run] = stage

    def _retried(self, fact: f.StageRetried) -> None:
        run, stage = fact.run, fact.stage
        assert self.holder(stage) in (None, run) or not self.locks(run), "a retry took a lock from another"
        self.inside.add(run)
        self.stage[run] = stage
        self.rests.pop(run, None)
        self.ends.pop(run, None)
        again = (run, stage)
        for key in list(self.examined):
            passed = key[2] == "beforeEntry" and self.examined[key] in {"Succeeded", "Overridden"}
            if key[:2] == again and (fact.mode == "ALL_ACTIONS" or not passed):
                del self.examined[key]
        if fact.mode == "ALL_ACTIONS":  # what failed, too, waits for its group like all the others
            self.done = {key for key in self.done if key[:2] != again}
        self.failed = {key for key in self.failed if key[:2] != again or key in self.open}
        if fact.automatic:
            self.automatic[again] += 1
            assert self.automatic[again] == 1, "a second automatic retry"

    def free(self) -> bool:
        """Whether the mark may become a run."""
        stages = [each.name for each in self.declaration.stages]
        waits = [
            self.stage[run]
            for run in self.live()
            if run not in self.inside and run not in self.asleep and run in self.stage
        ]
        match self.declaration.execution_mode:
            case "SUPERSEDED":
                shut = [name for name in stages[:2] if name in self.closed or self.holder(name)]
                return not shut and not set(waits) & set(stages)
            case "QUEUED":
                return stages[0] not in waits
            case _:
                return True

    def live(self) -> list[RunId]:
        return [run for run in self.order if run not in self.ends]
