"""Declarations as people write them run to their end, side by side on one server, and triggers start their runs."""

import json
import shutil
from pathlib import Path

import pytest

from e2e.workbench import project, until
from laststop.engine.apply import apply
from laststop.pipeline.inputs import Approve
from laststop.wiring.embedded import clock
from laststop.words.facts_pipeline import RunStarted
from unit.config.test_declarations import FOLDER, RUNS_HERE
from unit.homes.git_workbench import Workbench

BUILDSPEC = """\
version: 0.2
phases:
  build:
    commands:
      - mkdir -p out && cp page.txt out/index.html
artifacts:
  base-directory: out
  files: ["**/*"]
"""
REPOSITORIES = """\
"acme/frontend" = "./site"
"acme/content" = "./content"
"""


FUNCTION = """\
import json
import os
import urllib.request

HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Target": "CodePipeline_20150709.PutJobSuccessResult",
}


def handler(event, context):
    job = event["CodePipeline.job"]
    asked = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
    answer = {"jobId": job["id"], "outputVariables": {"answer": f"{len(asked['run'])} {len(asked['commit'])}"}}
    url = os.environ["AWS_ENDPOINT_URL_CODEPIPELINE"]
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(answer).encode(), HEADERS))


def told(event, context):
    with open(os.environ["TOLD"], "a") as file:
        print(event["id"], event["detail"]["pipeline"], file=file)
"""
SETTINGS = """
[functions]
tell = "tell.py:handler"

[functions.told]
handler = "tell.py:told"
environment = {{ TOLD = "{told}" }}

[[events]]
name = "good-ends"
pattern = '{{"detail-type": [{{"wildcard": "* Pipeline *"}}], "detail": {{"state": ["SUCCEEDED"]}}}}'
function = "told"
"""


class Served:
    """A project with all of these pipelines beside its flow's, and its server."""

    def __init__(self, pages) -> None:
        self.pages = pages
        self.site = Workbench(pages.folder / "site")
        self.site.write("buildspec.yml", BUILDSPEC)
        self.first = self.site.commit("The first page", page="one")
        Workbench(pages.folder / "content").commit("Some content")
        pages.replace("laststop.toml", "[repositories]\n", f"[repositories]\n{REPOSITORIES}")
        (pages.folder / "pipelines").mkdir()
        pages.write("tell.py", FUNCTION)
        self.told = pages.folder / "told.txt"
        settings = (pages.folder / "laststop.toml").read_text()
        pages.write("laststop.toml", settings + SETTINGS.format(told=self.told))
        shutil.copy(FOLDER / "lambda-with-parameters.json", pages.folder / "pipelines/calls-a-function.yml")
        for name in RUNS_HERE:
            shutil.copy(FOLDER / name, pages.folder / "pipelines" / name)
        self.up = pages.up()

    def statuses(self, pipeline: str) -> list[str]:
        rows = self.pages.rows("SELECT status FROM run WHERE pipeline = ? ORDER BY ordinal", pipeline)
        return [status for (status,) in rows]

    def wait(self, pipeline: str, *expected: str) -> None:
        until(
            lambda: self.statuses(pipeline) == list(expected),
            f"runs of {pipeline} that are {expected}, not {self.statuses(pipeline)}",
            seconds=90,
        )

    def started(self, pipeline: str) -> list[RunStarted]:
        facts = [recorded.fact for recorded in self.pages.facts()]
        return [fact for fact in facts if isinstance(fact, RunStarted) and fact.pipeline == pipeline]

    def answer(self, pipeline: str, stage: str, action: str) -> None:
        """Approve what waits, as a person does."""

        def token() -> str:
            with self.pages.home.store.view() as view:
                state = view.state(pipeline)
            waits = [key.id for run in state.in_order() for key, _ in run.open_attempts()]
            return waits[0] if waits and state.stage(stage).occupant else ""

        asked = Approve(
            stage=stage, action=action, token=until(token, "an approval that waits"), approved=True, by="ada"
        )
        with self.pages.home.store.transaction() as transaction:
            applied = apply(transaction, transaction.state(pipeline), asked, clock())
            assert applied.refused is None, applied.refused
            transaction.save_state(applied.state)
        self.pages.ring()

    def bucket(self, name: str) -> Path:
        return self.pages.folder / ".laststop/buckets" / name


@pytest.fixture
def served(tmp_path):
    with project(tmp_path) as pages:
        served = Served(pages)
        yield served
        assert served.up.end() == 0, served.up.said


def test_every_declaration_that_is_supported_runs_to_its_end_and_triggers_start_more(served):
    named = {
        "commands-with-variables.yml": "quick-checks",
        "monorepo.yml": "monorepo-shop",
        "several-sources.yml": "several-sources",
        "site-from-git.yml": "static-site",
        "stage-conditions.yml": "guarded",
    }
    for file in sorted(RUNS_HERE - {"approval-before-production.yml"}):
        served.wait(named.get(file, file.removesuffix(".yml")), "Succeeded")
    served.wait("calls-a-function", "Succeeded")
    served.answer("two-environments", "Production", "go")
    served.wait("two-environments", "Succeeded")
    looks_at_what_came_out_of_it(served)
    pushes_that_triggers_ask_for(served)
    nobody_is_told_of_what_releases_nothing(served)
    every_good_end_is_told_to_who_asked(served)
    assert served.pages.drift() == []


def looks_at_what_came_out_of_it(served) -> None:
    assert (served.bucket("static-site-live") / "index.html").read_text() == "one"
    assert (served.bucket("two-environments-staging") / "page.txt").read_text() == "one"
    assert len(list(served.bucket("two-environments-production").glob("release-*.zip"))) == 1
    assert (served.bucket("release-by-tag-offers") / "stable/page.txt").read_text() == "one"
    (told,) = served.pages.rows(
        "SELECT a.variables FROM attempt a JOIN run r ON r.id = a.run WHERE r.pipeline = 'calls-a-function' AND a.action = 'tell'"
    )
    assert json.loads(told[0]) == {"answer": "36 40"}
    skipped = served.pages.rows(
        "SELECT s.status FROM stage_run s JOIN run r ON r.id = s.run WHERE r.pipeline = 'guarded' AND s.stage = 'Publish'"
    )
    assert skipped == [("Skipped",)]
    assert not (served.bucket("guarded-live") / "page.txt").exists()


def every_good_end_is_told_to_who_asked(served) -> None:
    good = served.pages.rows("SELECT pipeline FROM run WHERE status = 'Succeeded' ORDER BY pipeline")

    def told() -> bool:
        lines = served.told.read_text().split("\n")[:-1] if served.told.exists() else []
        return sorted(line.split()[1] for line in lines) == [pipeline for (pipeline,) in good]

    until(told, f"events of {len(good)} runs, each once")


def nobody_is_told_of_what_releases_nothing(served) -> None:
    rows = served.pages.rows("SELECT DISTINCT r.pipeline FROM message m JOIN run r ON r.id = m.run")
    assert rows == [("pages",)]


def pushes_that_triggers_ask_for(served) -> None:
    """A push, a push that no filter lets through, a tag, and a pull request's branch that nobody tells of."""
    second = served.site.commit("A second page", page="two", **{"shop/window": "open"})
    served.wait("monorepo-shop", "Succeeded", "Succeeded")
    by_push = served.started("monorepo-shop")[1]
    assert (by_push.trigger, by_push.overrides[0].revision_value) == ("WebhookV2", second)
    served.site.git("checkout", "-q", "-b", "elsewhere")
    third = served.site.commit("Not on main", **{"shop/window": "closed"})
    served.site.git("tag", "v1.0")
    served.wait("release-by-tag", "Succeeded", "Succeeded")
    by_tag = served.started("release-by-tag")[1]
    assert (by_tag.trigger, by_tag.overrides[0].revision_value) == ("WebhookV2", third)
    served.wait("static-site", "Succeeded", "Succeeded")  # its branch moved, and it has no triggers
    assert served.statuses("monorepo-shop") == ["Succeeded", "Succeeded"]
    assert served.statuses("pull-request-checks") == ["Succeeded"]
    assert len(served.started("static-site")) == 2
