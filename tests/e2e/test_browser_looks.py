"""Every page in light and dark, narrow and wide: nobody is kept out, nothing sticks out."""

import os
from pathlib import Path

import pytest

from e2e.browsers import PATIENCE_MS, axe_source, chromium, stage

pytestmark = pytest.mark.browser
LONG = "an-algorithm-with-a-name-that-goes-on-and-on-until-it-meets-the-other-side"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Something live, something failed, something held."""
    with stage(tmp_path_factory.mktemp("looks")) as made:
        made.ship(("rerank", "1.0.0", "ranking"), (LONG, "2026.11.23.post1", "pricing"))
        made.ship(("rerank", "1.1.0", "ranking"))
        made.fail(("rerank", "1.2.0", "ranking"))
        made.project.run("release", "rollback", "previous", "--reason", "the prices are wrong")
        yield made


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Where the pictures go; LASTSTOP_TEST_PICTURES names another folder."""
    folder = Path(os.environ.get("LASTSTOP_TEST_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def addresses(scene):
    [(failed,), (good,), *_] = scene.project.rows("SELECT id FROM run ORDER BY ordinal DESC LIMIT 2")
    [(release,)] = scene.project.rows("SELECT release FROM live")
    return {
        "now": "/",
        "runs": "/runs",
        "run-failed": f"/runs/{failed}",
        "run-good": f"/runs/{good}",
        "log": f"/runs/{good}/log/Build/build-site/1?from=1",
        "versions": "/versions",
        "algorithm": "/versions/rerank",
        "version": "/versions/rerank/1.2.0",
        "releases": "/releases",
        "release": f"/releases/{release}",
        "inbox": "/inbox",
        "trace": "/trace?q=an-algorithm",
        "nothing": "/nowhere",
    }


@pytest.fixture(scope="module", params=["idle", "running", "waiting"])
def moment(request, tmp_path_factory):
    """A console before anything happened, in the middle of a run, and with a run that may not go on."""
    with stage(tmp_path_factory.mktemp(request.param)) as made:
        made.project.wait_for_run("Succeeded")
        if request.param != "idle":
            made.ship(("rerank", "1.0.0", "ranking"))
        if request.param == "running":
            made.slow.touch()
        if request.param == "waiting":
            made.project.run("stage", "disable", "Build", "--reason", "the supplier asked for a pause")
        if request.param != "idle":
            made.project.put(("rerank", "1.1.0", "ranking"), (LONG, "2026.11.23.post1", "pricing"))
            if request.param == "waiting":
                made.project.run("run", "start")
            made.project.wait_for_run("InProgress")
        yield request.param, made


def moments(made):
    pages = {"now": "/", "runs": "/runs", "run": "/runs/latest", "versions": "/versions", "inbox": "/inbox"}
    shipped = made.project.rows("SELECT 1 FROM version")
    return pages | ({"version": "/versions/rerank/1.1.0"} if shipped else {"releases": "/releases"})


def pictured(page, pictures, console_url, addresses, suffix):
    """A picture of each page; gives what sticks out of its window, by page."""
    page.set_default_timeout(PATIENCE_MS)
    wide = {}
    for name, path in addresses.items():
        page.goto(f"{console_url}{path}")
        page.screenshot(path=pictures / f"{name}-{suffix}.png", full_page=True)
        over = page.evaluate(
            """() => [...document.querySelectorAll('body, main, main *')]
                .filter(each => !each.closest('.lines, svg, .unseen, thead'))
                .filter(each => each.getBoundingClientRect().right > innerWidth + 1
                    || (innerWidth < 400 && each.matches('.scroll') && each.scrollWidth > each.clientWidth))
                .map(each => each.outerHTML.slice(0, 120))"""
        )
        if over:
            wide[name] = over[:3]
    return wide


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_no_page_is_wider_than_its_window(scene, browser, pictures, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    suffix = f"{width}-{scheme}"
    wide = pictured(context.new_page(), pictures, scene.up.console_url, addresses(scene), suffix)
    context.close()
    assert wide == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_no_page_is_wider_than_its_window_in_any_state(moment, browser, pictures, width, scheme):
    state, made = moment
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    suffix = f"{state}-{width}-{scheme}"
    wide = pictured(context.new_page(), pictures, made.up.console_url, moments(made), suffix)
    context.close()
    assert wide == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_serious(scene, browser, tmp_path_factory, width, scheme):
    source = axe_source(tmp_path_factory.mktemp("axe"))
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    found = {}
    for name, path in addresses(scene).items():
        page.goto(f"{scene.up.console_url}{path}")
        page.evaluate(source)
        violations = page.evaluate("axe.run().then(done => done.violations)")
        bad = [
            (each["id"], each["impact"], each["nodes"][0]["html"][:160])
            for each in violations
            if each["impact"] in ("serious", "critical")
        ]
        if bad:
            found[name] = bad
    context.close()
    assert found == {}
