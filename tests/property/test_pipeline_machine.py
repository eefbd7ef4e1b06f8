"""Whatever happens to a pipeline, in whatever order: its promises hold after every step.

The machine plays people, sources, providers, the clock and crashes against `decide` and `evolve`, and holds
what the state says against what `Watch` made of the facts.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Literal

import msgspec
import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, run_state_machine_as_test
from hypothesis.stateful import rule as rule_of_machine

from laststop.pipeline.decide import decide
from laststop.pipeline.declaration import Pipeline, PipelineVariable, Stage
from laststop.pipeline.draft import Draft
from laststop.pipeline.due import APPROVAL, Command, due, next_deadline, open_attempts
from laststop.pipeline.evolve import evolve
from laststop.pipeline.inputs import (
    AnyInput,
    Approve,
    Begin,
    Continued,
    Declare,
    OverrideCondition,
    Refused,
    Report,
    Retry,
    Rollback,
    SetTransition,
    Start,
    Stop,
    Succeeded,
    TimePassed,
    Want,
)
from laststop.pipeline.settle import settle
from laststop.pipeline.starts import wants_to_begin
from laststop.pipeline.state import StageSuccess, State, decode_state, encode_state
from laststop.words import facts_pipeline as f
from laststop.words.bill import Bill, bill_of
from laststop.words.fact import Fact, RunFact
from laststop.words.facts import AnyFact, decode_fact, encode_fact
from laststop.words.facts_gates import ConditionResult
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId
from laststop.words.overrides import SourceOverride
from unit.pipeline.bench import BROKEN, MORNING, action, flow, gate, revision, rule, source, stage
from unit.pipeline.watch import Watch

SOURCES = ("frontend", "routing")
STAGES = ("Build", "Check", "Release")
ACTIONS = ("one", "two", "three")
NEVER = rule("never", "VariableCheck", configuration={"Variable": "a", "Operator": "EQ", "Value": "b"})
TWO_RULES = (rule("open"), rule("fine"))
CROWD_MAX = 30
EXAMPLES = 100
EXAMPLES_LONG = 1800
ARROWS = {
    ("nowhere", "run.started"),
    ("begun", "run.waiting"),
    ("begun", "run.failed"),  # a variable has no value
    ("begun", "run.bill_closed"),  # a rollback
    ("begun", "stage.entered"),  # a rollback
    ("waits", "stage.entered"),
    ("waits", "run.superseded"),
    ("waits", "run.cancelled"),
    ("waits", "run.stopping"),
    ("waits, stopping", "run.stopped"),
    ("inside", "run.bill_closed"),
    ("inside", "stage.succeeded"),
    ("inside", "stage.skipped"),
    ("inside", "stage.failed"),
    ("inside", "stage.retried"),  # beside siblings at work
    ("inside", "run.stopping"),
    ("inside", "run.outdated"),
    ("succeeded there", "run.waiting"),
    ("succeeded there", "run.succeeded"),
    ("skipped there", "run.waiting"),
    ("skipped there", "run.succeeded"),
    ("failed there", "run.failed"),
    ("failed there", "stage.retried"),  # by itself
    ("failed, rests", "stage.retried"),
    ("stopping", "run.stopping"),  # abandoned after all
    ("stopping", "run.outdated"),
    ("stopping", "stage.stopped"),
    ("stopped there", "run.stopped"),
    ("stopped, rests", "stage.retried"),
    ("outdated", "run.stopping"),  # abandoned
    ("outdated", "stage.cancelled"),
    ("cancelled there", "run.cancelled"),
}
"""The state table: where a run may stand, and the facts that may come to it there."""
Heads = dict[str, int]
"""Source -> how often it has changed."""


@st.composite
def later_stages(draw: st.DrawFn, name: str, *, parallel: bool) -> Stage:
    orders = draw(st.lists(st.integers(1, 2), min_size=1, max_size=len(ACTIONS)))
    kinds = st.sampled_from(["Invoke", "Invoke", "Invoke", "Approval"])
    actions = tuple(
        action(each, draw(kinds), run_order=order) for each, order in zip(ACTIONS, orders, strict=False)
    )
    back: list[ConditionResult] = [] if parallel else ["ROLLBACK"]
    gates = [None, None, gate("FAIL", rule("open")), gate("SKIP", *TWO_RULES), gate("SKIP", NEVER)]
    before = draw(st.sampled_from(gates))
    after = draw(st.sampled_from([None, None, *(gate(each, rule("calm")) for each in ("FAIL", *back))]))
    failing = draw(
        st.sampled_from(
            ["", "", "FAILED_ACTIONS", "ALL_ACTIONS", *back, *(gate(each, rule("bad")) for each in back)]
        )
    )
    if isinstance(failing, str) and failing.endswith("ACTIONS"):
        return stage(
            name, *actions, retries=msgspec.convert(failing, f.RetryMode), before=before, after=after
        )
    return stage(name, *actions, before=before, after=after, failing=failing or None)


@st.composite
def declarations(draw: st.DrawFn) -> Pipeline:
    mode = draw(st.sampled_from(["SUPERSEDED", "SUPERSEDED", "QUEUED", "PARALLEL"]))
    sources = SOURCES[: draw(st.integers(1, len(SOURCES)))]
    names = STAGES[: draw(st.integers(1, len(STAGES)))]
    first = stage("Source", *map(source, sources), retries=draw(st.sampled_from(["", "", "FAILED_ACTIONS"])))
    later = [draw(later_stages(name, parallel=mode == "PARALLEL")) for name in names]
    asks = draw(st.sampled_from([False, False, False, False, True]))
    variables = (PipelineVariable(name="Who"),) if asks else ()
    return flow(first, *later, execution_mode=mode, variables=variables)


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
        self.drawn = 0
        self.running: dict[str, Command] = {}
        self.issued: set[str] = set()
        self.past: list[Command] = []
        self.read: dict[str, Heads] = {}
        self.successes: dict[tuple[RunId, str], StageSuccess] = {}
        self.tokens: list[Approve] = []

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
            self._note_success(fact)
        self.stored = encode_state(stored)
        self._act()
        return decided

    def _note_success(self, fact: Fact) -> None:
        if isinstance(fact, f.StageSucceeded):
            success = self.state.stage(fact.stage).success
            if success is not None and success.run == fact.run:
                self.successes[fact.run, fact.stage] = success

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
        self.wanted_after = len(self._starts())

    def _starts(self) -> list[RunId]:
        """Every run that was started, ways back apart."""
        return [run for run in self.watch.order if run not in self.watch.rollbacks]

    @rule_of_machine(name=st.sampled_from(SOURCES))
    def a_source_changes(self, name: str) -> None:
        self.heads[name] += 1
        self.somebody_rings()

    @rule_of_machine()
    def somebody_rings(self) -> None:
        self.ask(Want(cause="news"))
        self._noted()

    @rule_of_machine()
    def the_mark_may_become_a_run(self) -> None:
        may = self.state.wanted is not None and self.watch.free()
        facts = self.ask(Begin(run=self._draw(), heads=self._bill()))
        assert bool(facts) == may, "the mark became a run too early, or waited for nothing"
        for fact in facts:
            if isinstance(fact, f.StartDropped):
                assert self.watch.bills[fact.carried_by] == self._bill(), (
                    "dropped for a run that lacks the news"
                )

    @rule_of_machine(given=st.booleans(), pinned=st.sampled_from([False, False, True]))
    def somebody_starts(self, given: bool, pinned: bool) -> None:
        assert self.state.declaration is not None
        if len(self.watch.live()) > CROWD_MAX:
            return  # the limit of 50 has tests of its own
        asks = bool(self.state.declaration.variables)
        pin = SourceOverride(action_name="frontend", revision_type="S3_OBJECT_VERSION_ID", revision_value="0")
        wanted = self.state.wanted
        asked = Start(
            run=self._draw(),
            cause="by hand",
            variables={"Who": "ann"} if asks and given else {},
            revisions=(pin,) if pinned else (),
        )
        assert isinstance(self.ask(asked), tuple)
        reads = not pinned and (given or not asks)
        assert self.state.wanted == (None if reads else wanted)

    @rule_of_machine()
    def somebody_is_impatient(self) -> None:
        """Three starts in a row: in SUPERSEDED mode the second gives way to the third."""
        for _ in range(3):
            self.somebody_starts(given=True, pinned=False)

    def _draw(self) -> RunId:
        self.drawn += 1
        return RunId(f"run-{self.drawn}")

    def _bill(self) -> Bill:
        assert self.state.declaration is not None
        return bill_at(self.heads, self.state.declaration)

    @rule_of_machine(data=st.data(), how=st.sampled_from(["ok", "ok", "fail", "fail", "error", "continue"]))
    def a_job_ends(self, data: st.DataObject, how: str) -> None:
        if not self.running:
            return
        command = self.running[data.draw(st.sampled_from(sorted(self.running)), label="command")]
        fresh = data.draw(st.booleans(), label="read just now")
        self._report(command, how, fresh=fresh)

    @rule_of_machine(data=st.data())
    def a_stage_succeeds(self, data: st.DataObject) -> None:
        """Shortens the way to the end of the line, where machines seldom come by single steps."""
        stages = sorted({key.stage for key, _ in open_attempts(self.state)})
        if stages:
            self._pass(data.draw(st.sampled_from(stages), label="stage"))

    @rule_of_machine(data=st.data())
    def a_run_goes_to_its_end(self, data: st.DataObject) -> None:
        runs = sorted({key.run for key, _ in open_attempts(self.state)})
        if runs:
            run = data.draw(st.sampled_from(runs), label="run")
            for _ in range(12):
                self._pass(*{key.stage for key, _ in open_attempts(self.state) if key.run == run})

    def _pass(self, *stages: str) -> None:
        for key, _ in open_attempts(self.state):
            if key.stage in stages and (key.run, key.stage, key.action) in self.watch.open:
                command = next((each for each in self.running.values() if each.key == key), None)
                if command is None:
                    self.ask(Approve(stage=key.stage, action=key.action, token=key.id, approved=True))
                else:
                    self._report(command, "ok", fresh=True)

    def _report(self, command: Command, how: str, *, fresh: bool) -> None:
        name = command.key.action
        heads = self.heads if fresh else self.read[command.name]
        is_source = command.provider.startswith("Source/")
        read = revision(name, "0" if command.overrides else str(heads[name])) if is_source else None
        outcomes = {
            "ok": Succeeded(revision=read),
            "fail": BROKEN,
            "error": Failure(code="ConfigurationError", message="it cannot be judged"),
            "continue": Continued(token=command.name),
        }
        self.ask(Report(key=command.key, job=command.job, outcome=outcomes[how]))
        assert command.name not in self.running

    @rule_of_machine(data=st.data(), good=st.booleans())
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

    @rule_of_machine(data=st.data(), approved=st.booleans())
    def somebody_answers(self, data: st.DataObject, approved: bool) -> None:
        """Asked for now, or once before, whatever has become of it."""
        waits = [key for key, each in open_attempts(self.state) if each.provider == APPROVAL]
        now = [Approve(stage=k.stage, action=k.action, token=k.id, approved=approved) for k in waits]
        if not now and not self.tokens:
            return
        asked = data.draw(st.sampled_from([*now * 3, *self.tokens[-5:]]), label="answer")
        may = asked.token in {key.id for key in waits}
        answer = self.ask(asked)
        assert isinstance(answer, tuple) == may, "an answer counted that was not asked for, or the other way"
        if may:
            self.tokens.append(asked)

    @rule_of_machine(data=st.data())
    def somebody_overrides(self, data: st.DataObject) -> None:
        open_ones = [
            key for key, status in self.watch.examined.items() if status == "open" and key[2] != "onFailure"
        ]
        anywhere = (self._any_run(data), data.draw(st.sampled_from(STAGES), label="stage"), "beforeEntry")
        run, name, at = data.draw(st.sampled_from([*open_ones * 3, anywhere]), label="condition")
        side = "BEFORE_ENTRY" if at == "beforeEntry" else "ON_SUCCESS"
        asked = OverrideCondition(
            run=run, stage=name, gate=msgspec.convert(side, Literal["BEFORE_ENTRY", "ON_SUCCESS"])
        )
        declared = self.watch.declared(run).stage(name) if run in self.watch.versions else None
        condition = declared.condition(at) if declared and at in ("beforeEntry", "onSuccess") else None
        known = self.watch.declaration.stage(name) is not None
        may = (run, name, at) in open_ones and known and condition is not None and condition.result != "SKIP"
        assert isinstance(self.ask(asked), tuple) == may

    @rule_of_machine(data=st.data(), abandon=st.booleans())
    def somebody_stops(self, data: st.DataObject, abandon: bool) -> None:
        run = data.draw(st.sampled_from([*self.watch.live(), self._any_run(data)]), label="whom")
        ending = self.watch.stopping | self.watch.outdated
        may = run in self.watch.live() and (abandon or run not in ending)
        assert isinstance(self.ask(Stop(run=run, abandon=abandon)), tuple) == may
        assert not (abandon and run in self.watch.live()), "an abandoned run did not end at once"

    @rule_of_machine(data=st.data())
    def a_condition_says_no(self, data: st.DataObject) -> None:
        rules = sorted(name for name, command in self.running.items() if ":" in command.key.action)
        if rules:
            self._report(self.running[data.draw(st.sampled_from(rules), label="rule")], "fail", fresh=True)

    @rule_of_machine(data=st.data(), then=st.sampled_from(["abandon", "update"]))
    def a_stop_does_not_last(self, data: st.DataObject, then: str) -> None:
        """What is waited for is abandoned after all, or the pipeline is updated meanwhile."""
        if not self.watch.inside:
            return
        run = data.draw(st.sampled_from(sorted(self.watch.inside)), label="whom")
        self.ask(Stop(run=run))
        if then == "abandon":
            self.ask(Stop(run=run, abandon=True))
            return
        self._updated()

    @rule_of_machine(data=st.data(), then=st.sampled_from(["", "wait", "abandon", "abandon"]))
    def the_pipeline_changes_under_a_run(self, data: st.DataObject, then: str) -> None:
        """It is waited for, or abandoned."""
        inside = sorted(self.watch.inside)
        if not inside or not then:
            return
        self._updated()
        run = data.draw(st.sampled_from(inside), label="whom")
        assert (run in self.watch.live()) or self.watch.locks(run)
        if run in self.watch.live() and then == "abandon":
            assert isinstance(self.ask(Stop(run=run, abandon=True)), tuple)
            assert run not in self.watch.live()

    @rule_of_machine(data=st.data(), mode=st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"]))
    def a_stage_fails_for_good_and_is_retried(self, data: st.DataObject, mode: f.RetryMode) -> None:
        """All that a run has in progress fails, as often as it is retried by itself."""
        runs = sorted({command.key.run for command in self.running.values()})
        if not runs:
            return
        run = data.draw(st.sampled_from(runs), label="run")
        for _ in range(3):
            for command in [each for each in self.running.values() if each.key.run == run]:
                if command.name in self.running:
                    self._report(command, "fail", fresh=True)
        name = self.watch.rests.get(run)
        if name is not None:
            self.ask(Retry(run=run, stage=name, mode=mode))
            assert run in self.watch.live(), "a run at rest was not retried"

    @rule_of_machine(data=st.data(), mode=st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"]))
    def a_run_is_given_up_and_taken_up_again(self, data: st.DataObject, mode: f.RetryMode) -> None:
        inside = sorted(self.watch.inside)
        if not inside:
            return
        run = data.draw(st.sampled_from(inside), label="whom")
        self.ask(Stop(run=run))
        self.ask(Stop(run=run, abandon=True))
        name = self.watch.rests.get(run)
        if name is not None:
            self.ask(Retry(run=run, stage=name, mode=mode))
            assert run in self.watch.live(), "a run at rest was not retried"

    def _updated(self) -> None:
        old = self.state.declaration
        assert old is not None
        self.ask(Declare(declaration=msgspec.structs.replace(old, role_arn=f"{old.role_arn}x")))
        self._noted()

    @rule_of_machine(data=st.data())
    def a_failed_action_is_retried_at_once(self, data: st.DataObject) -> None:
        actions = sorted(name for name, command in self.running.items() if ":" not in command.key.action)
        if not actions:
            return
        command = self.running[data.draw(st.sampled_from(actions), label="action")]
        self._report(command, "fail", fresh=True)
        self.ask(Retry(run=command.key.run, stage=command.key.stage))

    @rule_of_machine(data=st.data(), mode=st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"]))
    def somebody_retries(self, data: st.DataObject, mode: f.RetryMode) -> None:
        watch = self.watch
        rests = sorted(watch.rests.items())
        inside = sorted((run, watch.stage[run]) for run in watch.inside)
        anywhere = (self._any_run(data), data.draw(st.sampled_from(("Source", *STAGES)), label="stage"))
        run, name = data.draw(st.sampled_from([*rests * 3, *inside * 3, anywhere]), label="whom and where")
        failed = {key for key in watch.failed if key[:2] == (run, name) and ":" not in key[2]}
        ending = watch.stopping | watch.outdated
        examined = [
            key for key, status in watch.examined.items() if key[:2] == (run, name) and status == "open"
        ]
        current = watch.versions.get(run) == watch.version
        beside = bool(failed) and (run, name) in inside and run not in ending and not examined and current
        may = (watch.rests.get(run) == name) or (beside and mode == "FAILED_ACTIONS")
        answer = self.ask(Retry(run=run, stage=name, mode=mode))
        assert isinstance(answer, tuple) == may, answer
        assert not (may and beside and failed & watch.failed), "a retried action did not begin"

    @rule_of_machine(data=st.data())
    def somebody_rolls_back(self, data: st.DataObject) -> None:
        watch = self.watch
        names = [each.name for each in watch.declaration.stages]
        near = [key for key in self.successes if watch.versions[key[0]] == watch.version]
        anywhere = (self._any_run(data), data.draw(st.sampled_from(names), label="stage"))
        target, name = data.draw(st.sampled_from([*near, anywhere]), label="target")
        past = self.successes.get((target, name))
        may = (
            name in names[1:]
            and watch.declaration.execution_mode != "PARALLEL"
            and watch.holder(name) is None
            and past is not None
            and past.version == watch.version
        )
        back = Rollback(run=self._draw(), stage=name, target=target, past=past, known=target in watch.order)
        wanted = self.state.wanted
        assert isinstance(self.ask(back), tuple) == may
        assert self.state.wanted == wanted

    @rule_of_machine(data=st.data())
    def a_run_ends_and_is_gone_back_to(self, data: st.DataObject) -> None:
        self.a_run_goes_to_its_end(data)
        near = [key for key in self.successes if self.watch.versions[key[0]] == self.watch.version]
        if near:
            target, name = data.draw(st.sampled_from(near), label="target")
            past = self.successes[target, name]
            self.ask(Rollback(run=self._draw(), stage=name, target=target, past=past))

    @rule_of_machine(data=st.data())
    def somebody_stops_who_waits(self, data: st.DataObject) -> None:
        waits = sorted(set(self.watch.live()) - self.watch.inside)
        if waits:
            run = data.draw(st.sampled_from(waits), label="whom")
            assert isinstance(self.ask(Stop(run=run)), tuple)
            assert run not in self.watch.live(), "who waits does not stop at once"

    def _any_run(self, data: st.DataObject) -> RunId:
        return data.draw(st.sampled_from(sorted([*self.watch.order, RunId("run-0")])), label="run")

    @rule_of_machine(data=st.data(), enabled=st.sampled_from([True, True, False]))
    def somebody_sets_a_transition(self, data: st.DataObject, enabled: bool) -> None:
        assert self.state.declaration is not None
        names = [each.name for each in self.state.declaration.stages]
        name = data.draw(st.sampled_from(names), label="stage")
        self.ask(SetTransition(stage=name, enabled=enabled))
        assert self.state.stage(name).enabled == enabled

    @rule_of_machine(minutes=st.sampled_from([-60, -1, 0, 1, 19, 20, 90, 31 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        """Clocks are also set back."""
        self.now += timedelta(minutes=minutes)
        self.ask(TimePassed())
        deadline = next_deadline(self.state)
        assert deadline is None or deadline > self.now

    @rule_of_machine(declaration=declarations(), one_in_four=st.sampled_from([True, False, False, False]))
    def the_declaration_is_read_again(self, declaration: Pipeline, one_in_four: bool) -> None:
        before = self.state
        assert before.declaration is not None
        declaration = declaration if one_in_four else before.declaration
        self.ask(Declare(declaration=declaration))
        if declaration == before.declaration:
            assert self.state == before
            return
        assert all(run in self.watch.outdated or not self.watch.locks(run) for run in self.watch.live())
        assert set(self.state.runs) == set(self.watch.live())
        self._noted()

    @rule_of_machine()
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
        watch = self.watch
        for run in watch.live():
            now = self.state.runs[run]
            assert (now.stage, now.inside) == (watch.stage[run], run in watch.inside)
            assert now.dormant == (run in watch.asleep)
            assert now.inside or not now.in_stage(now.stage), "a run that waits has begun"
        assert watch.stopping <= watch.inside, "a run waits although it is to stop"
        for name, place in self.state.stages.items():
            assert place.occupant == watch.holder(name)
            assert list(place.inbound) == [run for run in watch.queues.get(name, []) if watch.locks(run)]
            assert len(place.inbound) <= 1 or watch.declaration.execution_mode == "QUEUED"

    @invariant()
    def only_live_runs_and_those_at_rest_are_kept(self) -> None:
        assert set(self.state.runs) == {*self.watch.live(), *self.watch.rests}
        assert {run.id for run in self.state.runs.values() if not run.live} == set(self.watch.rests)
        pinned = {run.version for run in self.state.runs.values()} - {self.state.version}
        assert set(self.state.definitions) == pinned, "a declaration is missing, or kept for nobody"

    @invariant()
    def no_run_overtakes_another(self) -> None:
        names = [each.name for each in self.state.declaration.stages] if self.state.declaration else []
        in_line = [
            run for run in self.state.runs.values() if run.locks and not run.outdated and not run.is_rollback
        ]
        ahead_first = sorted(
            in_line, key=lambda run: (names.index(run.stage), run.inside or not run.live), reverse=True
        )
        places = [(names.index(run.stage), run.inside or not run.live, run.ordinal) for run in ahead_first]
        for (where, inside, ordinal), (other, other_inside, newer) in pairwise(places):
            alike = (where, inside) == (other, other_inside)
            assert alike or ordinal < newer, "a newer run is ahead of an older one"

    @invariant()
    def due_is_what_was_begun_and_has_not_ended(self) -> None:
        keys = {(k.run, k.stage, k.action): each.job for k, each in open_attempts(self.state)}
        assert keys == self.watch.open
        assert {key[0] for key in keys} <= self.watch.inside
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
        newest = self._starts()[-1]
        assert self.state.newest == newest
        if newest in self.watch.bills:
            assert self._holds(self.watch.bills[newest], self.news) or self._was_pinned(newest)
        elif newest in self.watch.live():
            assert len(self._starts()) > self.wanted_after, "this run began before the news"
        else:
            assert self.watch.ends[newest] in {"failed", "stopped"}

    def _was_pinned(self, run: RunId) -> bool:
        """Then it carries nothing, and an earlier one must."""
        bill = self.watch.bills[run]
        return any(each.id == "0" for each in bill.revisions)

    def _holds(self, bill: Bill, heads: Heads) -> bool:
        return all(int(each.id) >= heads[each.action] for each in bill.revisions)

    def teardown(self) -> None:
        """In the end everybody is let through, and the newest heads come out."""
        if self.state.declaration is None:
            return
        self._drain()
        self.somebody_rings()
        self._drain()
        if not self.state.declaration.variables:
            newest = [run for run in self._starts() if run in self.watch.bills and not self._was_pinned(run)]
            assert self.watch.bills[newest[-1]] == self._bill()

    def _drain(self) -> None:
        for each in self.state.declaration.stages if self.state.declaration else ():
            self.ask(SetTransition(stage=each.name, enabled=True))
        for run in sorted(self.watch.asleep):
            self.ask(Stop(run=run))
        for _ in range(10 * CROWD_MAX):  # a queue of so many, each with conditions and groups in its stages
            if not self.watch.live() and not wants_to_begin(self.state):
                break
            if wants_to_begin(self.state):
                self.ask(Begin(run=self._draw(), heads=self._bill()))
            self._pass(*{key.stage for key, _ in open_attempts(self.state)})
        assert self.watch.live() == []
        assert self.state.wanted is None
        assert open_attempts(self.state) == ()


def kinds(facts: Iterable[type[Fact]]) -> set[str]:
    return {str(each.__struct_config__.tag) for each in facts}


def play(examples: int) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Let machines run; gives how often each kind of fact was told, and each arrow was taken.

    Derandomized, so that it fails for everybody or nobody; Hypothesis prints the shortest way there.
    """
    told: Counter[str] = Counter()
    arrows: Counter[tuple[str, str]] = Counter()

    def machine() -> Machine:
        made = Machine()
        made.watch.told, made.watch.arrows = told, arrows
        return made

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=60,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    return told, arrows


def test_the_promises_of_the_pipeline_hold_after_every_step():
    told, arrows = play(EXAMPLES)
    ours = {each for each in AnyFact.__args__ if issubclass(each, f.PipelineFact | RunFact)}
    ours.discard(f.PipelineDeleted)  # deletion has tests of its own
    assert kinds(ours) - told.keys() == set(), "the machine no longer gets everywhere"
    assert arrows.keys() - ARROWS == set(), "a run took a step that is not in the table"


@pytest.mark.long
def test_every_arrow_of_the_state_table_is_taken_a_hundred_times(capsys):
    _, arrows = play(EXAMPLES_LONG)
    with capsys.disabled():
        print()
        for (place, kind), times in sorted(arrows.items(), key=lambda each: each[1]):
            print(f"{times:7} {place} -> {kind}")
    assert arrows.keys() == ARROWS
    assert {arrow: times for arrow, times in arrows.items() if times < 100} == {}
