"""Whatever order news arrives in, and however late an older run is: the site ends with the newest, once."""

import itertools

import msgspec
import pytest

from laststop.catalog.record import encode_record
from laststop.functions.publish import publish
from laststop.homes.embedded.readers import REGION, STREAM_ARN, PublishReader, shelf_of
from laststop.homes.embedded.store.replay import differences
from laststop.homes.embedded.versions import change_of
from laststop.site.live import marked
from laststop.words.facts_catalog import ChangeRecorded
from unit.homes.home_workbench import COMPLETE, PIPELINE, Home

ORDERS = tuple(itertools.permutations(range(6)))
HOMES = 24
"""Orders share a home, each with algorithms of its own: a new store for each of 720 costs more than it proves."""


class Round:
    """Six events in one order, with an older run that deploys after all of them."""

    def __init__(self, home: Home, number: int) -> None:
        self.home = home
        self.bgp, self.ospf, self.acl = f"bgp-{number}", f"ospf-{number}", f"acl-{number}"
        self.commit = f"commit-{number}"

    def leave_a_run_behind(self) -> None:
        """A run comes as far as its deployment, is abandoned, and its action goes on all the same."""
        home = self.home
        home.executor.held = {"deploy-site"}
        home.put(self.bgp, "0.1")
        home.work()
        (self.late,) = home.executor._running.values()
        self.older = self.late.key.run
        home.call(
            "StopPipelineExecution", pipelineName=PIPELINE, pipelineExecutionId=self.older, abandon=True
        )
        home.executor.held = set()
        home.executor._running.clear()
        home.work()

    def write(self) -> list[bytes]:
        """The rows as they end up, told to nobody; gives the stream's records in the order of the writes."""
        home = self.home
        with home.store.view() as view:
            before = view.newest()
        home.put(self.bgp, "1.0")
        home.put(self.bgp, "1.1")
        home.put(self.ospf, "2.0")
        home.phase(self.ospf, "2.0", "RETIRED")
        home.put(self.acl, "3.0", type_="firewall")
        with home.store.transaction() as transaction:
            facts = transaction.after(before)
            transaction.move_cursor(PublishReader.NAME, facts[-1].seq)
        return [
            encode_record(change_of(one), arn=STREAM_ARN, region=REGION)
            for one in facts
            if isinstance(one.fact, ChangeRecorded)
        ]

    def deliver(self, record: bytes) -> None:
        """One record, as a stream would, then whatever follows from it."""
        home = self.home
        event = msgspec.json.encode({"Records": [msgspec.Raw(msgspec.json.encode(record))]})
        with home.store.transaction() as transaction:
            publish(event, shelf=shelf_of(transaction, home.locations, home.clock), policy=home.policy)

    def play(self, order: tuple[int, ...]) -> None:
        """Tell of the events in this order; event 5 is the push of a commit."""
        records = self.write()
        for event in order:
            if event < len(records):
                self.deliver(records[event])
            else:
                self.home.push(self.commit)
            self.home.work()

    def check(self) -> None:
        """What must be true after all of it."""
        home = self.home
        verdicts = home.verdicts()
        page = home.page()
        assert page["routing"].get(self.bgp) == "1.1"
        assert self.ospf not in page["routing"]
        assert page["firewall"].get(self.acl) == "3.0"
        assert home.releases.live().bill.of("frontend").id == self.commit
        assert verdicts[self.bgp, "1.1"] == "live"
        assert verdicts[self.bgp, "1.0"] == "replaced"
        assert verdicts[self.acl, "3.0"] == "live"
        assert verdicts[self.ospf, "2.0"] == "rejected"

    def let_the_older_run_deploy(self) -> None:
        """Its action ends at last; it changes nothing, and says why."""
        home = self.home
        before = home.releases.live()
        outcome = home.executor.providers[self.late.provider](self.late)
        assert outcome.variables["RELEASE"] == "overtaken"
        with home.store.view() as view:
            (told,) = [one.fact for one in view.about(self.older) if one.fact.kind == "release.refused"]
        assert told.outcome == "overtaken"
        assert told.fresh_run_wanted, "commits have no order, so its own may be the newest: that is looked up"
        assert "this run holds generation" in told.reason
        assert home.releases.live() == before
        home.work()
        assert home.releases.live() == before


@pytest.mark.parametrize("part", range(HOMES))
def test_all_orders_of_six_events_and_a_late_older_run_end_with_the_newest(tmp_path, part):
    home = Home(tmp_path).serve().work()
    for number in range(part, len(ORDERS), HOMES):
        each = Round(home, number)
        each.leave_a_run_behind()
        each.play(ORDERS[number])
        each.check()
        each.let_the_older_run_deploy()
        each.check()
    assert home.facts("run.failed") == []
    assert differences(home.store) == []


def test_the_orders_are_all_there_are():
    assert len(set(ORDERS)) == 720
    assert sum(len(range(part, len(ORDERS), HOMES)) for part in range(HOMES)) == 720


def test_an_overtaken_run_succeeds_and_its_message_says_who_was_faster(tmp_path):
    home = Home(tmp_path).serve().work()
    home.executor.held = {"deploy-site"}
    home.put("bgp", "1.0")
    home.work()
    live = home.releases.live()
    mark = live.high_water
    ahead = {**mark.generations, "docs/routing.zip": 7}
    raised = mark.raised(generations=ahead, decided_at=mark.decided_at, run="the-faster-run")
    home.releases.switch(marked(live, raised), expected_epoch=live.epoch)
    home.executor.let_go("deploy-site")
    home.work()
    run = home.run_rows()[-1]
    assert run.status == "Succeeded"
    assert (
        "changed nothing, run the-faster-run brought docs/routing.zip to generation 7"
        in home.message(run.id)[1]
    )
    assert home.releases.live().release == live.release
    assert home.verdicts()["bgp", "1.0"] == "pending"
    assert home.line("bgp", "1.0").phase == COMPLETE
