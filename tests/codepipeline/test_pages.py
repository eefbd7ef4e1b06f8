"""What the page of a run asks people, and what its buttons do."""

import re
from urllib.parse import urlencode

import pytest

from codepipeline.declared import APPROVE, SOURCE, examined, gate, pipeline
from laststop.homes.embedded.tokens import Scope, Tokens
from laststop.wiring.embedded import clock
from unit.console.console_workbench import ask

FLOW = ("Code", "Compile", "Check")


def page(driver, path):
    answer = ask(driver.app, "GET", path)
    assert answer.status == 200, answer.text
    return answer.text


def press(driver, path, *, app=None, headers=(), **fields):
    return ask(app or driver.app, "POST", path, body=urlencode(fields).encode(), headers=headers)


def waiting(driver):
    run = driver.begin("shop")
    for action in FLOW:
        driver.end("shop", action)
    return run


def finished(driver, run):
    driver.approve("shop")
    driver.end("shop", "Ship")
    return run


def form_of(driver, run):
    return {"stage": "Release", "action": "Sign-off", "token": driver.token("shop"), "summary": "fine"}


def test_an_approval_is_shown_with_its_text_and_answered(driver):
    run = waiting(driver)
    text = page(driver, f"/runs/{run}")
    assert "Release / Sign-off waits for a word" in text
    assert "commit 4f2a9c1d" in text
    assert driver.token("shop") in text
    done = press(driver, f"/runs/{run}/approval", status="Approved", **form_of(driver, run))
    assert (done.status, done.headers["location"]) == (303, f"/runs/{run}")
    assert "waits for a word" not in page(driver, f"/runs/{run}")
    driver.end("shop", "Ship")
    assert driver.status("shop", run) == "Succeeded"


def test_a_rejection_with_its_summary_is_told_on_the_page(driver):
    run = waiting(driver)
    press(
        driver, f"/runs/{run}/approval", status="Rejected", **form_of(driver, run) | {"summary": "<b>no</b>"}
    )
    text = page(driver, f"/runs/{run}")
    assert "rejected by somebody on this machine: &lt;b&gt;no&lt;/b&gt;" in text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "Maybe"}, 400),
        ({"token": "00000000-0000-4000-8000-000000000000"}, 409),
        ({"token": "nonsense"}, 400),
        ({"action": "Moon"}, 404),
        ({"summary": "x" * 513}, 400),
    ],
)
def test_an_answer_that_cannot_be_right_changes_nothing(driver, changes, status):
    run = waiting(driver)
    fields = {"status": "Approved"} | form_of(driver, run) | changes
    assert press(driver, f"/runs/{run}/approval", **fields).status == status
    assert "waits for a word" in page(driver, f"/runs/{run}")


def test_only_a_link_that_a_browser_may_follow_is_one(driver):
    for link, shown in (("javascript:alert(1)", False), ("https://preview.example/7", True)):
        name = "safe" if shown else "unsafe"
        declared = pipeline(name)
        declared["stages"][2]["actions"][0]["configuration"] = {"ExternalEntityLink": link}
        driver.call("CreatePipeline", pipeline=declared)
        run = driver.begin(name)
        for action in FLOW:
            driver.end(name, action)
        assert (f'href="{link}"' in page(driver, f"/runs/{run}")) == shown


def test_conditions_are_shown_with_their_rules(driver):
    declared = pipeline("gated", stages=[
        {"name": "Source", "actions": [SOURCE]},
        {"name": "Release", "beforeEntry": gate(value="never"), "actions": [APPROVE]},
    ])  # fmt: skip
    driver.call("CreatePipeline", pipeline=declared)
    run = driver.begin("gated")
    driver.end("gated", "Code")
    text = page(driver, f"/runs/{run}")
    assert "before entry" in text
    assert re.search(r"Go\s.*failed", text)
    assert "in the pipeline gated" in text
    assert "beforeEntry:Go" not in text


def test_a_condition_that_is_being_examined_has_a_button_that_lets_the_run_on(driver):
    driver.call("UpdatePipeline", pipeline=examined())
    run = driver.start("shop")
    driver.end("shop", "Code")
    assert page(driver, f"/runs/{run}").count("Let the run on") == 1
    path = f"/runs/{run}/override"
    done = press(driver, path, stage="Release", condition="BEFORE_ENTRY")
    assert (done.status, done.headers["location"]) == (303, f"/runs/{run}")
    text = page(driver, f"/runs/{run}")
    assert "Let the run on" not in text
    assert "overridden" in text
    assert "Release / Sign-off waits for a word" in text
    for condition, status in (("BEFORE_ENTRY", 409), ("ON_SUCCESS", 409), ("ON_FAILURE", 400)):
        assert press(driver, path, stage="Release", condition=condition).status == status
    driver.approve("shop")
    assert press(driver, path, stage="Release", condition="ON_SUCCESS").status == 303
    assert driver.status("shop", run) == "Succeeded"


def test_queued_runs_are_shown_where_they_wait(driver):
    driver.call("UpdatePipeline", pipeline=pipeline(mode="QUEUED"))
    runs = [driver.start("shop") for _ in range(3)]
    text = page(driver, f"/runs/{runs[0]}")
    assert f'<a href="/runs/{runs[1]}">' in text
    assert f'<a href="/runs/{runs[2]}">' in text
    assert "wait to enter" in text


def test_a_stage_is_led_back_to_a_run_that_succeeded_there(driver):
    first = finished(driver, waiting(driver))
    assert "Lead Release back" not in page(driver, f"/runs/{first}"), "it stands there already"
    driver.start("shop")
    for action in FLOW:
        driver.end("shop", action)
    finished(driver, "")
    text = page(driver, f"/runs/{first}")
    assert "Lead Release back to this run" in text
    assert "Lead Source back" not in text
    done = press(driver, f"/runs/{first}/rollback", stage="Release")
    assert done.status == 303
    back = done.headers["location"].removeprefix("/runs/")
    told = driver.call("GetPipelineExecution", pipelineName="shop", pipelineExecutionId=back)[
        "pipelineExecution"
    ]
    assert told["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == first
    assert "Lead Release back" not in page(driver, f"/runs/{back}")


def test_a_way_back_needs_more_than_an_answer(bench, driver):
    run = waiting(driver)
    token = "s3cret-of-32-characters-or-so-xx"
    app = bench.app(host="0.0.0.0", token=token)
    new = Tokens(bench.home.store, clock).new("ci", Scope.RELEASE)
    bearer = [("Authorization", f"Bearer {new.text}")]
    assert press(driver, f"/runs/{run}/rollback", app=app, headers=bearer, stage="Release").status == 403
    fields = form_of(driver, run)
    assert (
        press(driver, f"/runs/{run}/approval", app=app, headers=bearer, status="Approved", **fields).status
        == 303
    )


def test_a_page_of_another_site_presses_no_button(driver):
    run = waiting(driver)
    headers = [("Origin", "http://evil.example")]
    fields = form_of(driver, run)
    assert press(driver, f"/runs/{run}/approval", headers=headers, status="Approved", **fields).status == 403
    assert "waits for a word" in page(driver, f"/runs/{run}")
