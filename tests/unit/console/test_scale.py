"""What is looked at costs the same however much there is: small and large side by side, in pairs."""

import time
import uuid

import msgspec
import pytest

from laststop.homes.embedded.build_log import LogLine
from laststop.wiring.embedded import clock
from laststop.words.ids import AttemptKey
from unit.console.console_workbench import Bench, ask

FEW, MANY = 500, 10_000
"""Few fill a page as well: what a page shows costs time on any machine, what it does not show must not."""
PAIRS = 30
SLOWER_AT_MOST = 1.5


def fill(bench: Bench, count: int) -> None:
    """So many old runs with a message, versions of other algorithms, and one run with as many log lines."""
    ids = [str(uuid.UUID(int=number << 64)) for number in range(1, count + 1)]
    at = "2026-03-01T12:00:00.000Z"
    with bench.home.store.transaction() as transaction:
        connection = transaction.connection
        connection.executemany(
            "INSERT INTO run (id, ordinal, pipeline, status, cause, started_at, ended_at, bill)"
            " VALUES (?, ?, ?, ?, 'a cause', ?, ?, '{}')",
            [
                (each, number - count, bench.pipeline.name, ("Failed", "Succeeded")[number % 2], at, at)
                for number, each in enumerate(ids)
            ],
        )
        connection.executemany(
            "INSERT INTO message (run, revision, text, written_at) VALUES (?, 1, 'what became of it', ?)",
            [(each, at) for each in ids],
        )
        connection.execute(
            "INSERT INTO version (algorithm, version, type, phase, image, changed_at, seq)"
            " SELECT 'other-' || value, '1.0', 'routing', 'UPLOADED', ?, ?, 0 FROM json_each(?)",
            (
                '{"type": "routing", "phase": "UPLOADED"}',
                at,
                msgspec.json.encode(list(range(count))).decode(),
            ),
        )
    bench.put("bgp-policy", "2.1.0")
    run = bench.ship()
    path = bench.home.folders.log(AttemptKey(run=run, stage="Build", action="build-site", attempt=1))
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for number in range(count):
            line = LogLine(at=clock(), phase="BUILD", text=f"line {number}")
            file.write(msgspec.json.encode(line) + b"\n")


@pytest.fixture(scope="module")
def sizes(tmp_path_factory):
    benches = [Bench(tmp_path_factory.mktemp("scale") / str(count)) for count in (FEW, MANY)]
    for bench, count in zip(benches, (FEW, MANY), strict=True):
        fill(bench, count)
    yield [bench.app() for bench in benches]
    for bench in benches:
        bench.home.close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/runs",
        "/runs/{run}",
        "/runs/{run}/log/Build/build-site/1",
        "/versions/bgp-policy",
        "/versions/bgp-policy/2.1.0",
        "/releases",
        "/inbox",
        "/api/v1/runs?limit=10",
        "/api/v1/runs/{short}",
        "/api/v1/catalog?limit=10",
        "/api/v1/catalog/bgp-policy/2.1.0",
        "/api/v1/catalog/bgp-policy/2.1.0/trace",
    ],
)
def test_a_page_opens_as_fast_with_ten_thousand_as_with_one_page_full(sizes, path):
    named = []
    for app in sizes:
        run = ask(app, "GET", "/api/v1/runs?limit=1").json[0]["id"]
        named.append(path.format(run=run, short=run[:8]))
    took: list[list[float]] = [[], []]
    for _ in range(PAIRS):
        for which, (app, address) in enumerate(zip(sizes, named, strict=True)):
            began = time.perf_counter()
            answer = ask(app, "GET", address)
            took[which].append(time.perf_counter() - began)
            assert answer.status == 200, answer.text
    few, many = map(min, took)
    assert many < SLOWER_AT_MOST * few
