"""From `laststop init` to a page that shows the version, as people and scripts drive it."""

import json
import signal
import time
import urllib.error
import urllib.request
from datetime import datetime

import pytest

from e2e.workbench import NEEDS_PROC, RELEASED, processes_of, project, until

SUPPLY_BUILD = """      - echo "asking the supplier"
      - cat "$SUPPLY"
      - python3 build.py
"""
PATIENT_BUILD = """      - test -e "$GO" || sleep 60
      - python3 build.py
"""


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.read().decode()


def shown(up):
    return json.loads(fetch(f"{up.edge_url}/versions.json"))


def put_over_http(up, path, body):
    request = urllib.request.Request(
        f"{up.console_url}/api/v1/catalog/{path}",
        data=json.dumps(body).encode(),
        method="PUT",
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def build_with(pages, commands):
    pages.replace("frontend/buildspec.yml", "      - python3 build.py\n", commands)
    pages.commit("Another build")


def test_a_version_goes_live_and_its_trace_tells_how_long_each_step_took(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        put = pages.run(
            "catalog", "put", "rerank", "1.0.0", "--type", "ranking", "--set", "title=Second look"
        )
        assert "rerank 1.0.0 (ranking) is UPLOADED" in put.stderr
        phase = pages.run("catalog", "phase", "rerank", "1.0.0", RELEASED)
        assert "laststop trace rerank 1.0.0" in phase.stderr
        pages.wait_for_verdicts(1)
        assert shown(up) == {"pricing": {}, "ranking": {"rerank": "1.0.0"}}
        assert "Second look" in fetch(f"{up.edge_url}/")
        trace = pages.json("trace", "rerank")
        assert (trace["algorithm"], trace["version"], trace["verdict"]) == ("rerank", "1.0.0", "live")
        names = [step["name"] for step in trace["steps"]]
        told = ["recorded", "published", "run started", "Source", "Build", "Release / deploy-site"]
        assert [name for name in names if name in told] == told
        assert {"seen at the edge", "Release / invalidate-edge", "Release / verify-live"} <= set(names)
        assert names[-1] == "verdict live"
        times = [datetime.fromisoformat(step["at"]) for step in trace["steps"]]
        assert times == sorted(times)
        in_all = sum(step["took_seconds"] for step in trace["steps"])
        assert in_all == pytest.approx((times[-1] - times[0]).total_seconds(), abs=0.01)
        text = pages.run("trace", "rerank").stdout
        assert text.startswith("rerank 1.0.0: live\n")
        assert text.splitlines()[-1].split()[:2] == ["in", "all"]
        assert up.end() == 0


def test_without_a_server_commands_are_kept_and_happen_when_up_starts(tmp_path):
    with project(tmp_path) as pages:
        put = pages.run("catalog", "put", "rerank", "1.0.0", "--type", "ranking")
        phase = pages.run("catalog", "phase", "rerank", "1.0.0", RELEASED)
        assert all("no server is running" in done.stderr for done in (put, phase))
        waiting = pages.json("trace", "rerank")["steps"][-1]
        assert waiting["at"] is None
        assert "laststop up" in waiting["waiting_because"]
        up = pages.up()
        pages.wait_for_verdicts(1)
        assert shown(up)["ranking"] == {"rerank": "1.0.0"}


def test_a_failed_build_leaves_the_site_alone_and_a_retry_goes_live_once_the_cause_is_gone(tmp_path):
    supply = tmp_path / "supply.txt"
    supply.write_text("here\n")
    with project(tmp_path, SUPPLY=str(supply)) as pages:
        pages.replace("laststop.toml", '# pass = ["NPM_TOKEN"]', 'pass = ["SUPPLY"]')
        build_with(pages, SUPPLY_BUILD)
        up = pages.up()
        pages.put(("rerank", "1.0.0", "ranking"))
        pages.wait_for_verdicts(1)
        before = fetch(f"{up.edge_url}/build.json")

        supply.unlink()
        pages.put(("rerank", "1.1.0", "ranking"))
        pages.wait_for_run("Failed")
        until(lambda: pages.verdicts()["rerank", "1.1.0"] == "failed", "the verdict of the failed run")
        assert fetch(f"{up.edge_url}/build.json") == before
        told = pages.json("run", "show", "latest")
        [failed] = [each for each in told["attempts"] if each["status"] == "Failed"]
        assert (failed["stage"], failed["action"]) == ("Build", "build-site")
        failure = failed["failure"]
        assert failure["phase"] == "BUILD"
        assert failure["command"] == 'cat "$SUPPLY"'
        assert failure["exit_status"] == 1
        assert any("supply.txt" in line for line in failure["lines"])
        text = pages.run("run", "show").stdout
        for part in (
            "Build",
            "build-site",
            "phase BUILD, exit status 1",
            'cat "$SUPPLY"',
            "supply.txt",
            "run retry",
        ):
            assert part in text
        assert "asking the supplier" in pages.run("run", "logs").stdout
        until(
            lambda: "run retry" in pages.json("run", "show", "latest")["message"],
            "a message that says what to do",
        )

        supply.write_text("here again\n")
        pages.run("run", "retry")
        pages.wait_for_verdicts(2)
        assert pages.verdicts() == {("rerank", "1.0.0"): "live", ("rerank", "1.1.0"): "live"}
        assert shown(up)["ranking"] == {"rerank": "1.1.0"}
        assert pages.run_status()[-1] == "Succeeded"
        assert pages.drift() == []


@NEEDS_PROC
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_up_within_seconds_and_leaves_no_process_and_no_change_behind(tmp_path, number):
    go = tmp_path / "go"
    with project(tmp_path, GO=str(go)) as pages:
        pages.replace("laststop.toml", '# pass = ["NPM_TOKEN"]', 'pass = ["GO"]')
        build_with(pages, PATIENT_BUILD)
        up = pages.up()
        pages.put(("rerank", "1.0.0", "ranking"))
        until(lambda: processes_of(pages.folder, "sleep"), "a build under way")
        began = time.monotonic()
        assert up.end(number) == 0
        assert time.monotonic() - began < 5
        assert processes_of(pages.folder) == []
        assert list(pages.home.folders.edges.glob("*.json")) == []

        go.touch()
        up = pages.up()
        pages.wait_for_verdicts(1)
        assert shown(up)["ranking"] == {"rerank": "1.0.0"}
        assert "Failed" not in pages.run_status()


def test_an_idle_server_ends_at_once(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        pages.wait_for_run("Succeeded")
        assert up.end(signal.SIGINT, seconds=3) == 0
        assert pages.home.folders.lock.read_bytes() == b""


def test_a_ci_job_puts_a_version_over_http(tmp_path):
    with project(tmp_path) as pages:
        up = pages.up()
        body = {"type": "ranking", "phase": RELEASED, "attributes": {"title": "Second look"}}
        status, answer = put_over_http(up, "rerank/1.0.0", body)
        assert (status, answer["changed"]) == (201, True)
        pages.wait_for_verdicts(1)
        assert shown(up)["ranking"] == {"rerank": "1.0.0"}
        status, answer = put_over_http(up, "rerank/1.0.0", body)
        assert (status, answer["changed"]) == (200, False)
        status, answer = put_over_http(up, "other/1.0.0", {"type": "rankign"})
        assert (status, answer["error"]["code"]) == (400, "InvalidInput")
        assert "ranking" in answer["error"]["message"] + answer["error"]["hint"]
        assert [line["algorithm"] for line in pages.json("catalog", "list")] == ["rerank"]


def test_an_edge_of_its_own_outlives_a_restart_of_up(tmp_path):
    with project(tmp_path) as pages:
        edge, url = pages.edge()
        up = pages.up()
        assert up.edge_url == url
        pages.put(("rerank", "1.0.0", "ranking"))
        pages.wait_for_verdicts(1)
        assert shown(up)["ranking"] == {"rerank": "1.0.0"}
        assert up.end() == 0
        assert shown(up)["ranking"] == {"rerank": "1.0.0"}
        pages.put(("rerank", "1.1.0", "ranking"))
        up = pages.up()
        assert up.edge_url == url
        pages.wait_for_verdicts(2)
        assert shown(up)["ranking"] == {"rerank": "1.1.0"}
        assert edge.end(signal.SIGINT) == 0
