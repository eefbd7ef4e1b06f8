import asyncio
import http.client
import json
import threading
import time
import typing
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from laststop.console import api_events
from laststop.console.events import BATCH, KINDS, event_of, read_events, read_kinds
from laststop.console.server import ConsoleServer
from laststop.errors import TransientError, UsageError
from laststop.pipeline.declaration import PipelineVariable
from laststop.pipeline.inputs import Declare
from laststop.words.facts import AnyFact, Recorded
from unit.console.console_workbench import ask
from unit.words.fact_values import facts_of

SECRET = "hunter2"


def events_of(text):
    """Messages as a browser takes them apart: event, id, data."""
    found = []
    for block in text.split("\n\n"):
        lines = (line for line in block.splitlines() if line and not line.startswith(":"))
        members = dict(line.split(": ", 1) for line in lines)
        if "data" in members:
            found.append((members.get("event", "message"), members.get("id"), json.loads(members["data"])))
    return found


def listen(bench, query="", **how):
    """What is told before the client leaves."""
    answer = ask(bench.app(), "GET", f"/api/v1/events{query}", **how)
    assert answer.status == 200, answer.text
    return events_of(answer.text)


def newest(bench):
    with bench.home.store.view() as view:
        return view.newest()


@contextmanager
def served(bench):
    app = bench.app()
    server = ConsoleServer(app, host="127.0.0.1", port=0)
    try:
        yield urlsplit(server.start()).port, app
    finally:
        app.state.events.end()
        server.stop()


@contextmanager
def stream(port, query="", headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", f"/api/v1/events{query}", headers=headers or {})
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        connection.close()


def next_data(answer):
    while line := answer.readline().decode():
        if line.startswith("data: "):
            return json.loads(line[6:])
    return None


@pytest.mark.parametrize("kind", typing.get_args(AnyFact), ids=lambda kind: str(kind.__struct_config__.tag))
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_every_fact_becomes_an_event_of_words_and_numbers(kind, data):
    recorded = Recorded(seq=7, fact=data.draw(facts_of(kind)))
    shown = json.loads(msgspec.json.encode(event_of(recorded)))
    assert (shown["seq"], shown["kind"]) == (7, recorded.fact.kind)
    assert all(isinstance(value, str | int) and not isinstance(value, bool) for value in shown.values())


def test_attributes_variables_and_configuration_are_not_told(bench):
    body = json.dumps({"type": "routing", "attributes": {"key": SECRET}}).encode()
    assert ask(bench.app(), "PUT", "/api/v1/catalog/bgp-policy/1.0", body=body).status == 201
    key = PipelineVariable(name="KEY", default_value="none")
    bench.decide(Declare(declaration=msgspec.structs.replace(bench.pipeline, variables=(key,))))
    ask(bench.app(), "POST", "/api/v1/runs", body=json.dumps({"variables": {"KEY": SECRET}}).encode())
    told = listen(bench, "?after=0")
    assert {"change.recorded", "action.started", "document.replaced"} <= {data["kind"] for _, _, data in told}
    assert SECRET not in json.dumps(told)
    assert not {name for _, _, data in told for name in data} & {"configuration", "new", "old", "declaration"}


def test_all_of_the_journal_is_told_in_order_and_each_event_is_named_by_its_place(bench):
    bench.ship()
    told = listen(bench, "?after=0")
    assert [data["seq"] for _, _, data in told] == list(range(1, newest(bench) + 1))
    assert [int(name) for _, name, _ in told] == [data["seq"] for _, _, data in told]


def test_more_than_a_batch_is_told_without_waiting(bench):
    with bench.home.store.transaction() as transaction:
        for _ in range(2 * BATCH + 50):
            transaction.connection.execute(
                "INSERT INTO fact (at, kind, subject, body) SELECT at, kind, subject, body FROM fact WHERE seq = 1"
            )
    with served(bench) as (port, _), stream(port, "?after=0") as answer:
        began = time.monotonic()
        seqs = [next_data(answer)["seq"] for _ in range(newest(bench))]
        assert time.monotonic() - began < 4 * api_events.LOOK_SECONDS
    assert seqs == list(range(1, len(seqs) + 1))


def test_a_client_that_comes_back_goes_on_where_it_was(bench):
    bench.ship()
    everything = listen(bench, "?after=0")
    assert listen(bench, "?after=10") == everything[10:]
    back = listen(bench, "?after=0", headers=[("Last-Event-ID", "12")])
    assert back == everything[12:]


def test_without_a_place_it_begins_now(bench):
    bench.ship()
    assert listen(bench) == []


def test_only_the_kinds_asked_for_are_told(bench):
    bench.ship()
    kinds = [
        data["kind"] for _, _, data in listen(bench, "?after=0&kind=run.*,release.seen&kind=verdict.settled")
    ]
    assert "release.seen" in kinds
    assert {kind.partition(".")[0] for kind in kinds} <= {"run", "release", "verdict"}
    assert [kind for kind in kinds if kind.startswith("release.")] == ["release.seen"]


def test_a_filter_that_finds_little_does_not_look_at_the_rest_again(bench):
    bench.ship()
    with bench.home.store.view() as view:
        batch = read_events(view, 0, frozenset({"release.held"}))
    assert (batch.events, batch.upto) == ((), newest(bench))


@pytest.mark.parametrize(
    ("query", "place", "said"),
    [
        ("?kind=run.startd", "kind", "run.started"),
        ("?kind=nothing", "kind", "groups"),
        ("?kind=moon.*", "kind", "groups"),
        ("?after=-1", "after", ""),
        ("?after=x", "after", ""),
        ("?after=" + "9" * 30, "after", ""),
    ],
)
def test_what_cannot_be_listened_to_is_named(bench, query, place, said):
    answer = ask(bench.app(), "GET", f"/api/v1/events{query}")
    assert answer.status == 400
    assert answer.error["place"] == place
    assert said in answer.error["hint"]


def test_a_filter_that_names_nothing_is_none():
    assert read_kinds([""]) == read_kinds([]) == KINDS
    with pytest.raises(UsageError):
        read_kinds(["run"])


def test_facts_that_retention_took_are_told_as_a_gap(bench):
    bench.ship()
    with bench.home.store.transaction() as transaction:
        transaction.connection.execute("DELETE FROM fact WHERE seq <= 10")
    told = listen(bench, "?after=4")
    assert told[0] == ("gap", None, {"after": 4, "next": 11})
    assert told[1][2]["seq"] == 11
    assert listen(bench, "?after=10")[0][0] == "message"


def test_a_place_of_another_journal_is_told_as_a_gap_and_what_happens_next_is_told(bench):
    place = newest(bench)
    with served(bench) as (port, _), stream(port, "?after=999999") as answer:
        assert next_data(answer) == {"after": 999999, "next": place + 1}
        bench.start()
        assert next_data(answer)["seq"] == place + 1


def test_what_happens_is_told_as_it_happens(bench):
    with served(bench) as (port, _), stream(port, "?kind=run.started") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.readline() == b"retry: 2000\n"
        run = bench.start()
        assert next_data(answer)["run"] == run


def test_a_silent_stream_is_kept_alive(bench, monkeypatch):
    monkeypatch.setattr(api_events, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(api_events, "LOOK_SECONDS", 0.02)
    with served(bench) as (port, _), stream(port) as answer:
        answer.readline(), answer.readline()
        assert answer.readline() == b": still here\n"


def test_too_many_listeners_are_told_when_to_come_back_and_one_that_leaves_makes_room(bench, monkeypatch):
    monkeypatch.setattr(api_events, "CLIENTS_MAX", 2)
    with served(bench) as (port, _):
        with stream(port) as first, stream(port) as second:
            assert (first.status, second.status) == (200, 200)
            with stream(port) as third:
                assert third.status == 503
                assert third.headers["retry-after"] == "5"
        ends = time.monotonic() + 5
        while True:
            with stream(port) as again:
                if again.status == 200:
                    break
            assert time.monotonic() < ends
            time.sleep(0.05)


def test_listeners_hold_no_view_and_take_nobodys_thread(bench):
    with served(bench) as (port, _):
        streams = [stream(port) for _ in range(12)]  # more than there are threads
        for each in streams:
            assert each.__enter__().status == 200
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
        bench.start()
        checkpoint = bench.home.store.database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert checkpoint[0] == 0, "a reader keeps the log from being cut"
        for each in streams:
            each.__exit__(None, None, None)


def test_many_listeners_cost_one_look_at_the_journal(bench, monkeypatch):
    monkeypatch.setattr(api_events, "LOOK_SECONDS", 0.1)
    with served(bench) as (port, app):
        looks = 0
        ask_store = app.state.events._newest_place

        def counted():
            nonlocal looks
            looks += 1
            return ask_store()

        streams = [stream(port) for _ in range(8)]
        for each in streams:
            each.__enter__()
        monkeypatch.setattr(app.state.events, "_newest_place", counted)
        time.sleep(0.5)
        assert 1 <= looks <= 6
        for each in streams:
            each.__exit__(None, None, None)


def test_streams_end_when_they_are_told_to_so_that_the_server_ends_at_once(bench):
    app = bench.app()
    server = ConsoleServer(app, host="127.0.0.1", port=0)
    port = urlsplit(server.start()).port
    with stream(port) as answer:
        app.state.events.end()
        began = time.monotonic()
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        assert answer.read().startswith(b"retry: 2000")
        stopping.join(5)
        assert time.monotonic() - began < 1.5


def test_the_head_of_a_stream_ends(bench):
    answer = ask(bench.app(), "HEAD", "/api/v1/events")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_a_client_that_takes_nothing_is_let_go_and_gives_its_place_back(bench, monkeypatch):
    monkeypatch.setattr(api_events, "SEND_SECONDS", 0.05)
    bench.ship()
    app = bench.app()
    bodies = 0

    async def receive():
        return await asyncio.Event().wait()

    async def send(message):
        nonlocal bodies
        bodies += message["type"] == "http.response.body"
        if bodies > 1:
            await asyncio.Event().wait()

    async def ask_for_all():
        request = Request({"type": "http", "method": "GET", "headers": [], "query_string": b"after=0"})
        answer = await app.state.events.answer(request)
        assert app.state.events._open == 1
        await asyncio.wait_for(answer({"type": "http"}, receive, send), 5)

    asyncio.run(ask_for_all())
    assert app.state.events._open == 0


def test_a_store_that_fails_ends_the_stream_in_order(bench, monkeypatch):
    app = bench.app()

    def fail(*_):
        raise TransientError("the disk fails")

    monkeypatch.setattr(app.state.events, "_read", fail)
    answer = ask(app, "GET", "/api/v1/events?after=0")
    assert answer.status == 200
    assert answer.text.endswith(": ends, TryAgain\n\n")
    assert app.state.events._open == 0


def listen_for(bench, pattern, query="&after=0"):
    return listen(bench, f"?pattern={quote(json.dumps(pattern))}{query}")


def test_events_in_eventbridges_shape_are_told_to_who_asks_by_a_pattern(bench):
    run = bench.ship()
    told = listen_for(bench, {"source": ["aws.codepipeline"]})
    assert {data["detail"]["execution-id"] for _, _, data in told} == {run}
    assert [data["detail"]["state"] for _, _, data in told][:3] == ["STARTED", "STARTED", "STARTED"]
    assert told[-1][2]["detail-type"] == "CodePipeline Pipeline Execution State Change"
    assert told[-1][2]["detail"]["state"] == "SUCCEEDED"
    assert len({data["id"] for _, _, data in told}) == len(told)


def test_a_pattern_lets_through_what_it_asks_for_and_the_stream_goes_on_behind_it(bench):
    bench.ship()
    pattern = {"detail-type": [{"prefix": "CodePipeline Stage"}], "detail": {"state": ["SUCCEEDED"]}}
    told = listen_for(bench, pattern)
    assert [data["detail"]["stage"] for _, _, data in told] == ["Source", "Build", "Release"]
    behind = listen_for(bench, pattern, f"&after={told[0][1]}")
    assert [data["id"] for _, _, data in behind] == [data["id"] for _, _, data in told[1:]]
    assert behind[0][2]["detail"]["version"] == 1.0, "what a run said before is known"


@pytest.mark.parametrize(
    "query", ["?pattern=%7B%7D", "?pattern=x", "?kind=run.started&pattern=%7B%22a%22%3A%5B1%5D%7D"]
)
def test_a_pattern_that_is_none_is_refused(bench, query):
    answer = ask(bench.app(), "GET", f"/api/v1/events{query}")
    assert answer.status == 400
    assert answer.error["place"].startswith("pattern") or answer.error["code"] == "InvalidEventPattern"
