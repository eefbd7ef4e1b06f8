import re
import uuid

import pytest

from unit.console.console_workbench import ask


def metrics(bench):
    answer = ask(bench.app(), "GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text)


def samples(text):
    """The format, read strictly: every sample belongs to a family that was announced before it."""
    assert text.endswith("\n")
    found, family = {}, ""
    for line in text.splitlines():
        if line.startswith("# "):
            family = re.fullmatch(r"# (?:HELP|TYPE) (\w+) .+", line)[1]
            continue
        name, value = re.fullmatch(r"(\w+(?:\{\w+=\"(?:[^\"\\]|\\.)*\"\})?) (\S+)", line).groups()
        assert name.startswith(family)
        assert name not in found
        found[name] = float(value)
    return found


def test_an_empty_project_is_measured_with_zeros(bench):
    found = metrics(bench)
    assert found['laststop_changes{verdict="live"}'] == 0
    assert found['laststop_runs{status="Failed"}'] == 0
    assert found["laststop_lead_time_seconds_count"] == 0
    assert found["laststop_edges"] == 0
    assert found["laststop_serving"] == 1
    assert not any(name.startswith("laststop_live") for name in found)


def test_a_change_that_went_live_is_counted_with_its_lead_time(bench):
    bench.put("bgp-policy", "2.1.0")
    before = metrics(bench)
    assert (before["laststop_changes_unsettled"], before['laststop_changes{verdict="pending"}']) == (1, 1)
    bench.ship()
    found = metrics(bench)
    assert found['laststop_changes{verdict="live"}'] == 1
    assert found["laststop_changes_unsettled"] == 0
    assert found['laststop_runs{status="Succeeded"}'] == 1
    assert found["laststop_lead_time_seconds_count"] == 1
    assert 0 < found["laststop_lead_time_seconds_sum"] < 60
    assert found['laststop_lead_time_seconds_bucket{le="60"}'] == 1
    buckets = [value for name, value in found.items() if "_bucket" in name]
    assert buckets == sorted(buckets)
    assert found['laststop_lead_time_seconds_bucket{le="+Inf"}'] == 1
    assert found["laststop_facts_total"] > before["laststop_facts_total"]


def test_what_is_live_and_held_is_told(bench):
    bench.ship(hold="wrong prices")
    found = metrics(bench)
    assert found["laststop_held"] == 1
    [live] = [name for name in found if name.startswith("laststop_live_release")]
    assert live.startswith('laststop_live_release{release="')


def test_a_loop_that_has_ended_is_told(bench):
    bench.alive = False
    assert metrics(bench)["laststop_serving"] == 0


def test_an_idle_server_counts_once_and_what_happens_is_counted(bench):
    app = bench.app()
    first = ask(app, "GET", "/metrics").text
    with bench.home.store.transaction() as transaction:
        transaction.connection.execute("DELETE FROM run")  # behind the journal's back
    assert ask(app, "GET", "/metrics").text == first
    bench.start()
    assert samples(ask(app, "GET", "/metrics").text)['laststop_runs{status="InProgress"}'] == 1


@pytest.mark.parametrize("runs", [10, 10_000])
def test_a_page_of_runs_costs_the_same_however_many_there_are(bench, runs):
    """Counted in steps of SQLite's machine, which unlike time are the same on every machine."""
    names = [str(uuid.UUID(int=number)) for number in range(1, runs + 1)]
    with bench.home.store.transaction() as transaction:
        transaction.connection.executemany(
            "INSERT INTO run (id, ordinal, pipeline, status, cause, started_at) VALUES (?, ?, 'p', 'Failed', 'c', ?)",
            [(name, number, "2026-03-01T12:00:00.000Z") for number, name in enumerate(names)],
        )
    hundreds = 0

    def count():
        nonlocal hundreds
        hundreds += 1

    with bench.home.store.view() as view:
        connection = view.connection
    connection.set_progress_handler(count, 100)  # the one connection that is lent to readers here
    answer = ask(bench.app(), "GET", f"/api/v1/runs?limit=5&before={names[-1]}")
    connection.set_progress_handler(None, 0)
    assert [run["id"] for run in answer.json] == names[-6:-1][::-1]
    assert hundreds <= 5
