"""Whatever happens to a pipeline, in whatever order: its promises hold after every step.

The machine plays people, sources, providers, the clock and crashes against `decide` and `evolve`, and holds
what the state says against what `Watch` made of the facts.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from laststop.pipeline.decide import decide
from laststop.pipeline.declaration import Pipeline, Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.due import Command, due, next_deadline
from laststop.pipeline.evolve import evolve
from laststop.pipeline.inputs import (
    AnyInput,
    Begin,
    Continued,
    Declare,
    Refused,
    Report,
    Retry,
    SetTransition,
    Start,
    Stop,
    Succeeded,
    TimePassed,
    Want,
)
from laststop.pipeline.settle import settle
from laststop.pipeline.starts import wants_to_begin
from laststop.pipeline.state import State, decode_state, encode_state
from laststop.words import facts_pipeline as f
from laststop.words.bill import Bill, bill_of
from laststop.words.fact import Fact, RunFact
from laststop.words.facts import AnyFact, decode_fact, encode_fact
from laststop.words.facts_gates import ConditionFact
from laststop.words.ids import AttemptKey, RunId
from unit.pipeline.bench import BROKEN, MORNING, action, flow, revision, source, stage
from unit.pipeline.watch import Watch

SOURCES = ("frontend", "routing")
STAGES = ("Build", "Check", "Release")
ACTIONS = ("one", "two", "three")
Heads = dict[str, int]
"""Source -> how often it has changed."""


@st.composite
def later_stages(draw: st.DrawFn, name: str) -> Stage:
    orders = draw(st.lists(st.integers(1, 2), min_size=1, max_size=len(ACTIONS)))
    actions = tuple(action(each, run_order=order) for each, order in zip(ACTIONS, orders, strict=False))
    return stage(name, *actions, retries=draw(st.sampled_from(["", "FAILED_ACTIONS", "ALL_ACTIONS"])))


@st.composite
def declarations(draw: st.DrawFn) -> Pipeline:
    sources = SOURCES[: draw(st.integers(1, len(SOURCES)))]
    names = STAGES[: draw(st.integers(1, len(STAGES)))]
    first = stage("Source", *map(source, sources))
    return flow(first, *(draw(later_stages(name)) for name in names))


def bill_at(heads: Heads, declaration: Pipeline) -> Bill:
    return bill_of([revision(each.name, str(heads[each.name])) for each in declaration.sources()])


class Machine(RuleBasedStateMachine):
    """One pipeline, its journal, and an executor that is only a set of names."""

    def __init__(self) -> None:
        super().__init__()
        self.now = MORNING
        self.journal: list[bytes] = []
        self.state = State(pipeline="flow")
        self.stored = encode_state(self.state)
        self.watch = Watch()
        self.heads: Heads = dict.fromkeys(SOURCES, 1)
        self.news: Heads | None = None
        self.wanted_after = 0
        self.running: dict[str, Command] = {}
        self.issued: set[str] = set()
        self.past: list[Command] = []
        self.read: dict[str, Heads] = {}

    def ask(self, asked: AnyInput) -> tuple[Fact, ...] | Refused:
        """One step of an engine, without its I/O."""
        decided = decide(self.state, asked, self.now)
        if isinstance(decided, Refused):
            return decided
        stored = decode_state(self.stored)
        for fact in decided:
            event(fact.kind)
            self.journal.append(encode_fact(fact))
            self.watch.see(fact)
            self.state = evolve(self.state, fact)
            stored = evolve(stored, decode_fact(self.journal[-1]))
        self.stored = encode_state(stored)
        self._act()
        return decided

    def _act(self) -> None:
        wanted = {command.name: command for command in due(self.state)}
        for name in self.running.keys() - wanted.keys():
            self.past.append(self.running.pop(name))
        for name in wanted.keys() - self.running.keys():
            assert name not in self.issued, "a command was issued twice without a crash"
            self.issued.add(name)
            self.running[name] = wanted[name]
            self.read[name] = dict(self.heads)

    @initialize(declaration=declarations())
    def created(self, declaration: Pipeline) -> None:
        self.ask(Declare(declaration=declaration))
        self._noted()

    def _noted(self) -> None:
        """A wish was told: from here on, what the sources hold now must not be lost."""
        self.news = dict(self.heads)
        self.wanted_after = len(self.watch.order)

    @rule(name=st.sampled_from(SOURCES))
    def a_source_changes(self, name: str) -> None:
        self.heads[name] += 1
        self.somebody_rings()

    @rule()
    def somebody_rings(self) -> None:
        self.ask(Want(cause="news"))
        self._noted()

    @rule()
    def the_mark_may_become_a_run(self) -> None:
        may = self.state.wanted is not None and self.watch.free()
        facts = self.ask(Begin(run=self._draw(), heads=self._bill()))
        assert bool(facts) == may, "the mark became a run too early, or waited for nothing"
        for fact in facts:
            if isinstance(fact, f.StartDropped):
                assert self.watch.bills[fact.carried_by] == self._bill(), (
                    "dropped for a run that lacks the news"
                )

    @rule()
    def somebody_starts(self) -> None:
        self.ask(Start(run=self._draw(), cause="by hand"))

    def _draw(self) -> RunId:
        return RunId(f"run-{len(self.watch.order) + 1}")

    def _bill(self) -> Bill:
        assert self.state.declaration is not None
        return bill_at(self.heads, self.state.declaration)

    @rule(data=st.data(), how=st.sampled_from(["ok", "ok", "fail", "fail", "continue"]))
    def a_job_ends(self, data: st.DataObject, how: str) -> None:
        if not self.running:
            return
        command = self.running[data.draw(st.sampled_from(sorted(self.running)), label="command")]
        fresh = data.draw(st.booleans(), label="read just now")
        self._report(command, how, fresh=fresh)

    @rule(data=st.data())
    def a_stage_succeeds(self, data: st.DataObject) -> None:
        """Shortens the way to the end of the line, where machines seldom come by single steps."""
        stages = sorted({command.key.stage for command in self.running.values()})
        if not stages:
            return
        name = data.draw(st.sampled_from(stages), label="stage")
        for command in list(self.running.values()):
            if command.key.stage == name:
                self._report(command, "ok", fresh=True)

    def _report(self, command: Command, how: str, *, fresh: bool) -> None:
        name = command.key.action
        heads = self.heads if fresh else self.read[command.name]
        read = revision(name, str(heads[name])) if command.provider.startswith("Source/") else None
        outcomes = {"ok": Succeeded(revision=read), "fail": BROKEN, "continue": Continued(token=command.name)}
        self.ask(Report(key=command.key, job=command.job, outcome=outcomes[how]))
        assert command.name not in self.running

    @rule(data=st.data(), good=st.booleans())
    def a_report_comes_that_nobody_waits_for(self, data: st.DataObject, good: bool) -> None:
        unknown = AttemptKey(run=RunId("run-0"), stage="Build", action="one", attempt=1)
        ended = [(command.key, command.job) for command in self.past]
        ahead = [(command.key, command.job + 1) for command in self.running.values()]
        near = [(key, job) for key, job in ended if (key.run, key.stage, key.action) in self.watch.open]
        key, job = data.draw(st.sampled_from([(unknown, 0), *ended, *ahead, *near * 3]), label="report")
        before = self.state
        facts = self.ask(Report(key=key, job=job, outcome=Succeeded() if good else BROKEN))
        assert [type(fact) for fact in facts] == [f.ReportIgnored]
        assert msgspec.structs.replace(self.state, clock=before.clock) == before

    @rule(data=st.data(), abandon=st.booleans())
    def somebody_stops(self, data: st.DataObject, abandon: bool) -> None:
        run = data.draw(st.sampled_from([*self.watch.live(), self._any_run(data)]), label="whom")
        ending = self.watch.stopping | self.watch.outdated
        may = run in self.watch.live() and (abandon or run not in ending)
        assert isinstance(self.ask(Stop(run=run, abandon=abandon)), tuple) == may
        assert not (abandon and run in self.watch.live()), "an abandoned run did not end at once"

    @rule(data=st.data(), mode=st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"]))
    def somebody_retries(self, data: st.DataObject, mode: f.RetryMode) -> None:
        rests, inside = sorted(self.watch.rests.items()), sorted(self.watch.inside.items())
        anywhere = (data.draw(st.sampled_from(("Source", *STAGES)), label="stage"), self._any_run(data))
        choice = st.sampled_from([*rests * 3, *inside * 3, anywhere])
        name, run = data.draw(choice, label="where and whom")
        failed = {key for key in self.watch.failed if key[:2] == (run, name)}
        ending = self.watch.stopping | self.watch.outdated
        beside_siblings = bool(failed) and (name, run) in inside and run not in ending
        may = (name, run) in rests or (beside_siblings and mode == "FAILED_ACTIONS")
        answer = self.ask(Retry(run=run, stage=name, mode=mode))
        assert isinstance(answer, tuple) == may
        assert not (may and beside_siblings and failed & self.watch.failed), "a retried action did not begin"

    def _any_run(self, data: st.DataObject) -> RunId:
        return data.draw(st.sampled_from(sorted([*self.watch.order, RunId("run-0")])), label="run")

    @rule(data=st.data(), enabled=st.booleans())
    def somebody_sets_a_transition(self, data: st.DataObject, enabled: bool) -> None:
        assert self.state.declaration is not None
        names = [each.name for each in self.state.declaration.stages]
        name = data.draw(st.sampled_from(names), label="stage")
        self.ask(SetTransition(stage=name, enabled=enabled))
        assert self.state.stage(name).enabled == enabled

    @rule(minutes=st.sampled_from([-60, -1, 0, 1, 19, 20, 90]))
    def time_passes(self, minutes: int) -> None:
        """Clocks are also set back."""
        self.now += timedelta(minutes=minutes)
        self.ask(TimePassed())
        deadline = next_deadline(self.state)
        assert deadline is None or deadline > self.now

    @rule(declaration=declarations(), one_in_four=st.sampled_from([True, False, False, False]))
    def the_declaration_is_read_again(self, declaration: Pipeline, one_in_four: bool) -> None:
        before = self.state
        assert before.declaration is not None
        declaration = declaration if one_in_four else before.declaration
        self.ask(Declare(declaration=declaration))
        if declaration == before.declaration:
            assert self.state == before
            return
        assert set(self.watch.live()) <= self.watch.outdated
        assert set(self.state.runs) == set(self.watch.live())
        self._noted()

    @rule()
    def the_process_is_killed(self) -> None:
        """What was running is gone; the facts are what is left, and all of it is issued again."""
        state = State(pipeline="flow")
        for body in self.journal:
            state = evolve(state, decode_fact(body))
        assert encode_state(state) == self.stored
        self.state = state
        lost = set(self.running)
        self.running.clear()
        self.issued.clear()
        self._act()
        assert set(self.running) == lost

    @invariant()
    def what_is_stored_is_what_is_known(self) -> None:
        assert encode_state(self.state) == self.stored

    @invariant()
    def every_run_is_in_exactly_one_place(self) -> None:
        occupants = {name: now.occupant for name, now in self.state.stages.items() if now.occupant}
        assert occupants == self.watch.inside
        for name, run in occupants.items():
            assert (self.state.runs[run].stage, self.state.runs[run].inside) == (name, True)
        assert self.watch.stopping <= set(occupants.values()), "a run waits although it is to stop"
        waiting = [run for now in self.state.stages.values() for run in now.inbound]
        assert sorted([*occupants.values(), *waiting]) == sorted(self.watch.live())
        for name, now in self.state.stages.items():
            for waits in now.inbound:
                run = self.state.runs[waits]
                assert (run.stage, run.inside, run.in_stage(name)) == (name, False, {})

    @invariant()
    def only_live_runs_and_those_at_rest_are_kept(self) -> None:
        at_rest = set(self.watch.rests.values())
        assert set(self.state.runs) == {*self.watch.live(), *at_rest}
        assert {run.id for run in self.state.runs.values() if not run.live} == at_rest
        stages = len(self.state.stages)
        assert len(self.watch.live()) <= 2 * stages
        assert len(at_rest) <= stages

    @invariant()
    def no_run_overtakes_another(self) -> None:
        names = [each.name for each in self.state.declaration.stages] if self.state.declaration else []
        ahead_first = sorted(
            (run for run in self.state.runs.values() if not run.outdated),
            key=lambda run: (names.index(run.stage), run.inside or not run.live),
            reverse=True,
        )
        ordinals = [run.ordinal for run in ahead_first]
        assert ordinals == sorted(set(ordinals)), "a newer run is ahead of an older one"

    @invariant()
    def due_is_what_was_begun_and_has_not_ended(self) -> None:
        keys = {(c.key.run, c.key.stage, c.key.action): c.job for c in due(self.state)}
        assert keys == self.watch.open
        assert {c.key.run: c for c in due(self.state)}.keys() <= set(self.watch.inside.values())
        assert self.running.keys() == {command.name for command in due(self.state)}

    @invariant()
    def nothing_that_could_go_on_stands_still(self) -> None:
        if self.state.declaration is not None:
            draft = Draft(self.state, self.now)
            settle(draft)
            assert draft.facts == []

    @invariant()
    def the_newest_news_is_not_lost(self) -> None:
        """It is marked, or the newest run has it, or will read it, or ended badly before it could."""
        if self.state.wanted is not None or self.news is None:
            return
        newest = self.watch.order[-1]
        if newest in self.watch.bills:
            assert self._holds(self.watch.bills[newest], self.news)
        elif newest in self.watch.live():
            assert len(self.watch.order) > self.wanted_after, "this run began before the news"
        else:
            assert self.watch.ends[newest] in {"failed", "stopped"}

    def _holds(self, bill: Bill, heads: Heads) -> bool:
        return all(int(each.id) >= heads[each.action] for each in bill.revisions)

    def teardown(self) -> None:
        """In the end everybody is let through, and the newest heads come out."""
        if self.state.declaration is None:
            return
        self._drain()
        if self.watch.ends[self.watch.order[-1]] == "succeeded":
            assert self._holds(self.watch.bills[self.watch.order[-1]], self.heads)
        self.somebody_rings()
        self._drain()
        assert self.watch.bills[self.watch.order[-1]] == self._bill()

    def _drain(self) -> None:
        for name in list(self.state.stages):
            self.ask(SetTransition(stage=name, enabled=True))
        for _ in range(100):
            if wants_to_begin(self.state):
                self.ask(Begin(run=self._draw(), heads=self._bill()))
            for command in list(self.running.values()):
                self._report(command, "ok", fresh=True)
        assert self.watch.live() == []
        assert self.state.wanted is None
        assert due(self.state) == ()


def kinds(facts: Iterable[type[Fact]]) -> set[str]:
    return {str(each.__struct_config__.tag) for each in facts}


def test_the_promises_of_the_pipeline_hold_after_every_step():
    """Derandomized, so that it fails for everybody or nobody; Hypothesis prints the shortest way there."""
    told: Counter[str] = Counter()

    def machine() -> Machine:
        made = Machine()
        made.watch.told = told
        return made

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=300,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    elsewhere = (
        ConditionFact | f.StageSkipped | f.PipelineDeleted
    )  # gates and deletion have tests of their own
    ours = [
        each
        for each in AnyFact.__args__
        if issubclass(each, f.PipelineFact | RunFact) and not issubclass(each, elsewhere)
    ]
    assert kinds(ours) - told.keys() == set(), "the machine no longer gets everywhere"
