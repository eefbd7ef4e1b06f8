"""Whatever happens, in whatever order: the tables are what the facts say."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from laststop.errors import LaststopError
from laststop.homes.embedded.ledger import open_changes
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.replay import differences
from laststop.pipeline.control import ControlError
from laststop.site.live import Hold, held, lifted, switched
from laststop.words.failure import Failure
from laststop.words.verdicts import VerdictKind
from unit.homes.home_workbench import COMPLETE, PIPELINE, RUNNING, Home

NAMES = st.sampled_from(["bgp", "ospf", "nat"])
VERSIONS = st.sampled_from(["1.0", "1.1", "2.0rc1", "2.0", "latest"])
PHASES = st.sampled_from([COMPLETE, "PACKATE_TESTS_COMPLETE", RUNNING, "UPLOADED", "RETIRED"])
TYPE_OF = {"bgp": "routing", "ospf": "routing", "nat": "firewall"}
STAGES = st.sampled_from(["Source", "Build", "Release"])


class History(RuleBasedStateMachine):
    """Catalog writes, publishing, runs, failures, retries, holds and ways back, as chance has it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.home = Home(Path(self.folder.name)).serve()
        self.final: dict[int, tuple] = {}
        self.marks: dict[str, int] = {}

    def teardown(self) -> None:
        self.home.executor.held.clear()
        self.home.store.close()
        self.folder.cleanup()

    @rule(name=NAMES, version=VERSIONS)
    def tests_pass_and_all_rests(self, name, version):
        self.home.put(name, version, COMPLETE, TYPE_OF[name])
        self.home.work()

    @rule(name=NAMES, version=VERSIONS, phase=PHASES)
    def put(self, name, version, phase):
        self.home.put(name, version, phase, TYPE_OF[name])

    @rule(name=NAMES, version=VERSIONS | st.none())
    def pin(self, name, version):
        self.home.pin(name, version)

    @rule(name=NAMES, version=VERSIONS)
    def remove(self, name, version):
        with self.home.versions() as versions:
            versions.remove(name, version)

    @rule(commit=st.integers(1, 4))
    def push(self, commit):
        if self.home.commit != f"c{commit}":
            self.home.push(f"c{commit}")

    @rule()
    def step(self):
        self.home.step()

    @rule(action=st.sampled_from(["build-site", "deploy-site", "invalidate-edge", "verify-live"]))
    def hold_up(self, action):
        self.home.executor.held.add(action)

    @rule()
    def let_all_go_and_rest(self):
        for action in list(self.home.executor.held):
            self.home.executor.let_go(action)
        self.home.work()

    @rule(broken=st.booleans())
    def build_breaks_or_works(self, broken):
        self.home.broken = Failure(code="JobFailed", message="exit status 1") if broken else None
        self.home.work()

    @rule(behind=st.booleans())
    def edge_is_behind_or_not(self, behind):
        live = self.home.releases.live()
        self.home.edge.behind = live.release if behind and live else None

    @rule()
    def start(self):
        self.home.call("StartPipelineExecution", name=PIPELINE)

    @rule(data=st.data(), abandon=st.booleans())
    @precondition(lambda self: self.home.run_rows())
    def stop(self, data, abandon):
        run = data.draw(st.sampled_from([row.id for row in self.home.run_rows()[-3:]]))
        try:
            self.home.call(
                "StopPipelineExecution", pipelineName=PIPELINE, pipelineExecutionId=run, abandon=abandon
            )
        except ControlError:
            return

    @rule(data=st.data(), stage=STAGES, mode=st.sampled_from(["FAILED_ACTIONS", "ALL_ACTIONS"]))
    @precondition(lambda self: self.home.run_rows())
    def retry(self, data, stage, mode):
        run = data.draw(st.sampled_from([row.id for row in self.home.run_rows()[-3:]]))
        try:
            self.home.call(
                "RetryStageExecution",
                pipelineName=PIPELINE,
                stageName=stage,
                pipelineExecutionId=run,
                retryMode=mode,
            )
        except ControlError:
            return
        self.home.work()

    @rule(stage=STAGES, enable=st.booleans())
    def transition(self, stage, enable):
        operation = "EnableStageTransition" if enable else "DisableStageTransition"
        why = {} if enable else {"reason": "freeze"}
        self.home.call(operation, pipelineName=PIPELINE, stageName=stage, **why)

    @rule(data=st.data())
    @precondition(lambda self: self.home.releases.live() is not None)
    def way_back_or_lift(self, data):
        live = self.home.releases.live()
        if live.hold is not None:
            pointer = lifted(live)
        else:
            kept = [each for each in self.home.releases.kept() if each.id != live.release]
            hold = Hold(reason="broken page", since=self.home.clock(), by="ada")
            target = data.draw(st.sampled_from([*kept, None]))
            pointer = (
                held(live, hold)
                if target is None
                else switched(live, target, high_water=live.high_water, at=self.home.clock(), hold=hold)
            )
        self.home.releases.switch(pointer, expected_epoch=live.epoch)

    @rule()
    def restart(self):
        """The process ends, and another one opens the same store: what ran is due again."""
        old = self.home
        old.store.close()
        self.home = Home(old.path)
        for name in ("commit", "broken", "clock"):
            setattr(self.home, name, getattr(old, name))
        self.home.releases.mend_current()

    @invariant()
    def no_final_verdict_ever_changes(self):
        for row in self.home.table("verdict"):
            if VerdictKind(row[8]).final:
                assert self.final.setdefault(row[0], row) == row

    @invariant()
    def the_high_water_mark_never_sinks(self):
        live = self.home.releases.live()
        generations = live.high_water.generations if live else {}
        assert all(generations.get(place, -1) >= mark for place, mark in self.marks.items())
        self.marks = dict(generations)

    @invariant()
    def every_open_change_can_be_judged_and_told(self):
        with self.home.store.view() as view:
            changes = open_changes(view)
        for each in changes:
            try:
                line = self.home.line(each.change.algorithm, each.change.version)
            except StopIteration:
                continue  # the version was deleted since
            assert line.reason
            assert self.home.trace(each.change.algorithm, each.change.version).steps

    def rebuilt(self) -> list[str]:
        return differences(self.home.store)


class RebuiltHistory(History):
    @invariant()
    def tables_follow_from_the_facts(self):
        assert self.rebuilt() == []


TestHistory = RebuiltHistory.TestCase
TestHistory.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def test_a_rebuilt_store_is_not_the_store_itself(tmp_path):
    """`differences` reads; it never mends, and never writes."""
    home = Home(tmp_path).serve().work()
    before = home.table("fact")
    differences(home.store)
    assert home.table("fact") == before
    with Store(tmp_path / "laststop.db").view() as view:
        assert view.newest() == len(before)


def test_a_damaged_store_is_said_to_be_so(tmp_path):
    home = Home(tmp_path).serve().work()
    home.store.close()
    content = bytearray((tmp_path / "laststop.db").read_bytes())
    content[4096 * 2 : 4096 * 6] = b"\xff" * 4096 * 4
    (tmp_path / "laststop.db").write_bytes(content)
    with pytest.raises(LaststopError) as refused:
        differences(Store(tmp_path / "laststop.db"))
    assert "restore a backup" in refused.value.hint
