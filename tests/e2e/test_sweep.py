"""Nothing is lost when nobody hears a thing: one sweep finds it, ships it once and says what it was."""

import json
import urllib.request
from datetime import timedelta

import pytest

from e2e.workbench import RELEASED, project
from laststop.catalog.version import WantedVersion
from laststop.functions.catalog import put_version
from laststop.homes.embedded.sweeper import Sweeper
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import clock
from unit.homes.home_workbench import PIPELINE, Home

HOURS = 25
MISSED_ALGORITHMS = 40


def sweep(home):
    """What `laststop sweep` does."""
    return Sweeper(
        store=home.store,
        policy=home.policy,
        locations=home.locations,
        pipeline=PIPELINE,
        clock=home.clock,
    ).once()


def forget(home, reader="publish"):
    """Everything written until now is told to nobody who reads so."""
    with home.store.transaction() as transaction:
        transaction.move_cursor(reader, transaction.newest())


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path).serve().work()


def test_after_twenty_five_hours_without_a_doorbell_one_sweep_brings_everything_live(home):
    home.put("known", "1.0")
    home.put("pinned", "1.0")
    home.put("gone", "1.0")
    home.work()
    before = len(home.run_rows())
    for hour in range(HOURS):
        home.put(f"new-{hour}", "1.0", type_=("routing", "firewall", "switching")[hour % 3])
        home.put("known", f"1.{hour + 1}")
        home.clock.pass_by(hours=1)
    home.put("pinned", "2.0")
    home.pin("pinned", "1.0")
    home.phase("gone", "1.0", "RETIRED")
    forget(home)
    home.work()
    assert len(home.run_rows()) == before, "nobody heard of it"

    swept = sweep(home)
    home.work()
    assert swept.run_wanted
    assert swept.held == ""
    assert len(home.run_rows()) == before + 1, "one run heals it all"
    shown = {name: version for types in home.page().values() for name, version in types.items()}
    assert shown == {"known": f"1.{HOURS}", "pinned": "1.0"} | {f"new-{n}": "1.0" for n in range(HOURS)}
    verdicts = home.verdicts()
    assert {verdicts[f"new-{n}", "1.0"] for n in range(HOURS)} == {"live"}
    assert {verdicts["known", f"1.{n}"] for n in range(1, HOURS)} == {"replaced"}
    assert verdicts["known", f"1.{HOURS}"] == "live"
    assert verdicts["pinned", "2.0"] == "replaced"

    text = home.message(home.run_rows()[-1].id)[1]
    assert "because the sweep found what was missed" in text
    for name in (
        "known 1.0 -> 1.25",
        "gone 1.0 is no longer shown",
        *(f"new-{n} 1.0 (new)" for n in range(HOURS)),
    ):
        assert name in text
    (told,) = home.facts("sweep.ended")
    assert any("known was 1.0, is 1.25" in sentence for sentence in told.healed)

    again = sweep(home)
    assert (again.healed, again.run_wanted) == ((), False)


def test_a_change_is_found_when_the_wish_for_a_run_was_lost(home):
    home.put("bgp", "1.0")
    home.publish()
    forget(home, "start")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "pending"}
    assert sweep(home).run_wanted
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}


def test_a_push_is_found_when_its_doorbell_was_lost(home):
    home.push("c2")
    forget(home, "start")
    home.work()
    assert home.releases.live().bill.of("frontend").id == "c1"
    assert sweep(home).run_wanted
    home.work()
    assert home.releases.live().bill.of("frontend").id == "c2"


def test_a_sweep_beside_a_run_under_way_asks_for_nothing_more(home):
    home.executor.held = {"build-site"}
    home.put("bgp", "1.0")
    home.work()
    assert not sweep(home).run_wanted
    home.executor.let_go("build-site")
    home.work()
    assert home.verdicts() == {("bgp", "1.0"): "live"}
    assert len(home.run_rows()) == 2


def test_a_document_that_shows_what_no_row_says_is_healed(home):
    home.put("bgp", "1.0")
    home.put("bgp", "1.1")
    home.work()
    with home.versions() as versions:
        versions.remove("bgp", "1.1")
    forget(home)
    swept = sweep(home)
    assert swept.healed == ("routing: bgp was 1.1, is 1.0",)
    home.work()
    assert home.page()["routing"] == {"bgp": "1.0"}


def test_a_served_project_ships_what_was_missed_for_a_day_after_one_command(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        pages.wait_for_run("Succeeded")
        pages.put(("known", "1.0.0", "ranking"))
        pages.wait_for_verdicts(1)
        runs = len(pages.run_status())
        for number in range(MISSED_ALGORITHMS):
            with pages.home.store.transaction() as transaction:
                at = clock() - timedelta(hours=HOURS) * (1 - number / MISSED_ALGORITHMS)
                versions = StoredVersions(transaction, lambda at=at: at)
                wanted = WantedVersion(
                    algorithm=f"a-{number}", version="1.0.0", type="pricing", phase=RELEASED
                )
                put_version(versions, wanted, pages.home.policy)
                transaction.move_cursor("publish", transaction.newest())
        assert len(pages.run_status()) == runs
        swept = pages.run("sweep")
        assert "40 changes had not been published" in swept.stdout
        pages.wait_for_verdicts(MISSED_ALGORITHMS + 1)
        assert set(pages.verdicts().values()) == {"live"}
        assert len(pages.run_status()) == runs + 1
        told = pages.json("run", "show", "latest")["message"]
        assert "the sweep found what was missed" in told
        assert all(f"a-{number} 1.0.0 (new)" in told for number in range(MISSED_ALGORITHMS))
        with urllib.request.urlopen(f"{up.edge_url}/versions.json", timeout=10) as response:
            assert len(json.load(response)["pricing"]) == MISSED_ALGORITHMS
        assert pages.drift() == []
