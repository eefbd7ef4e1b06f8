import pytest

from laststop.errors import TransientError
from laststop.functions.publish import Shelf
from laststop.functions.start import Started
from laststop.functions.sweeping import RUNS_TOLD, Round, sweep
from unit.functions.aws_fakes import FakeHistory, FakeVerdicts, MemoryVersions, open_change
from unit.functions.test_publish import POLICY, Documents, Publications, Standings
from unit.homes.home_workbench import COMPLETE, EPOCH


class Desk:
    def __init__(self) -> None:
        self.versions, self.documents = MemoryVersions(), Documents()
        self.history = FakeHistory()
        self.verdicts, self.publications = FakeVerdicts(), Publications()
        self.done: list = []

    def sweep(self):
        shelf = Shelf(
            versions=self.versions,
            documents=self.documents,
            standings=Standings(),
            publications=self.publications,
        )
        return sweep(
            Round(
                shelf=shelf,
                policy=POLICY,
                verdicts=self.verdicts,
                clock=lambda: EPOCH,
                history=self.history,
                look=lambda: self.done.append("look"),
                settle=lambda: self.done.append("settle") or 2,
                tell=self.done.append,
                start=lambda ring: self.done.append(ring.again) or Started(why="nothing new"),
            )
        )


def test_a_lost_record_is_healed_and_named():
    desk = Desk()
    desk.versions.put("bgp", "1.0", "routing", COMPLETE)
    swept = desk.sweep()
    assert swept.healed == ("routing: bgp was not shown, is 1.0",)
    assert (swept.algorithms, swept.settled, swept.why) == (1, 2, "nothing new")
    assert desk.sweep().healed == ()


def test_a_change_whose_record_was_lost_is_noted_for_its_verdict_and_known_ones_are_not():
    desk = Desk()
    desk.verdicts.changes["k"] = open_change("1.0")
    for version, phase in (("1.0", COMPLETE), ("1.1", COMPLETE), ("1.2", "UPLOADED")):
        desk.versions.put("bgp", version, "routing", phase)
    desk.versions.put("odd", "1.0", "no-such-type", COMPLETE)
    assert desk.sweep().noted == 1
    assert desk.publications.told == [("routing", 1, ["bgp 1.1"])]


def test_what_only_a_document_still_shows_is_taken_out():
    desk = Desk()
    desk.versions.put("bgp", "1.0", "routing", COMPLETE)
    desk.sweep()
    desk.versions.rows.clear()
    assert desk.sweep().healed == ("routing: bgp was 1.0, is no longer shown",)


def test_the_documents_are_healed_before_a_run_is_asked_for_and_proofs_come_before_verdicts():
    desk = Desk()
    for number in range(RUNS_TOLD + 3):
        desk.history.began(f"run-{number}")
    desk.sweep()
    assert desk.done[:3] == [True, "look", "settle"]
    assert desk.done[3:] == [f"run-{number}" for number in range(RUNS_TOLD + 2, 2, -1)]


def test_a_throttled_store_ends_the_sweep_and_the_next_one_goes_on():
    desk = Desk()
    desk.versions.put("bgp", "1.0", "routing", COMPLETE)
    desk.versions.put("bgp", "1.1", "routing", COMPLETE)

    def throttled(*_, **__):
        raise TransientError("slow down")

    desk.documents.replace, replace = throttled, desk.documents.replace
    with pytest.raises(TransientError):
        desk.sweep()
    assert desk.done == []
    desk.documents.replace = replace
    assert desk.sweep().healed == ("routing: bgp was not shown, is 1.1",)
