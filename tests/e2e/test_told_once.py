"""Bursts, kills and restarts of a real server beside a stand-in of Slack, through the real `slack_sdk`."""

import json
import random
import time
from collections import Counter

from e2e.workbench import project, until
from unit.homes.slack_stand_in import slack_running

KILLS = 8


def test_after_bursts_kills_and_restarts_each_run_has_one_message_in_its_final_state(tmp_path):
    dice = random.Random(20261125)
    with (
        slack_running() as (slack, api, _),
        project(tmp_path, LASTSTOP_SLACK_TOKEN="xoxb-test", LASTSTOP_SLACK_API_URL=api) as pages,
    ):
        pages.replace("laststop.toml", "[notices]\n", '[notices]\nslack_channel = "#releases"\n')
        pages.replace("frontend/buildspec.yml", "- python3 build.py", "- sleep 0.2; python3 build.py")
        pages.commit("A little slower")
        up = pages.up()
        for number in range(KILLS):
            for burst in range(3):
                pages.put(("rerank", f"1.{number}.{burst}", "ranking"))
                time.sleep(dice.uniform(0.0, 0.3))
            up.kill()
            up = pages.up()
        pages.wait_for_verdicts(3 * KILLS, seconds=90)
        texts = dict(pages.rows("SELECT run, text FROM message"))

        def told() -> bool:
            posted = [json.dumps(each) for each in slack.posted()]
            return all(
                sum(run[:8] in each for each in posted) == 1
                and texts[run].splitlines()[0] in next(each for each in posted if run[:8] in each)
                for run in worth_telling(texts)
            )

        until(told, "one message for each run, in its final state")
        assert len(worth_telling(texts)) >= 3
        count = Counter(run for run in texts for each in slack.posted() if run[:8] in json.dumps(each))
        assert set(count.values()) == {1}
        assert slack.replies() == []
        assert up.end() == 0


def worth_telling(texts: dict[str, str]) -> list[str]:
    """Runs that went live; those that were superseded or brought nothing new are told of only if they were before."""
    return [run for run, text in texts.items() if "live, seen at the edge" in text.splitlines()[0]]
