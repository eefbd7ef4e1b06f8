"""Kills a served project at chosen and at random moments, looks at what is left, and starts it again."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping

from e2e.workbench import RELEASED, Project, Up, until
from faults.reader import Contents
from faults.watch import FLOW, Watch
from laststop.words.facts_catalog import ChangeRecorded

BUILD = """      - sleep 0.05
      - for n in 1 2 3 4 5 6 7 8 9; do (cat dist/index.html; echo "<!-- $n -->") > dist/page-$n.html; done
"""
SHORTEST_SECONDS = 0.002
"""How long after its beginning a phase is hit at the latest, where nothing tells how long it takes."""
READERS = ("publish", "start", "judge", "clerk")


def prepare(project: Project) -> None:
    """A build slow enough to be met, and pages enough to be deployed, purged and looked at."""
    project.replace(
        "frontend/buildspec.yml", "      - python3 build.py\n", "      - python3 build.py\n" + BUILD
    )
    project.commit("More pages")


def shuffled_changes(rng: random.Random, algorithms: int, each: int) -> list[tuple[str, str, str]]:
    """So many versions of so many algorithms, in any order: higher ones also come before lower ones."""
    changes = [
        (f"algorithm-{number}", f"1.{version}.0", "ranking" if number % 2 else "pricing")
        for number in range(algorithms)
        for version in range(each)
    ]
    rng.shuffle(changes)
    return changes


class Campaign:
    """One project under fire. `counts` tells how many kills hit each phase, `kills` how many there were."""

    def __init__(self, project: Project, rng: random.Random, changes: list[tuple[str, str, str]]) -> None:
        self.project = project
        self.rng = rng
        self.changes = changes
        self.counts: Counter[str] = Counter()
        self.kills = self.misses = self.spares = self.redeliveries = 0
        self._given: list[tuple[str, str, str]] = []
        self._start_seconds: list[float] = []
        self.contents = Contents(project.home)
        self.up = self._start()
        self.watch = Watch(project.home.folders.store)

    # What goes in.

    def give(self, most: int = 3) -> None:
        """Put the next few changes into the catalog; some are put twice, and some tests are run again."""
        for _ in range(self.rng.randint(1, most)):
            change = self.changes.pop(0) if self.changes else self._spare()
            self._given.append(change)
            self.project.put(change)
        if self.rng.random() < 0.3:
            self.project.put(self.rng.choice(self._given))  # the same once more is no change
        if self.rng.random() < 0.3:
            again = self.rng.choice(self._given)
            self.project.put(again, phase="PACKAGE_TESTS_RUNNING")
            self.project.put(again)

    def _spare(self) -> tuple[str, str, str]:
        """One more version than planned, when kills missed too often."""
        self.spares += 1
        name, _, type_ = self.rng.choice(self._given)
        return name, f"2.{self.spares}.0", type_

    def expected(self) -> dict[str, dict[str, str]]:
        """Type -> algorithm -> the highest version given."""
        shown: dict[str, dict[str, str]] = {"pricing": {}, "ranking": {}}
        for name, version, type_ in self._given:
            have = shown[type_].get(name, "0.0.0")
            shown[type_][name] = max(have, version, key=lambda text: tuple(map(int, text.split("."))))
        return shown

    def released(self) -> int:
        """How many changes into a release phase the catalog has recorded."""
        recorded = (one.fact for one in self.project.facts() if isinstance(one.fact, ChangeRecorded))
        return sum(fact.new is not None and fact.new["phase"] == RELEASED for fact in recorded)

    # Kills.

    def hit_everything(self, times: Mapping[str, int], *, limit: int) -> None:
        """Kill until every phase was hit as often as asked for, in the order of the flow."""
        for _ in range(limit):
            wanted = [phase for phase in FLOW if self.counts[phase] < times.get(phase, 0)]
            if not wanted:
                return
            for phase in wanted:
                self._aim(phase)
        missing = {phase: times[phase] for phase in FLOW if self.counts[phase] < times.get(phase, 0)}
        assert not missing, f"too many misses: {self.counts} of {missing}"

    def _aim(self, phase: str) -> None:
        """Wait for a phase, then for a moment inside it, then kill."""
        if phase == "publish" or self.watch.idle():
            self.give(1)
        if phase != "publish" and not self.watch.wait_for(phase, 30):
            self.misses += 1
            return
        time.sleep(self.rng.uniform(0, max(SHORTEST_SECONDS, 1.1 * self.watch.usual_seconds(phase))))
        if phase not in self.kill():
            self.misses += 1
        self.restart()

    def blind(self) -> None:
        """Give some changes and kill at any moment of what follows."""
        self.give()
        time.sleep(self.rng.uniform(0, 0.5))
        self.kill()
        self._deliver_again()
        self.restart()

    def while_starting(self) -> None:
        """Kill, start, and kill again before it serves: recovery, too, may be cut off."""
        self.give(1)
        self.kill()
        self.up = self.project.spawn()
        time.sleep(self.rng.uniform(0.1, 1) * min(self._start_seconds))
        self.counts["start-up"] += not self.up.out.read_text()
        self.kill()
        self.restart()

    def kill(self) -> frozenset[str]:
        """SIGKILL; counts and gives the phases that were in progress, and checks what is left."""
        self.up.kill()
        self.kills += 1
        hit = self.watch.busy()
        self.counts.update(hit)
        self.contents.learn()
        assert self.project.drift() == []
        return hit

    def _deliver_again(self) -> None:
        """Let some records be delivered again: whoever reads the journal goes back a little."""
        self.redeliveries += 1
        back = self.rng.randint(1, 60)
        with self.project.home.store.transaction() as transaction:
            for reader in READERS:
                transaction.move_cursor(reader, max(0, transaction.cursor(reader) - back))

    def restart(self) -> None:
        """Start it again; the tables follow from the facts then, too."""
        self.up = self._start()
        self.contents.learn()
        assert self.project.drift() == []

    def _start(self) -> Up:
        began = time.monotonic()
        up = self.project.up()
        self._start_seconds.append(time.monotonic() - began)
        return up

    def settle(self) -> None:
        """Give what is left and wait until every change has its final verdict."""
        while self.changes:
            self.give()
        until(self.watch.idle, "everything settled", seconds=60)
        self.project.wait_for_verdicts(self.released(), seconds=10)
        self.contents.learn()

    def table(self, seed: int) -> Iterator[str]:
        """What was hit how often, for people."""
        yield f"seed {seed}: {self.kills} kills, {self.misses} missed their phase, {self.redeliveries} redeliveries"
        yield f"  {self.released()} changes ({self.spares} more than planned), {len(self.project.run_status())} runs"
        for phase in (*FLOW, "start-up"):
            yield f"  {phase:10} {self.counts[phase]:4}"
