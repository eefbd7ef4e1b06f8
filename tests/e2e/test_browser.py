"""The console in a real browser: what happens elsewhere shows by itself, and the keyboard does everything."""

import json
import urllib.request

import pytest

from e2e.browsers import PATIENCE_MS, chord, chromium, stage, tab_to

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(tmp_path):
    with stage(tmp_path) as made:
        yield made


@pytest.fixture
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser):
    """A tab that fails the test when a script breaks or the content security policy refuses something."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    troubles = []
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    tab.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    yield tab
    context.close()
    assert troubles == []


def shown(scene):
    with urllib.request.urlopen(f"{scene.up.edge_url}/versions.json", timeout=10) as answer:
        return json.load(answer)["ranking"]


def never_reloaded(page):
    """A mark that a reload would wipe away."""
    page.evaluate("window.stayed = true")
    return lambda: page.evaluate("window.stayed === true")


def test_a_version_completed_elsewhere_appears_on_the_page_and_in_the_console_by_itself(scene, page):
    scene.ship(("rerank", "1.0.0", "ranking"))
    scene.project.run("catalog", "put", "rerank", "1.1.0", "--type", "ranking")
    with page.expect_response("**/api/v1/events?after=*") as listening:
        page.goto(f"{scene.up.console_url}/")
    assert listening.value.headers["content-type"].startswith("text/event-stream")
    stayed = never_reloaded(page)
    site = page.context.new_page()
    site.goto(f"{scene.up.edge_url}/")
    page.get_by_role("link", name="rerank 1.0.0").wait_for()

    page.bring_to_front()
    scene.project.run("catalog", "phase", "rerank", "1.1.0", "PACKAGE_TESTS_COMPLETE")
    page.get_by_role("heading", name="Live: run").get_by_role("link", name="rerank 1.1.0").wait_for()
    assert stayed()
    site.reload()
    assert "1.1.0" in site.content()


def test_failure_retry_rollback_and_hold_by_keyboard_alone(scene, page):
    scene.ship(("rerank", "1.0.0", "ranking"))
    scene.fail(("rerank", "1.1.0", "ranking"))
    page.goto(f"{scene.up.console_url}/")

    chord(page, "g", "r")
    page.wait_for_url("**/runs")
    tab_to(page, "main th a")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Build / build-site: what failed").wait_for()
    assert "the supplier is away" in page.locator(".failure").inner_text()
    assert page.locator("#icon").get_attribute("href") == "/static/icon-bad.svg"
    assert page.title().split(" · ")[0].endswith(", failed")

    tab_to(page, "#retry")
    page.keyboard.press("Enter")
    page.locator('#icon[href="/static/icon-good.svg"]').wait_for(state="attached")
    assert page.title().split(" · ")[0].endswith(", succeeded")
    assert shown(scene) == {"rerank": "1.1.0"}

    chord(page, "g", "l")
    page.wait_for_url("**/releases")
    tab_to(page, "summary:not(.keys *)")
    page.keyboard.press("Enter")
    tab_to(page, "input[name=reason]")
    page.keyboard.type("the prices are wrong")
    page.keyboard.press("Enter")
    page.get_by_text("The site is held").wait_for()
    assert shown(scene) == {"rerank": "1.0.0"}

    scene.project.put(("rerank", "1.2.0", "ranking"))
    chord(page, "g", "h")
    page.get_by_text("the prices are wrong").first.wait_for()
    page.get_by_text("the site is held: the prices are wrong").wait_for()
    assert shown(scene) == {"rerank": "1.0.0"}
    tab_to(page, "#lift")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Live: run").get_by_role("link", name="rerank 1.2.0").wait_for()
    assert shown(scene) == {"rerank": "1.2.0"}


def test_where_is_my_change_is_answered_from_every_page(scene, page):
    scene.ship(("rerank", "1.0.0", "ranking"))
    page.goto(f"{scene.up.console_url}/inbox")
    chord(page, "g", "t")
    page.keyboard.type("rerank 1.0.0")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="rerank 1.0.0").wait_for()
    assert "verdict live" in page.locator(".stops").inner_text()


def test_a_log_grows_while_it_is_watched_and_what_somebody_does_meanwhile_stays(scene, page):
    scene.slow.touch()
    scene.project.put(("rerank", "1.0.0", "ranking"))
    scene.project.wait_for_run("InProgress")
    page.goto(f"{scene.up.console_url}/runs/latest")
    stayed = never_reloaded(page)
    page.locator("#log .lines span", has_text="working on part 3").first.wait_for()
    page.locator("#q").focus()
    page.keyboard.type("half a na")
    page.locator("details.fold", has_text="DOWNLOAD_SOURCE").locator("summary").click()
    page.locator("#log .lines span", has_text="working on part 40").first.wait_for()
    assert page.locator("details.fold", has_text="DOWNLOAD_SOURCE").get_attribute("open") is not None
    assert page.locator("#q").input_value() == "half a na"
    log = page.locator("[data-tail] .lines").last
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 60
    log.evaluate("log => { log.scrollTop = 0 }")
    page.locator("#log .lines span", has_text="working on part 60").first.wait_for(state="attached")
    assert log.evaluate("log => log.scrollTop") == 0
    assert stayed()


def test_a_line_of_a_log_can_be_passed_on(scene, page):
    scene.fail(("rerank", "1.0.0", "ranking"))
    page.goto(f"{scene.up.console_url}/runs/latest")
    line = page.locator(".lines li", has_text="the supplier is away").first
    line.locator("a").click()
    page.wait_for_url("**/log/Build/build-site/1?from=*#L*")
    assert "the supplier is away" in page.locator(".lines li:target").inner_text()
    page.goto(f"{page.url.split('?')[0]}#L2")  # without a window: it is found all the same
    page.locator("#L2:target").wait_for()


def test_everything_is_there_and_every_button_works_without_a_script(scene, browser):
    scene.ship(("rerank", "1.0.0", "ranking"))
    scene.fail(("rerank", "1.1.0", "ranking"))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{scene.up.console_url}/runs/latest")
    page.get_by_role("button", name="Retry what failed in Build").click()
    scene.project.wait_for_verdicts(2)
    page.goto(f"{scene.up.console_url}/releases")
    page.get_by_text("Roll back to this").first.click()
    page.get_by_label("Why").first.fill("the prices are wrong")
    page.get_by_role("button", name="Roll back and hold").first.click()
    page.get_by_text("The site is held").wait_for()
    assert shown(scene) == {"rerank": "1.0.0"}
    page.get_by_role("button", name="Lift the hold").click()
    page.wait_for_url(f"{scene.up.console_url}/")
    context.close()
