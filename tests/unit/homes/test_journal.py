import typing

import msgspec
import pytest

from laststop.errors import ConflictError
from laststop.homes.embedded.readers import JudgeReader
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.projection import _PROJECT
from laststop.homes.embedded.store.replay import differences
from laststop.pipeline.evolve import evolve
from laststop.pipeline.state import State
from laststop.words import facts_catalog, facts_notices, facts_pipeline, facts_site
from laststop.words.facts import AnyFact
from laststop.words.facts_catalog import ChangeRecorded
from laststop.words.facts_notices import SweepEnded
from unit.homes.home_workbench import COMPLETE, EPOCH, Home, Killed

NO_TABLE = {
    facts_pipeline.StartWanted: "the live state: `evolve`",
    facts_pipeline.StartDropped: "the live state: `evolve`",
    facts_pipeline.TransitionSet: "the live state: `evolve`",
    facts_pipeline.RunOutdated: "the live state: `evolve`; what it leads to has a fact of its own",
    facts_catalog.PullRequestMoved: "read from the journal, by whom triggers start",
    facts_notices.EventSetAside: "told for people who read the journal",
    facts_pipeline.ReportIgnored: "told for people who read the journal",
    facts_site.ReleaseRefused: "read from the journal, by the run it is about",
    facts_notices.SweepEnded: "told for people who read the journal",
}
"""Facts that change no table, and why."""


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "s.db")
    yield store
    store.close()


def change(number=1, algorithm="bgp") -> ChangeRecorded:
    return ChangeRecorded(
        at=EPOCH, algorithm=algorithm, version=str(number), event="INSERT", new={"type": "t"}
    )


def append(store, *facts):
    with store.transaction() as transaction:
        return [transaction.append(fact) for fact in facts]


def test_every_kind_of_fact_has_a_projection_or_a_reason_for_having_none():
    kinds = set(typing.get_args(AnyFact))
    assert kinds == _PROJECT.keys() | NO_TABLE.keys()
    assert not _PROJECT.keys() & NO_TABLE.keys()


def test_facts_come_back_in_order_with_their_places(store):
    places = append(store, change(1), change(2), SweepEnded(at=EPOCH, algorithms=0), change(3))
    assert places == [1, 2, 3, 4]
    with store.view() as view:
        assert [each.seq for each in view.after(0)] == places
        assert [each.seq for each in view.after(2)] == [3, 4]
        assert [each.seq for each in view.after(0, 2)] == [1, 2]
        assert view.one(3).fact == SweepEnded(at=EPOCH, algorithms=0)
        assert view.one(99) is None
        assert [each.fact.version for each in view.about("bgp/2")] == ["2"]
        assert view.newest() == 4


def test_facts_of_several_kinds_come_in_the_order_of_the_journal(store):
    append(store, *(change(n) if n % 3 else SweepEnded(at=EPOCH, algorithms=n) for n in range(1, 13)))
    kinds = ("change.recorded", "sweep.ended", "run.started")
    with store.view() as view:
        assert [each.seq for each in view.of_kinds(kinds, 0)] == list(range(1, 13))
        assert [each.seq for each in view.of_kinds(kinds, 4, 3)] == [5, 6, 7]
        assert [each.seq for each in view.of_kinds(["sweep.ended"], 3)] == [6, 9, 12]
        assert view.of_kinds([], 0) == []


def test_a_reader_far_behind_reads_one_batch_and_no_more(store):
    """Its backlog is not sorted for every batch: the index gives it in order."""
    with store.view() as view:
        plan = view.connection.execute(
            "EXPLAIN QUERY PLAN SELECT seq, body FROM fact WHERE kind = ? AND seq > ? ORDER BY seq LIMIT ?",
            ("change.recorded", 0, 10),
        ).fetchall()
    assert [row[3] for row in plan] == ["SEARCH fact USING INDEX fact_kind (kind=? AND seq>?)"]


def test_a_transaction_that_is_killed_appends_nothing_and_its_place_is_given_again(store):
    append(store, change(1))
    with pytest.raises(Killed):
        append_and_die(store)
    with store.view() as view:
        assert view.newest() == 1
        assert view.connection.execute("SELECT count(*) FROM version").fetchone() == (1,)
    assert append(store, change(3)) == [2]


def append_and_die(store):
    with store.transaction() as transaction:
        transaction.append(change(2))
        transaction.move_cursor("publish", 9)
        raise Killed


def test_a_fact_and_what_it_does_to_the_tables_are_one(store):
    """A projection that breaks takes its fact along: here, two revisions under one version id."""
    with pytest.raises(ConflictError):
        append(store, change(1), replaced("v1"), replaced("v1"))
    with store.view() as view:
        assert view.newest() == 0


def replaced(version_id):
    return facts_catalog.DocumentReplaced(
        at=EPOCH,
        object="routing",
        location="docs/routing.zip",
        generation=1,
        version_id=version_id,
        etag="e",
        size_bytes=1,
        types=("routing",),
    )


def test_places_are_never_given_twice_also_after_everything_was_compacted(store):
    append(store, change(1), change(2))
    with store.transaction() as transaction:
        transaction.move_cursor("publish", 2)
    assert store.compact("2099-01-01") == 2
    assert append(store, change(3)) == [3]


def test_compaction_spares_what_a_reader_has_not_read_and_what_is_young(store):
    append(store, *(change(n) for n in range(1, 7)))
    with store.transaction() as transaction:
        transaction.move_cursor("publish", 5)
        transaction.move_cursor("judge", 3)
    assert store.compact("2020-01-01") == 0
    assert store.compact("2099-01-01", limit=2) == 2
    assert store.compact("2099-01-01") == 1
    with store.view() as view:
        assert [each.seq for each in view.after(0)] == [4, 5, 6]


def test_without_any_reader_nothing_is_compacted(store):
    append(store, change(1))
    assert store.compact("2099-01-01") == 0


def test_an_unknown_pipeline_has_an_empty_state_and_a_saved_one_comes_back(store):
    with store.view() as view:
        assert view.state("p") == State(pipeline="p")
    fact = facts_pipeline.StartWanted(at=EPOCH, pipeline="p", cause="because")
    with store.transaction() as transaction:
        transaction.append(fact)
        transaction.save_state(evolve(transaction.state("p"), fact))
    with store.view() as view:
        assert view.state("p").wanted == "because"


def test_replay_finds_a_table_that_says_something_else_than_the_facts(tmp_path):
    home = Home(tmp_path).serve()
    home.put("bgp", "1.0")
    assert differences(home.store) == []
    with home.store.transaction() as transaction:
        transaction.connection.execute("UPDATE version SET phase = 'MOON'")
        transaction.connection.execute("DELETE FROM document WHERE object = 'routing'")
    found = differences(home.store)
    assert [line.split(":")[0] for line in found] == ["document", "version"]
    assert "MOON" in found[1]


def test_a_judge_knows_only_kinds_that_exist():
    known = {str(kind.__struct_config__.tag) for kind in typing.get_args(AnyFact)}
    assert {str(kind.__struct_config__.tag) for kind in JudgeReader._FACTS} <= known


def test_facts_of_a_kind_this_release_does_not_know_are_not_passed_over_in_silence(store):
    append(store, change(1))
    with store.transaction() as transaction:
        transaction.connection.execute(
            "INSERT INTO fact (at, kind, subject, body) VALUES ('2026', 'moon.landed', 'x', ?)",
            (b'{"kind":"moon.landed","at":"2026-11-23T12:00:00Z"}',),
        )
    with pytest.raises(msgspec.ValidationError), store.view() as view:
        view.after(0)


def test_a_home_that_worked_can_be_rebuilt_from_its_facts(tmp_path):
    home = Home(tmp_path).serve().work()
    for version in ("1.0", "1.1"):
        home.put("bgp", version, COMPLETE)
        home.work()
    assert home.table("release")
    assert differences(home.store) == []
