"""What is looked for, paged through, and told."""

import time
import uuid

import pytest

from laststop.console.told import paragraphs
from laststop.homes.embedded.clerk import Clerk
from laststop.wiring.embedded import clock
from laststop.words.facts_notices import MessageWritten
from laststop.words.failure import Failure
from unit.console.console_workbench import PAGE, ask
from unit.console.page_reader import HOSTILE, read

BROKEN = Failure(
    code="COMMAND_EXECUTION_ERROR",
    message="npm run build: exit status 3",
    phase="BUILD",
    command="npm run build",
    exit_status=3,
    lines=(f"{HOSTILE} error: no such module",),
)


def clerk(bench):
    made = Clerk(bench.home.store, project="translations", page_url=lambda: PAGE, clock=clock)
    while made.read():
        pass


def fail(bench):
    run = bench.start()
    bench.read_sources()
    bench.end("build-site", BROKEN)
    return run


def say(bench, run, text):
    with bench.home.store.transaction() as transaction:
        transaction.append(MessageWritten(at=clock(), run=run, revision=1, text=text))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bgp-policy", "/versions/bgp-policy/1.9"),  # it changed last
        ("bgp-policy 1.10", "/versions/bgp-policy/1.10"),
        ("  bgp-policy   1.10 ", "/versions/bgp-policy/1.10"),
        ("two words", "/versions/two%20words/3%26"),
        ("two words 3&", "/versions/two%20words/3%26"),
    ],
)
def test_a_name_leads_to_the_change_that_is_meant(bench, asked, found):
    for algorithm, version in (("bgp-policy", "1.10"), ("bgp-policy", "1.9"), ("two words", "3&")):
        bench.put(algorithm, version)
    path = "/trace?q=" + asked.replace(" ", "+").replace("&", "%26")
    answer = ask(bench.app(), "GET", path)
    assert (answer.status, answer.headers["location"]) == (303, found)


def test_a_name_that_is_only_something_like_it_is_answered_with_a_list(bench):
    bench.put("bgp-policy", "1.0")
    page = read(bench, "/trace?q=BGP+7")
    assert "/versions/bgp-policy" in page.addresses
    assert "nothing that is called like it" in read(bench, "/trace?q=%3Cscript%3Ealert(1)").text
    assert "Give the name of an algorithm" in read(bench, "/trace").text
    assert ask(bench.app(), "GET", f"/trace?q={'x' * 501}").status == 400


def test_an_algorithm_has_all_its_versions_and_what_became_of_every_change(bench):
    bench.put("bgp-policy", "1.0")
    bench.ship()
    bench.put("bgp-policy", "1.10")
    bench.put("bgp-policy", "1.9")
    text = read(bench, "/versions/bgp-policy").text
    assert text.index("1.10") < text.index("1.9") < text.index("1.0 on the page")
    assert text.count("pending") == 4  # each as a version, and as a change
    assert "1 lower versions" not in read(bench, "/versions").text
    assert ask(bench.app(), "GET", "/versions/nothing").status == 404


def test_of_an_algorithm_with_many_versions_the_highest_are_shown(bench):
    for minor in range(8):
        bench.put("bgp-policy", f"1.{minor}")
    page = read(bench, "/versions")
    assert "3 lower versions of bgp-policy" in page.text
    assert "/versions/bgp-policy/1.7" in page.addresses
    assert "/versions/bgp-policy/1.2" not in page.addresses


def test_algorithms_are_paged(bench, monkeypatch):
    monkeypatch.setattr("laststop.console.pages_versions.ALGORITHMS_PER_PAGE", 2)
    for name in "abc":
        bench.put(name, "1")
    assert "page 1 of 2, 3 algorithms" in read(bench, "/versions?type=routing").text
    page = read(bench, "/versions?type=routing&page=2")
    assert "/versions/c/1" in page.addresses
    assert "/versions?page=1&type=routing" in page.addresses
    assert "There is no such page." in read(bench, "/versions?page=3").text


def test_runs_are_chosen_by_how_they_stand(bench):
    good, bad = bench.ship(), fail(bench)
    page = read(bench, "/runs?status=Failed")
    assert f"/runs/{bad}" in page.addresses
    assert f"/runs/{good}" not in page.addresses
    assert ask(bench.app(), "GET", "/runs?status=Nonsense").status == 400


def test_a_run_says_what_changed_since_the_last_good_one(bench):
    bench.put("bgp-policy", "2.0")
    good = bench.ship()
    fail(bench)  # is no measure
    bench.put("bgp-policy", "2.1")
    page = read(bench, f"/runs/{fail(bench)}")
    assert f"since the last good run, {good[:8]}" in page.text
    assert "bgp-policy routing 2.0 2.1" in page.text
    assert "bgp-policy 2.0 → 2.1" in page.text


def test_a_failure_is_told_in_the_clerks_own_words(bench):
    run = fail(bench)
    clerk(bench)
    with bench.home.store.view() as view:
        text = view.connection.execute("SELECT text FROM message WHERE run = ?", (run,)).fetchone()[0]
    page = read(bench, f"/runs/{run}")
    for line in text.splitlines():
        assert " ".join(line.removeprefix("  | ").split()) in page.text
    assert page.text.count("What people were told") == 1
    assert f"{HOSTILE} error: no such module" in read(bench, "/inbox").text


def test_a_message_is_laid_out_without_losing_a_word():
    text = "p 1: failed\nbecause x\n  a 1 -> 2\n  | one\n  |   two\nhttps://example.org/\nhttp:// no"
    assert [(each.kind, each.text) for each in paragraphs(text)] == [
        ("headline", "p 1: failed"),
        ("words", "because x"),
        ("item", "a 1 -> 2"),
        ("log", "one\n  two"),
        ("link", "https://example.org/"),
        ("words", "http:// no"),
    ]


def test_the_inbox_leads_from_the_newest_messages_to_older_ones(bench):
    for number in range(22):
        run = bench.start()
        say(bench, run, f"message {number}: {HOSTILE}")
    page = read(bench, "/inbox")
    assert page.text.index("message 21") < page.text.index("message 2:")
    assert "message 1:" not in page.text
    [older] = [each for each in page.addresses if each.startswith("/inbox?before=")]
    assert "message 1:" in read(bench, older).text
    assert "Nobody was told anything" in read(bench, "/inbox?before=1").text


@pytest.mark.parametrize(("path", "icon"), [("/", "good"), ("/runs", "calm")])
def test_the_icon_says_how_it_stands(bench, path, icon):
    bench.ship()
    text = ask(bench.app(), "GET", path).text
    assert f'href="/static/icon-{icon}.svg"' in text
    assert ask(bench.app(), "GET", f"/static/icon-{icon}.svg").status == 200


def test_the_icon_of_a_failed_run_says_so(bench):
    assert "icon-bad.svg" in ask(bench.app(), "GET", f"/runs/{fail(bench)}").text


def test_ten_thousand_runs_open_like_ten(bench):
    app = bench.app()
    for _ in range(10):
        bench.start()
    pages = ("/", "/runs", "/runs?status=Stopped")

    def slowest():
        took = []
        for path in pages:
            began = time.perf_counter()
            assert ask(app, "GET", path).status == 200
            took.append(time.perf_counter() - began)
        return max(took)

    few = min(slowest() for _ in range(5))
    rows = [(str(uuid.uuid4()), number, clock().isoformat()) for number in range(1000, 11_000)]
    with bench.home.store.transaction() as transaction:
        transaction.connection.executemany(
            "INSERT INTO run (id, ordinal, pipeline, status, cause, started_at)"
            " VALUES (?, ?, 'p', 'Stopped', 'many', ?)",
            rows,
        )
    assert min(slowest() for _ in range(5)) < 5 * few + 0.05  # a page of 50 instead of 10


def test_an_open_change_is_told_as_it_stands_now_wherever_it_is_listed(bench):
    bench.put("bgp-policy", "2.1.0")
    run = bench.start()
    bench.read_sources()
    for path in ("/versions/bgp-policy", "/versions/bgp-policy/2.1.0"):
        text = read(bench, path).text
        assert "waits for a run" not in text
        assert f"run {run[:8]} is at Build" in text
