"""The way back: at the edge at once, held, and lifted into one deploy."""

import json
import time
import urllib.request

import pytest

from e2e.workbench import project, until

AT_THE_EDGE_SECONDS = 2.0


def shown(up):
    with urllib.request.urlopen(f"{up.edge_url}/versions.json", timeout=10) as response:
        return json.load(response)["ranking"].get("rerank")


def release_two(pages):
    """1.0.0, then 1.1.0, both proven."""
    up = pages.up()
    pages.wait_for_run("Succeeded")
    for number, version in enumerate(("1.0.0", "1.1.0"), start=1):
        pages.put(("rerank", version, "ranking"))
        pages.wait_for_verdicts(number)
    return up


def switches(pages):
    return [one.fact for one in pages.facts() if one.fact.kind == "release.switched"]


def builds(pages):
    return pages.rows("SELECT count(*) FROM attempt WHERE action = 'build-site'")[0][0]


def quiet(pages):
    """Whether everything that was told of was read, and nothing runs."""
    (left,) = pages.rows(
        "SELECT (SELECT count(*) FROM run WHERE status = 'InProgress')"
        " + (SELECT count(*) FROM fact WHERE kind = 'change.recorded'"
        "    AND seq > (SELECT seq FROM cursor WHERE reader = 'publish'))"
        " + (SELECT count(*) FROM fact WHERE kind = 'document.replaced'"
        "    AND seq > (SELECT seq FROM cursor WHERE reader = 'start'))"
    )
    return left == (0,)


def test_the_kept_release_is_at_the_edge_within_two_seconds_and_no_build_was_made(tmp_path):
    with project(tmp_path) as pages:
        up = release_two(pages)
        before = builds(pages)
        began = time.monotonic()
        pages.json("release", "rollback", "previous", "--reason", "prices are wrong")
        assert shown(up) == "1.0.0"
        assert time.monotonic() - began < AT_THE_EDGE_SECONDS
        assert builds(pages) == before
        assert pages.home.ledger.unproven() == (pages.home.releases.live().release,), "proven at once"
        assert pages.home.releases.live().hold.reason == "prices are wrong"


def test_five_changes_during_a_hold_are_no_deploy_and_exactly_one_once_it_is_lifted(tmp_path):
    with project(tmp_path) as pages:
        up = release_two(pages)
        pages.run("release", "rollback", "previous", "--reason", "prices are wrong")
        before, built = len(switches(pages)), builds(pages)
        for number in range(5):
            pages.put(("rerank", f"1.{number + 2}.0", "ranking"))
            until(lambda: quiet(pages), "the change is read")
        swept = pages.json("sweep")
        assert (swept["run_wanted"], swept["held"]) == (False, "prices are wrong")
        time.sleep(1.5)  # longer than the server ever sleeps
        assert (len(switches(pages)), builds(pages)) == (before, built)
        assert shown(up) == "1.0.0"
        trace = pages.json("trace", "rerank", "1.6.0")
        assert trace["verdict"] == "pending"
        assert "held: prices are wrong" in trace["steps"][-1]["waiting_because"]

        pages.run("release", "lift")
        pages.wait_for_verdicts(7)
        until(lambda: quiet(pages), "nothing left")
        time.sleep(1.5)
        assert (len(switches(pages)), builds(pages)) == (before + 1, built + 1)
        assert shown(up) == "1.6.0"
        found = {version: verdict for (_, version), verdict in pages.verdicts().items()}
        assert found == {
            "1.0.0": "live",
            "1.1.0": "live",
            **{f"1.{n}.0": "replaced" for n in range(2, 6)},
            "1.6.0": "live",
        }
        assert pages.drift() == []


def test_a_sweep_during_a_hold_finds_what_was_missed_and_starts_nothing(tmp_path):
    with project(tmp_path) as pages:
        up = release_two(pages)
        pages.run("release", "rollback", "previous", "--reason", "prices are wrong")
        with pages.home.store.transaction() as transaction:
            before = transaction.newest()
        pages.put(("rerank", "1.2.0", "ranking"))
        with pages.home.store.transaction() as transaction:
            transaction.move_cursor("publish", transaction.newest())
        runs = pages.run_status()
        for _ in range(3):
            pages.run("sweep")
        until(lambda: quiet(pages), "the sweep's writes are read")
        time.sleep(1.5)
        assert pages.run_status() == runs
        assert shown(up) == "1.0.0"
        kinds = {one.fact.kind for one in pages.facts() if one.seq > before}
        assert "release.switched" not in kinds
        assert "run.started" not in kinds


def test_a_rollback_without_a_server_is_what_the_next_start_serves(tmp_path):
    with project(tmp_path) as pages:
        up = release_two(pages)
        assert up.end() == 0
        pages.put(("rerank", "1.2.0", "ranking"))
        done = pages.run("release", "rollback", "previous", "--reason", "prices are wrong", code=4)
        assert "no edge is running" in done.stderr
        up = pages.up()
        until(lambda: quiet(pages), "the change is read")
        assert shown(up) == "1.0.0"
        until(lambda: pages.home.ledger.unproven()[0] == pages.home.releases.live().release, "live")
        until(lambda: len(pages.home.ledger.unproven()) == 1, "proven by the server")
        assert pages.verdicts()["rerank", "1.2.0"] == "pending"


def test_forward_and_back_and_a_second_way_back_stay_provable(tmp_path):
    with project(tmp_path) as pages:
        up = release_two(pages)
        newest, oldest = (release["id"] for release in pages.json("release", "list")[:2])
        for target, version in ((oldest, "1.0.0"), (newest, "1.1.0"), (oldest[:40], "1.0.0")):
            told = pages.json("release", "rollback", target, "--reason", "to and fro")
            assert told["seen"] is True
            assert shown(up) == version
        assert pages.home.releases.live().epoch == len(switches(pages))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nonsense", "--reason", "x"), 2, "no kept release"),
        (("previous",), 2, "--reason"),
        (("previous", "--reason", "  "), 2, "a reason is wanted"),
    ],
)
def test_a_way_back_that_cannot_be_is_refused_and_changes_nothing(tmp_path, words, code, said):
    with project(tmp_path) as pages:
        done = pages.run("release", "rollback", *words, code=code)
        assert pages.home.releases.live() is None
        assert said in done.stderr
