"""Order, repetition and loss of doorbells cannot matter.

The model: a table that changes, the stream of its changes, and a publisher that is rung with any records in
any order at any moment. A doorbell only says "look": the publisher notes the evidence of the records it was
given, reads the rows as they are now and writes what follows. The truth is the table's whole history, which
the publisher never sees.

Where the design's caveat begins, these tests say so: a version that is in neither a release phase nor retired
can only be judged by evidence, so a loss of every record that tells of its past is a loss of that past.
"""

from collections import defaultdict
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from laststop.catalog.active import active
from laststop.catalog.algorithm import Algorithm
from laststop.catalog.change import Image, change_between
from laststop.catalog.document import empty, entries_for, with_entries
from laststop.catalog.phases import Phases
from laststop.catalog.standing import Standing, counting, evidence, merge, merged
from laststop.catalog.version import PIN, VersionRow

PHASES = Phases()
ALGORITHMS = ("ospf", "acl")
VERSIONS = ("1.0", "1.0.0")  # few, so that histories of one version grow long
SETTLED = {"PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE", "RETIRED", None}
AT = datetime(2026, 11, 23, tzinfo=UTC)

ROUNDS = settings(deadline=None, max_examples=300)

names = st.sampled_from(ALGORITHMS)
versions = st.sampled_from(VERSIONS)
phases = st.sampled_from(
    ["UPLOADED", "PACKAGE_TESTS_RUNNING", "PACKAGE_TESTS_COMPLETE", "PACKATE_TESTS_COMPLETE", "RETIRED"]
)
steps = st.one_of(
    st.tuples(st.just("phase"), names, versions, phases),
    st.tuples(st.just("phase"), names, versions, phases),
    st.tuples(st.just("remove"), names, versions, st.none()),
    st.tuples(st.just("pin"), names, versions | st.none(), st.none()),
)


class World:
    """The table, its stream, and the truth that follows from its whole history."""

    def __init__(self):
        self.items = {}
        self.stream = []
        self.counting = set()

    def make(self, step):
        kind, name, version, phase = step
        key = (name, PIN if kind == "pin" else version)
        new = {
            "phase": lambda: Image(type="routing", phase=phase),
            "remove": lambda: None,
            "pin": lambda: version and Image(pin=version),
        }[kind]()
        change = change_between(
            sequence_number=len(self.stream) + 1,
            algorithm=name,
            version=key[1],
            old=self.items.get(key),
            new=new,
            at=AT,
        )
        if change is None:
            return
        self.stream.append(change)
        self.items.pop(key, None)
        if new is not None:
            self.items[key] = new
        if new is None or PHASES.retires(new.phase):
            self.counting.discard(key)
        elif PHASES.releases(new.phase):
            self.counting.add(key)

    def read(self, name):
        """One consistent look, as the port gives it."""
        rows = tuple(
            VersionRow(algorithm=name, version=version, type=image.type, phase=image.phase)
            for (owner, version), image in self.items.items()
            if owner == name and version != PIN
        )
        pin = self.items.get((name, PIN))
        return Algorithm(name=name, versions=rows, pin=pin and pin.pin)

    def truth(self):
        """What the page should show: algorithm -> version."""
        shown = {}
        for name in ALGORITHMS:
            algorithm = self.read(name)
            rows = [row for row in algorithm.versions if (name, row.version) in self.counting]
            if row := active(rows, algorithm.pin):
                shown[name] = row.version
        return shown


class Publisher:
    """The smallest publisher there can be: evidence, rows, document."""

    def __init__(self, world):
        self.world = world
        self.standings = ()
        self.document = empty("routing", ("routing",))

    def ring(self, changes):
        self.standings = merged(
            [*self.standings, *filter(None, (evidence(each, PHASES) for each in changes))]
        )
        self.publish({each.algorithm for each in changes if each.wakes(PHASES)})

    def publish(self, algorithms):
        before = self.document
        for name in sorted(algorithms):
            algorithm = self.world.read(name)
            row = active(counting(algorithm, self.standings, PHASES), algorithm.pin)
            self.document = with_entries(self.document, entries_for(name, row, ("routing",)))
        assert (self.document.types == before.types) is (self.document.generation == before.generation)
        assert self.document.generation >= before.generation

    def sweep(self):
        self.publish(ALGORITHMS)

    def shown(self):
        return {name: entry.version for name, entry in self.document.types["routing"].items()}


@st.composite
def lives(draw):
    """A world with a history, and a publisher that was rung in between with whatever was drawn."""
    world = World()
    publisher = Publisher(world)
    for step in draw(st.lists(steps, max_size=40)):
        world.make(step)
        if world.stream and draw(st.booleans()):
            publisher.ring(draw(st.lists(st.sampled_from(world.stream), max_size=4)))
    return world, publisher


def told(world, delivered, key):
    """Whether evidence of a version's last settled moment was delivered: its own record, or the next one."""
    history = [change for change in world.stream if (change.algorithm, change.version) == key]
    settled = [index for index, change in enumerate(history) if change.new_phase in SETTLED]
    return not settled or any(change in delivered for change in history[settled[-1] :][:2])


def batches_of(draw, records):
    """All the records, some repeatedly, in a drawn order, in batches."""
    repeated = records + draw(st.lists(st.sampled_from(records), max_size=5)) if records else []
    shuffled = draw(st.permutations(repeated))
    size = draw(st.integers(1, 6))
    return [shuffled[first : first + size] for first in range(0, len(shuffled), size)]


@ROUNDS
@given(lives(), st.data())
def test_every_record_in_any_order_and_number_ends_in_the_truth(life, data):
    world, publisher = life
    for batch in batches_of(data.draw, world.stream):
        publisher.ring(batch)
    assert publisher.shown() == world.truth()
    publisher.sweep()
    assert publisher.shown() == world.truth()


@ROUNDS
@given(lives(), st.data())
def test_the_records_that_wake_are_enough(life, data):
    """So a filter in front of the publisher, as on AWS, loses nothing."""
    world, publisher = life
    for batch in batches_of(data.draw, [change for change in world.stream if change.wakes(PHASES)]):
        publisher.ring(batch)
    assert publisher.shown() == world.truth()


@settings(deadline=None)
@given(lives())
def test_whatever_was_lost_the_sweep_is_right_about_every_settled_algorithm(life):
    """Settled: each of its versions is in a release phase, retired or gone, so the rows alone tell."""
    world, publisher = life
    publisher.sweep()
    truth, shown = world.truth(), publisher.shown()
    for name in ALGORITHMS:
        if all(row.phase in SETTLED for row in world.read(name).versions):
            assert shown.get(name) == truth.get(name)


@ROUNDS
@given(lives(), st.data())
def test_of_a_loss_the_next_record_of_the_version_still_tells(life, data):
    world, _ = life
    publisher = Publisher(world)
    some = data.draw(st.lists(st.sampled_from(world.stream), unique_by=id)) if world.stream else []
    publisher.ring(some)
    publisher.sweep()
    truth, shown = world.truth(), publisher.shown()
    for name in ALGORITHMS:
        keys = [(name, row.version) for row in world.read(name).versions]
        if all(world.items[key].phase in SETTLED or told(world, some, key) for key in keys):
            assert shown.get(name) == truth.get(name)


@settings(deadline=None)
@given(lives(), st.data())
def test_two_deliveries_of_the_same_records_end_in_the_same_document(life, data):
    world, _ = life
    some = data.draw(st.lists(st.sampled_from(world.stream), unique_by=id)) if world.stream else []
    ends = []
    for _ in range(2):
        publisher = Publisher(world)
        for batch in batches_of(data.draw, some):
            publisher.ring(batch)
        publisher.sweep()
        ends.append((publisher.standings, publisher.document.types))
    assert ends[0] == ends[1]


standings = st.builds(
    Standing,
    algorithm=st.just("ospf"),
    version=st.just("1.0"),
    released=st.integers(0, 10**39),
    retired=st.integers(0, 10**39),
)


@given(standings, standings, standings)
def test_standings_merge_in_any_grouping_order_and_number(one, two, three):
    assert merge(one, two) == merge(two, one)
    assert merge(one, merge(two, three)) == merge(merge(one, two), three)
    assert merge(one, one) == one
    assert merge(one, merge(one, two)) == merge(one, two)


@given(st.lists(standings), st.randoms(use_true_random=False))
def test_merging_many_forgets_their_order(many, random):
    shuffled = [*many, *many[:2]]
    random.shuffle(shuffled)
    by_version = defaultdict(list)
    for each in merged(shuffled):
        by_version[each.version].append(each)
    assert merged(shuffled) == merged(many)
    assert all(len(found) == 1 for found in by_version.values())
