"""Killed at any moment, nothing is lost, nothing happens twice, and the page never goes backwards."""

import json
import os
import random
import signal
import time
import urllib.request
from collections import Counter

import pytest

from e2e.workbench import FINAL, NEEDS_PROC, processes_of, project, until
from faults.campaign import Campaign, prepare, shuffled_changes
from faults.effects import missed, repeated
from faults.reader import Reader
from faults.watch import FLOW

TIMES = dict.fromkeys((*FLOW, "start-up"), 3) | {"publish": 8, "verdict": 6}
"""How often each phase must be hit at least; more often where what may go wrong lasts less than a millisecond."""
BUDGET_SECONDS = 420
WAITING_BUILD = """      - python3 patience.py
      - python3 build.py
"""
PATIENCE = """import os, time
while not os.path.exists(os.environ["GO"]):
    time.sleep(0.02)
"""


def seed_of_the_day() -> int:
    """Another one each time, unless LASTSTOP_TEST_SEED names one."""
    return int(os.environ.get("LASTSTOP_TEST_SEED", random.SystemRandom().randrange(10**6)))


@pytest.mark.kill
def test_kills_in_every_phase_lose_nothing_and_repeat_nothing(tmp_path, capsys):
    seed = seed_of_the_day()
    ends = time.monotonic() + BUDGET_SECONDS

    def fire(campaign):
        campaign.hit_everything(TIMES, limit=40)
        while campaign.counts["start-up"] < TIMES["start-up"] and time.monotonic() < ends:
            campaign.while_starting()
        for _ in range(10):
            campaign.blind()

    with capsys.disabled():
        campaign = under_fire(tmp_path, seed, changes=(10, 3), fire=fire, tell=print)
    assert all(campaign.counts[phase] >= times for phase, times in TIMES.items())


def test_a_kill_in_build_and_one_in_deploy_are_made_good(tmp_path):
    def fire(campaign):
        campaign.hit_everything({"build": 1, "deploy": 1}, limit=10)

    under_fire(tmp_path, 7, changes=(4, 2), fire=fire, tell=lambda _: None)


@NEEDS_PROC
def test_a_build_that_outlives_its_killed_server_is_ended_before_it_is_built_again(tmp_path):
    go = tmp_path / "go"
    with project(tmp_path, GO=str(go)) as pages:
        pages.replace("laststop.toml", '# pass = ["NPM_TOKEN"]', 'pass = ["GO"]')
        pages.replace("frontend/buildspec.yml", "      - python3 build.py\n", WAITING_BUILD)
        pages.write("frontend/patience.py", PATIENCE)
        pages.commit("A build that waits")
        up = pages.up()
        orphans = set(until(lambda: processes_of(pages.folder, "python3"), "a build under way"))
        up.kill()
        assert orphans <= set(processes_of(pages.folder))
        pages.up()
        again = until(lambda: set(processes_of(pages.folder, "python3")) - orphans, "the build once more")
        assert not orphans & set(processes_of(pages.folder))
        assert len(again) == 1
        go.touch()
        pages.wait_for_run("Succeeded")
        assert processes_of(pages.folder) == []
        assert repeated(pages.facts()) == []


def under_fire(tmp_path, seed, *, changes, fire, tell):
    """A campaign from its first change to the checks at its end, a reader looking on all the time."""
    rng = random.Random(seed)
    with project(tmp_path) as pages:
        prepare(pages)
        edge, url = pages.edge()
        with Reader(url) as reader:
            campaign = Campaign(pages, rng, shuffled_changes(rng, *changes))
            try:
                fire(campaign)
                campaign.settle()
            finally:
                tell("\n" + "\n".join(campaign.table(seed)))
            shown = json.loads(fetch(f"{url}/versions.json"))
            page = fetch(f"{url}/").decode()
        campaign.watch.close()
        assert campaign.up.end() == 0
        assert edge.end(signal.SIGINT) == 0
        check(campaign, reader, shown, page)
        return campaign


def check(campaign, reader, shown, page):
    """Everything that must hold at the end."""
    pages, facts = campaign.project, campaign.project.facts()
    verdicts = Counter(word for (word,) in pages.rows("SELECT verdict FROM verdict"))
    assert sum(verdicts.values()) == campaign.released()
    assert set(verdicts) <= set(FINAL)
    assert shown == campaign.expected()
    for algorithms in shown.values():
        for name, version in algorithms.items():
            assert f"<code>{name}</code> <b>{version}</b>" in page
            assert pages.verdicts()[name, version] == "live"
    assert set(pages.run_status()) == {"Succeeded"} | {"Superseded"} & set(pages.run_status())
    assert repeated(facts) == []
    assert missed(facts) == []
    assert reader.trouble == []
    assert campaign.contents.backwards(reader.glimpses) == []
    assert len(reader.glimpses) > 100
    assert pages.drift() == []
    until(lambda: not processes_of(pages.folder), "the end of every process of a build", seconds=5)


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read()
