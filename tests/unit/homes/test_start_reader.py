"""What triggers ask for, read from the journal."""

import msgspec
import pytest

from laststop.homes.embedded.start_reader import StartReader
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import Start, Want
from laststop.words.facts_catalog import PullRequestMoved, RefPushed, SourceMoved
from laststop.words.facts_site import HoldLifted
from laststop.words.overrides import SourceOverride
from unit.homes.home_workbench import EPOCH

COMMIT = "c" * 40


def declared(*filters, triggers=True, **settings):
    action = {
        "name": "code",
        "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeStarSourceConnection"},
        "configuration": {"FullRepositoryId": "acme/frontend", "BranchName": "main", **settings},
    }
    git = {"sourceActionName": "code", **{key: value for each in filters for key, value in each.items()}}
    trigger = {"providerType": "CodeStarSourceConnection", "gitConfiguration": git}
    return msgspec.convert(
        {
            "name": "p",
            "stages": [{"name": "Source", "actions": [action]}],
            "triggers": [trigger] if triggers else [],
        },
        Pipeline,
    )


TAGS = {"push": [{"tags": {"includes": ["v*"]}}]}
PULLS = {"pullRequest": [{"events": ["OPEN"]}]}


def pushed(ref="refs/tags/v1", **more):
    more = {"before": "b" * 40, **more}
    return RefPushed(at=EPOCH, repository="acme/frontend", ref=ref, revision=COMMIT, **more)


def moved(location="acme/frontend@main"):
    return SourceMoved(at=EPOCH, location=location, revision=COMMIT)


@pytest.fixture
def store():
    store = Store(None)
    yield store
    store.close()


def read(store, declaration, *facts, flow=True, held=False, reader=None):
    with store.transaction() as transaction:
        for fact in facts:
            transaction.append(fact)
    return (reader or StartReader(store, "p", flow=flow)).read(declaration, held=held)


def test_a_tag_that_a_trigger_asks_for_starts_a_run_of_its_commit(store):
    wishes = read(store, declared(TAGS), pushed())
    (start,) = wishes.inputs
    assert isinstance(start, Start)
    assert start.revisions == (
        SourceOverride(action_name="code", revision_type="COMMIT_ID", revision_value=COMMIT),
    )
    assert (start.trigger, start.cause) == ("WebhookV2", "acme/frontend@v1: cccccccc pushed")
    assert wishes.place == 1


def test_the_same_push_is_the_same_run_however_often_it_is_read(store):
    first = read(store, declared(TAGS), pushed()).inputs[0]
    again = read(store, declared(TAGS)).inputs[0]
    assert first.run == again.run
    other = read(store, declared(TAGS), pushed("refs/tags/v2")).inputs[1]
    assert other.run != first.run


def test_what_was_found_at_the_first_look_starts_nothing_and_is_passed(store):
    wishes = read(store, declared(TAGS), pushed(first=True, before=""))
    assert (wishes.inputs, wishes.place) == ((), 1)


def test_a_pull_request_starts_a_run_of_its_own_head(store):
    fact = PullRequestMoved(
        at=EPOCH,
        repository="acme/frontend",
        number=1,
        event="OPEN",
        revision=COMMIT,
        target="main",
        origin="x",
    )
    (start,) = read(store, declared(PULLS), fact).inputs
    assert start.revisions[0].revision_value == COMMIT
    assert start.cause == "acme/frontend@main: pull request open: x"


def test_with_triggers_a_move_of_the_own_branch_starts_nothing(store):
    assert read(store, declared(TAGS), moved()).inputs == ()
    assert [type(each) for each in read(store, declared(triggers=False)).inputs] == [Want]


def test_detection_that_is_switched_off_starts_nothing(store):
    assert read(store, declared(triggers=False, DetectChanges="false"), moved()).inputs == ()


def test_news_of_sources_of_another_pipeline_start_nothing_here(store):
    assert read(store, declared(triggers=False), moved("acme/other@main")).inputs == ()


def test_while_the_site_is_held_a_trigger_leaves_only_its_mark(store):
    (want,) = read(store, declared(TAGS), pushed(), held=True).inputs
    assert want == Want(cause="acme/frontend@v1: cccccccc pushed")


def test_only_the_flow_answers_to_its_releases(store):
    lifted = HoldLifted(at=EPOCH, release="r", epoch=1)
    assert read(store, declared(TAGS), lifted).inputs == (Want(cause="the hold was lifted", anyway=True),)
    reader = StartReader(store, "p", flow=False)
    assert reader.name == "start:p"
    with store.transaction() as transaction:
        transaction.move_cursor(reader.name, 0)
    assert read(store, declared(TAGS), reader=reader).inputs == ()


def test_a_pipeline_that_was_just_made_begins_with_what_happens_from_now_on(store):
    wishes = read(store, declared(TAGS), pushed(), flow=False)
    assert (wishes.inputs, wishes.place) == ((), 1)


def test_a_pipeline_without_a_declaration_reads_nothing(store):
    wishes = read(store, None, pushed())
    assert (wishes.inputs, wishes.place) == ((), 0)
