import pytest

from laststop.pipeline.inputs import SetTransition, Want
from laststop.words.failure import Failure
from unit.console.console_workbench import COMMIT, PAGE, ask
from unit.console.page_reader import HOSTILE, Reader, read

BROKEN = Failure(
    code="COMMAND_EXECUTION_ERROR",
    message=f"{HOSTILE} ended with exit status 3",
    phase="BUILD",
    command="npm run 'build' && echo <b>",
    exit_status=3,
    lines=("first line", "</pre><img src=x onerror=alert(1)>"),
)


def test_an_empty_project_says_that_nothing_is_live_and_what_to_do(undeclared):
    page = read(undeclared, "/")
    assert "Nothing is live yet." in page.text
    assert "laststop catalog put" in page.text
    assert "not declared yet" in page.text
    assert "There is no run yet." in page.text
    assert "The catalog is empty." in read(undeclared, "/versions").text
    assert "There is no run here." in read(undeclared, "/runs").text


def test_what_is_live_stands_in_one_sentence(bench):
    bench.put("bgp-policy", "2.1.0")
    run = bench.ship()
    page = read(bench, "/")
    assert f"Live: run {run[:8]} · frontend {COMMIT[:8]} · bgp-policy 2.1.0 · seen at the edge" in page.text
    assert PAGE in page.addresses
    assert "every change has its verdict" in page.text


def test_more_algorithms_than_a_sentence_bears_are_counted(bench):
    for number in range(9):
        bench.put(f"algorithm-{number}", "1.0")
    bench.ship()
    assert "3 more" in read(bench, "/").text


def test_a_release_that_is_not_visible_is_not_called_live(bench):
    bench.ship(seen=False, unseen="an edge still serves the one before")
    text = read(bench, "/").text
    assert "Deployed, not yet visible:" in text
    assert "an edge still serves the one before" in text
    assert "seen at the edge" not in text
    assert "Live:" not in text


def test_a_release_that_is_being_looked_for_is_not_called_live(bench):
    bench.ship(seen=False)
    assert "Deployed, being looked for:" in read(bench, "/").text


def test_a_hold_says_who_and_why(bench):
    bench.ship(hold=f"{HOSTILE} is broken")
    text = read(bench, "/").text
    assert "Held: run" in text
    assert f"by ada: {HOSTILE} is broken. Changes wait behind it." in text


def test_what_waits_says_why(bench):
    bench.start()
    text = read(bench, "/").text
    assert "waits for Source" in text
    bench.read_sources()
    assert "waits for Build" in read(bench, "/").text
    bench.end("build-site")
    text = read(bench, "/").text
    assert "waits for deploy-site" in text
    assert "waits for invalidate-edge, announce" in text


def test_a_run_before_a_closed_stage_says_so(bench):
    bench.decide(SetTransition(stage="Release", enabled=False, reason=f"{HOSTILE} night"))
    bench.start()
    bench.read_sources()
    bench.end("build-site")
    assert f"the way into Release is closed: {HOSTILE} night" in read(bench, "/").text


def test_a_wanted_run_says_what_it_waits_for(bench):
    bench.start()
    bench.read_sources()
    bench.decide(Want(cause="routing: bgp 1.1"))
    text = read(bench, "/").text
    assert "routing: bgp 1.1" in text
    assert "Build is held by run" in text


def test_a_second_run_waits_visibly_before_the_first_one(bench):
    first = bench.start()
    bench.read_sources()
    second = bench.start()
    bench.read_sources()
    page = read(bench, "/")
    assert f"run {second[:8]} waits to enter" in page.text
    assert f"run {first[:8]} is inside" in read(bench, f"/runs/{second}").text


def test_an_input_that_changed_is_marked(bench):
    bench.ship()
    bench.put("bgp-policy", "2.1.0")
    run = bench.start()
    bench.read_sources()
    text = read(bench, f"/runs/{run}").text
    assert "generation 1 new" in text  # in the graph
    assert "bgp-policy 2.1.0, new" in text
    assert "new was generation 0" in text  # in the bill


def test_a_source_that_moved_on_says_that_the_next_run_takes_it(bench):
    bench.ship()
    bench.put("bgp-policy", "2.1.0")
    assert read(bench, "/").text.count("the next run takes it") == 1


def test_a_failed_run_shows_where_and_why_and_offers_a_retry(bench):
    run = bench.start(cause=f"{HOSTILE} & co")
    bench.read_sources(message=f"{HOSTILE} commit")
    bench.end("build-site", BROKEN)
    page = read(bench, f"/runs/{run}")
    for shown in (
        "Build / build-site: what failed",
        f"{HOSTILE} ended with exit status 3",
        "Phase BUILD",
        "Command npm run 'build' && echo <b>",
        "Exit status 3",
        "first line </pre><img src=x onerror=alert(1)>",
        f"because {HOSTILE} & co",
        "the run ended at Build",
    ):
        assert shown in page.text
    assert f"/runs/{run}/retry" in page.addresses
    assert f"/runs/{run}/stop" not in page.addresses
    assert "failed at Build" in read(bench, "/runs").text


def test_a_fault_of_the_system_looks_other_than_a_fault_of_the_build(bench):
    run = bench.start()
    bench.read_sources()
    bench.end("build-site", Failure(code="InternalError", message="OSError: disk"))
    assert "failed: system" in read(bench, f"/runs/{run}").text


def test_a_failure_that_a_retry_healed_is_past(bench):
    run = bench.start()
    bench.read_sources()
    bench.end("build-site", BROKEN)
    assert ask(bench.app(), "POST", f"/runs/{run}/retry").status == 303
    bench.end("build-site")
    for action in ("deploy-site", "invalidate-edge", "announce", "verify-live"):
        bench.end(action)
    page = read(bench, f"/runs/{run}")
    assert "attempt 2" in page.text
    assert f"/runs/{run}/retry" not in page.addresses


def test_the_buttons_work_without_a_script_and_lead_back(bench):
    started = ask(bench.app(), "POST", "/runs", headers=[("Origin", "http://127.0.0.1:8700")])
    assert started.status == 303
    where = started.headers["location"]
    assert f"{where}/stop" in read(bench, where).addresses
    stopped = ask(bench.app(), "POST", f"{where}/stop?abandon=1")
    assert (stopped.status, stopped.headers["location"]) == (303, where)
    assert "stopped" in read(bench, where).text
    again = ask(bench.app(), "POST", f"{where}/stop")
    assert again.status == 409
    assert "is not in progress" in Reader(again.text).text


def test_a_newer_run_takes_the_retry_away(bench):
    run = bench.start()
    bench.read_sources()
    bench.end("build-site", BROKEN)
    bench.ship()
    assert f"/runs/{run}/retry" not in read(bench, f"/runs/{run}").addresses
    assert ask(bench.app(), "POST", f"/runs/{run}/retry").status == 409


def test_versions_stand_by_type_the_highest_first_with_their_verdicts(bench):
    for version in ("1.9.0", "1.10.0"):
        bench.put("bgp-policy", version)
    bench.put("acl-to-zone", "1.0", "firewall", "UPLOADED")
    run = bench.ship()
    page = read(bench, "/versions")
    assert page.text.index("firewall") < page.text.index("acl-to-zone") < page.text.index("bgp-policy")
    assert page.text.index("1.10.0 on the page") < page.text.index("1.9.0")
    assert "the page shows a higher version: 1.10.0" in page.text
    assert "no verdict" in page.text
    assert f"/runs/{run}" in page.addresses
    assert "acl-to-zone" not in read(bench, "/versions?type=routing").text
    assert "no version of this type" in read(bench, "/versions?type=switching").text


@pytest.mark.parametrize("page", ["0", "x", "-1"])
def test_a_page_of_versions_that_is_no_number_is_refused(bench, page):
    assert "page:" in read(bench, f"/versions?page={page}", status=400).text


def test_hostile_names_are_text_everywhere(bench):
    name, version = f"{HOSTILE}\"'", '1.0 & "x"'
    bench.put(name, version)
    run = bench.ship()
    path = "/versions/%3Cscript%3Ealert%281%29%22%27/1.0%20%26%20%22x%22"
    for page in (read(bench, "/"), read(bench, "/versions")):
        assert f"{name} {version}" in page.text
        assert path in page.addresses
    shown = read(bench, path)
    assert f"{name} {version}" in shown.text
    assert "verdict live" in shown.text
    read(bench, f"/runs/{run}")


def test_a_trace_shows_what_is_still_to_come(bench):
    bench.put("bgp-policy", "2.1.0")
    text = read(bench, "/versions/bgp-policy/2.1.0").text
    assert "published" in text
    assert "waits for a run" in text


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/runs/ffffffff",
        "/versions/bgp/1",
        "/versions/%3Cimg%20src=x%3E/1",
        "/static/../app.py",
    ],
)
def test_what_does_not_exist_is_a_page_of_its_own(bench, path):
    page = read(bench, path, status=404)
    assert "404 NotFound" in page.text


def test_a_console_whose_loop_has_ended_says_so(bench):
    bench.alive = False
    assert "Nothing works on the pipeline any more" in read(bench, "/").text


def test_times_are_utc_with_their_age_beside_them(bench):
    bench.ship()
    text = ask(bench.app(), "GET", "/").text
    assert " UTC</time>" in text
    assert ' ago">' in text


def test_a_page_names_the_place_of_the_journal_it_was_read_at(bench):
    seq = ask(bench.app(), "GET", "/api/v1/pulse").json["seq"]
    assert f'data-seq="{seq}"' in ask(bench.app(), "GET", "/").text


@pytest.mark.parametrize(
    ("path", "kind"),
    [("console.css", "text/css"), ("live.js", "javascript"), ("icon-bad.svg", "image/svg+xml")],
)
def test_static_files_are_served(bench, path, kind):
    answer = ask(bench.app(), "GET", f"/static/{path}")
    assert answer.status == 200
    assert kind in answer.headers["content-type"]
