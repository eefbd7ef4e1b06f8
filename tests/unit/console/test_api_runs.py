import uuid

import pytest

from laststop.homes.embedded.store.statements import load
from laststop.words.failure import Failure
from unit.console.console_workbench import ask

NOWHERE = str(uuid.UUID(int=7))
BROKEN = Failure(code="COMMAND_EXECUTION_ERROR", message="npm run build: exit status 3", exit_status=3)


def fail_a_run(bench):
    run = bench.start()
    bench.read_sources()
    bench.end("build-site", BROKEN)
    return run


def test_a_run_is_started_and_found_where_the_answer_says(bench):
    answer = ask(bench.app(), "POST", "/api/v1/runs")
    assert answer.status == 201
    assert bench.rings == 1
    found = ask(bench.app(), "GET", answer.headers["location"])
    assert found.status == 200
    assert found.json["id"] == answer.json["id"]
    assert found.json["status"] == "InProgress"
    assert [stage["name"] for stage in found.json["stages"]] == ["Source"]
    assert len(found.json["stages"][0]["attempts"]) == 4


def test_nothing_is_started_before_the_pipeline_is_declared(undeclared):
    answer = ask(undeclared.app(), "POST", "/api/v1/runs")
    assert answer.status == 404
    assert undeclared.rings == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/api/v1/runs/{NOWHERE}"),
        ("GET", "/api/v1/runs/ffff"),
        ("GET", "/api/v1/runs/latest"),
        ("GET", f"/api/v1/runs?before={NOWHERE}"),
        ("POST", f"/api/v1/runs/{NOWHERE}/retry"),
        ("POST", f"/api/v1/runs/{NOWHERE}/stop"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/api/v2/runs"),
    ],
)
def test_what_does_not_exist_is_not_found_in_the_one_shape(bench, method, path):
    answer = ask(bench.app(), method, path)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.error["code"] == "NotFound"


def test_a_method_that_an_address_does_not_know_is_refused_with_those_it_knows(bench):
    answer = ask(bench.app(), "DELETE", "/api/v1/runs")
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert answer.error["code"] == "WrongMethod"


def test_runs_are_listed_in_pages_from_the_newest(bench):
    runs = [fail_a_run(bench) for _ in range(5)]
    first = ask(bench.app(), "GET", "/api/v1/runs?limit=2")
    assert [run["id"] for run in first.json] == [runs[4], runs[3]]
    link = first.headers["link"]
    second = ask(bench.app(), "GET", link[1 : link.index(">")])
    assert [run["id"] for run in second.json] == [runs[2], runs[1]]
    last = ask(bench.app(), "GET", f"/api/v1/runs?limit=2&before={runs[1]}")
    assert [run["id"] for run in last.json] == [runs[0]]
    assert "link" not in last.headers


@pytest.mark.parametrize("limit", ["0", "-1", "501", "x", "", "9" * 400, "1.5", "\u0663"])
def test_a_limit_that_is_none_is_named(bench, limit):
    answer = ask(bench.app(), "GET", f"/api/v1/runs?limit={limit}")
    assert answer.status == 400
    assert answer.error["place"] == "limit"


def test_a_failed_run_is_retried_in_the_stage_where_it_ended(bench):
    run = fail_a_run(bench)
    shown = ask(bench.app(), "GET", f"/api/v1/runs/{run}").json
    assert shown["status"] == "Failed"
    assert shown["stages"][-1]["attempts"][-1]["failure"]["exit_status"] == 3
    answer = ask(bench.app(), "POST", f"/api/v1/runs/{run[:8]}/retry", body=b'{"mode": "ALL_ACTIONS"}')
    assert (answer.status, answer.json["status"]) == (200, "InProgress")
    assert bench.rings == 1
    twice = ask(bench.app(), "POST", f"/api/v1/runs/{run}/retry")
    assert twice.status == 409
    assert bench.rings == 1


def test_a_run_is_stopped_once(bench):
    run = bench.start()
    answer = ask(bench.app(), "POST", f"/api/v1/runs/{run}/stop", body=b'{"reason": "wrong one"}')
    assert (answer.status, answer.json["status"]) == (200, "Stopping")
    assert ask(bench.app(), "POST", f"/api/v1/runs/{run}/stop").status == 409
    at_once = ask(bench.app(), "POST", f"/api/v1/runs/{run}/stop", body=b'{"abandon": true}')
    assert at_once.json["status"] == "Stopped"


@pytest.mark.parametrize(("path", "body"), [("retry", b'{"mode": "SOME"}'), ("stop", b'{"abandn": true}')])
def test_a_member_that_is_not_known_changes_nothing(bench, path, body):
    run = bench.start()
    assert ask(bench.app(), "POST", f"/api/v1/runs/{run}/{path}", body=body).status == 400
    assert bench.state().runs[run].status == "InProgress"


def test_health_is_the_loop_and_the_store(bench):
    app = bench.app()
    answer = ask(app, "GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    bench.alive = False
    unwell = ask(app, "GET", "/healthz")
    assert unwell.status == 503
    assert unwell.error["code"] == "TryAgain"
    assert unwell.headers["retry-after"] == "1"


def test_the_pulse_moves_with_the_journal(bench):
    app = bench.app()
    before = ask(app, "GET", "/api/v1/pulse").json["seq"]
    assert ask(app, "GET", "/api/v1/pulse").json["seq"] == before
    bench.start()
    assert ask(app, "GET", "/api/v1/pulse").json["seq"] > before


def test_the_beginning_of_an_id_is_found_without_looking_at_every_run(bench):
    first = bench.start()
    second = first[:9] + ("0" if first[9] != "0" else "1") + first[10:]
    with bench.home.store.transaction() as transaction:
        transaction.connection.execute(
            "INSERT INTO run (id, ordinal, pipeline, status, cause, started_at)"
            " SELECT ?, ordinal + 1, pipeline, status, cause, started_at FROM run WHERE id = ?",
            (second, first),
        )
        plan = transaction.connection.execute(
            f"EXPLAIN QUERY PLAN {load('runs.sql')['by_prefix']}", ("ab",)
        ).fetchall()
    assert [row[-1] for row in plan] == ["SEARCH run USING PRIMARY KEY (id>? AND id<?)"]
    for run in (first, second):
        assert ask(bench.app(), "GET", f"/api/v1/runs/{run[:10]}").json["id"] == run
    assert "several runs begin" in ask(bench.app(), "GET", f"/api/v1/runs/{first[:9]}").error["message"]
    assert ask(bench.app(), "GET", "/api/v1/runs/%25").status == 404
