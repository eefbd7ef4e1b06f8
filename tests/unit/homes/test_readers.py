import pytest

from laststop.catalog.document import Document
from laststop.homes.embedded import readers
from laststop.homes.embedded.readers import BATCH
from laststop.homes.embedded.store.replay import differences
from laststop.words.facts_catalog import ChangeRecorded, DocumentReplaced, EntryChange, SourceMoved
from laststop.words.facts_pipeline import StartWanted
from laststop.words.facts_site import HoldLifted, ReleaseRefused
from unit.homes.home_workbench import COMPLETE, EPOCH, RUNNING, Home, Killed


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    home.open_documents()
    return home


def generations(home) -> dict[str, int]:
    return {name: home.document(name).generation for name in home.locations}


def cursor(home, reader="publish") -> int:
    with home.store.view() as view:
        return view.cursor(reader)


# publish


def test_a_change_into_a_release_phase_brings_its_document_forward_by_one(home):
    home.put("bgp", "1.0", title="BGP")
    assert home.publisher.read() is True
    assert home.shown() == {"bgp": "1.0"}
    assert home.document().entry("routing", "bgp").attributes == {"title": "BGP"}
    assert generations(home) == {"routing": 1, "firewall": 0, "switching": 0}
    assert home.publisher.read() is False


def test_a_batch_writes_each_document_once_however_many_changes_it_has(home):
    for number in range(50):
        home.put(f"r{number % 10}", f"1.{number}")
        home.put(f"f{number % 10}", f"1.{number}", type_="firewall")
    assert home.publish() == 1
    assert generations(home) == {"routing": 1, "firewall": 1, "switching": 0}
    assert set(home.shown().values()) == {f"1.{n}" for n in range(40, 50)}
    published = [(f.object, f.generation, len(f.changes)) for f in home.facts("change.published")]
    assert sorted(published) == [("firewall", 1, 50), ("routing", 1, 50)]


def test_more_changes_than_a_batch_are_read_in_several(home):
    with home.store.transaction() as transaction:
        for number in range(BATCH + 5):
            transaction.append(ChangeRecorded(at=EPOCH, algorithm="bgp", version=f"1.{number}", event="INSERT",
                new={"type": "routing", "phase": COMPLETE, "pin": "", "attributes": {}}))  # fmt: skip
    assert home.publish() == 2
    assert home.shown() == {"bgp": f"1.{BATCH + 4}"}
    assert len(home.verdicts()) == BATCH + 5


def test_content_that_stays_equal_makes_no_new_version(home):
    home.put("bgp", "2.0")
    home.publish()
    home.put("bgp", "1.0")
    home.publish()
    assert generations(home)["routing"] == 1, "a lower version changes no document"
    assert home.verdicts() == {("bgp", "2.0"): "pending", ("bgp", "1.0"): "pending"}
    with home.store.view() as view:
        rows = view.connection.execute("SELECT version, generation FROM verdict ORDER BY version").fetchall()
    assert rows == [("1.0", 1), ("2.0", 1)], "the generation that stands takes it into account"


@pytest.mark.parametrize("killed_after", ["documents", "published", "cursor"])
def test_a_kill_between_effect_and_cursor_leaves_neither(home, monkeypatch, killed_after):
    home.put("bgp", "1.0")
    places = {
        "documents": (readers.StoredDocuments, "replace"),
        "published": (readers.StoredPublications, "published"),
        "cursor": (readers.Transaction, "move_cursor"),
    }
    owner, name = places[killed_after]
    real = getattr(owner, name)

    def kill(*arguments, **named):
        real(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, kill)
        with pytest.raises(Killed):
            home.publisher.read()
    assert home.shown() == {}
    assert (cursor(home), home.verdicts(), home.facts("standing.noted")) == (0, {}, [])
    home.publish()
    assert home.shown() == {"bgp": "1.0"}
    assert differences(home.store) == []


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([("1.0", "UPLOADED")], {}),
        ([("1.0", RUNNING)], {}),
        ([("1.0", "PACKAGE_TESTS_FAILED")], {}),
        ([("1.0", "PACKATE_TESTS_COMPLETE")], {"bgp": "1.0"}),
        ([("1.0", COMPLETE), ("1.0", RUNNING)], {"bgp": "1.0"}),
        ([("1.0", COMPLETE), ("1.0", RUNNING), ("1.0", "RETIRED")], {}),
        ([("1.0", COMPLETE), ("1.1", COMPLETE), ("1.1", "RETIRED")], {"bgp": "1.0"}),
        ([("1.0", COMPLETE), ("1.0", "RETIRED"), ("1.0", "UPLOADED")], {}),
        ([("1.0", COMPLETE), ("2.0rc1", COMPLETE)], {"bgp": "1.0"}),
        ([("2.0rc1", COMPLETE)], {"bgp": "2.0rc1"}),
        ([("9", COMPLETE), ("10", COMPLETE)], {"bgp": "10"}),
    ],
    ids=lambda value: str(value)[:60],
)
@pytest.mark.parametrize("one_by_one", [True, False])
def test_what_the_page_would_show_after_a_series_of_phases(home, steps, shown, one_by_one):
    for version, phase in steps:
        home.put("bgp", version, phase)
        if one_by_one:
            home.publish()
    home.publish()
    assert home.shown() == shown


def test_a_pin_is_followed_and_leaving_it_is_too(home):
    for version in ("1.0", "1.1"):
        home.put("bgp", version)
    home.pin("bgp", "1.0")
    home.publish()
    assert home.shown() == {"bgp": "1.0"}
    home.pin("bgp", None)
    home.publish()
    assert home.shown() == {"bgp": "1.1"}


def test_a_deleted_version_leaves_the_page(home):
    home.put("bgp", "1.0")
    home.publish()
    with home.versions() as versions:
        versions.remove("bgp", "1.0")
    home.publish()
    assert home.shown() == {}


def test_changes_that_wake_nobody_read_no_rows_and_write_no_document(home, monkeypatch):
    home.put("bgp", "1.0", "UPLOADED")
    home.put("bgp", "1.0", RUNNING, title="x")
    looked = []
    monkeypatch.setattr(readers.StoredVersions, "of", lambda *a: looked.append(a))
    before = len(home.facts())
    assert home.publish() == 1
    assert looked == []
    assert [fact.kind for fact in home.facts()[before:]] == ["standing.noted"], "what they prove is kept"
    assert cursor(home) == before


def test_a_type_the_project_does_not_have_is_rejected_for_ever_and_hides_no_neighbour(home):
    image = {"type": "moon", "phase": COMPLETE, "pin": "", "attributes": {}}
    home.append(ChangeRecorded(at=EPOCH, algorithm="lander", version="1.0", event="INSERT", new=image))
    home.put("bgp", "1.0")
    home.publish()
    assert home.verdicts() == {("lander", "1.0"): "rejected", ("bgp", "1.0"): "pending"}
    assert home.line("lander", "1.0").reason == 'the project has no type "moon"'
    assert home.shown() == {"bgp": "1.0"}


def test_a_record_that_cannot_be_used_is_set_aside_while_its_neighbours_go_on(home):
    image = {"type": "routing", "phase": COMPLETE, "pin": "", "attributes": {}}
    home.put("bgp", "1.0")
    (place,) = home.append(
        ChangeRecorded(at=EPOCH, algorithm="up/down", version="1.0", event="INSERT", new=image)
    )
    home.put("ospf", "1.0")
    home.publish()
    assert home.shown() == {"bgp": "1.0", "ospf": "1.0"}
    ((number, reason, record, _),) = home.table("set_aside")
    assert int(number) == 10**20 + place
    assert "slash" in reason
    assert "up/down" in record
    assert cursor(home) >= place, "it counts as done"


def test_records_that_come_again_end_in_the_same(home):
    """A journal is read again when a backup was restored, or a cursor was lost."""
    for version in ("1.0", "1.1"):
        home.put("bgp", version)
    home.publish()
    before = (home.shown(), generations(home), home.table("verdict"), home.table("standing"))
    with home.store.transaction() as transaction:
        transaction.move_cursor("publish", 0)
    home.publish()
    assert (home.shown(), generations(home), home.table("verdict"), home.table("standing")) == before


def test_a_document_is_what_the_rows_say_and_not_what_the_records_say(home):
    """The doorbell rule: a record of an old moment brings the newest state."""
    home.put("bgp", "1.0")
    home.phase("bgp", "1.0", "RETIRED")
    with home.store.transaction() as transaction:
        first = transaction.of_kinds(["change.recorded"], 0, 1)
        assert first[0].fact.new["phase"] == COMPLETE
    home.publish()
    assert home.shown() == {}
    assert isinstance(home.document(), Document)


# start


def cause_of(home, *facts):
    home.append(*facts)
    wish, place = home.wish()
    with home.store.transaction() as transaction:
        transaction.move_cursor(home.starter.name, place)
    return wish.cause if wish else None


def replaced(generation, *entries):
    changes = tuple(EntryChange(type="routing", algorithm=name, version=version) for name, version in entries)
    return DocumentReplaced(
        at=EPOCH, object="routing", location="docs/routing.zip", generation=generation, version_id=str(generation),
        etag="e", size_bytes=1, types=("routing",), entries=changes,
    )  # fmt: skip


def moved(revision, **more):
    return SourceMoved(at=EPOCH, location="acme/frontend@main", revision=revision, **more)


def refused(**more):
    return ReleaseRefused(at=EPOCH, run="r1", outcome="overtaken", reason="x", **more)


LIFTED = HoldLifted(at=EPOCH, release="rel", epoch=1)
SIX = [(f"a{n}", "1.0") for n in range(6)]


@pytest.mark.parametrize(
    ("facts", "cause"),
    [
        ([], None),
        ([replaced(1, ("bgp", "1.0"))], "routing: bgp 1.0"),
        ([replaced(1, ("bgp", None))], "routing: bgp retired"),
        ([replaced(1, *SIX)], "routing: a0 1.0, a1 1.0, a2 1.0 and 3 more"),
        ([replaced(1)], "routing: its types were dealt anew"),
        ([moved("c" * 40, summary="a commit")], "acme/frontend@main: cccccccc a commit"),
        ([moved("c" * 40, first=True)], None),
        ([refused(fresh_run_wanted=True)], "run r1 was overtaken and held something newer"),
        ([refused()], None),
        ([LIFTED], "the hold was lifted"),
        ([moved("c1"), LIFTED, refused()], "acme/frontend@main: c1, and 1 more change"),
    ],
    ids=[
        "nothing",
        "a version",
        "a version less",
        "six versions",
        "types",
        "a push",
        "the first look",
        "overtaken with news",
        "overtaken",
        "lifted",
        "several",
    ],
)
def test_what_asks_for_a_run_and_what_it_says(tmp_path, facts, cause):
    assert cause_of(Home(tmp_path), *facts) == cause


def test_the_first_documents_ask_for_no_run(home):
    assert home.wish()[0] is None


def test_news_without_a_wish_move_the_cursor_all_the_same(home):
    assert cause_of(home, moved("c1", first=True)) is None
    assert home.wish() == (None, 0)


def test_a_wish_that_was_not_decided_before_a_kill_is_wished_again(tmp_path):
    home = Home(tmp_path).serve().work()
    home.push("c2")
    wish, place = home.wish()
    home.engine.step([wish])
    assert home.wish() == (wish, place), "the cursor did not move"
    home.work()
    assert [row.bill.of("frontend").id for row in home.run_rows()] == ["c1", "c2"], "one run, not two"


def test_many_news_are_one_wish(tmp_path):
    home = Home(tmp_path).serve().work()
    for number in range(20):
        home.put("bgp", f"1.{number}")
        home.publish()
    home.work()
    assert len(home.run_rows()) == 2
    assert len(home.facts("start.wanted")) == 2
    assert isinstance(home.facts("start.wanted")[0], StartWanted)


def test_a_document_stands_where_the_pipeline_reads_it_and_every_write_is_a_version_of_its_own(home):
    for version in ("1.0", "1.1"):
        home.put("bgp", version)
        home.publish()
    facts = [fact for fact in home.facts("document.replaced") if fact.object == "routing"]
    assert [(fact.location, fact.generation) for fact in facts] == [("docs/routing.zip", n) for n in range(3)]
    assert len({fact.version_id for fact in facts}) == 3
    assert [[e.version for e in fact.entries] for fact in facts] == [[], ["1.0"], ["1.1"]], (
        "only what changed"
    )
