"""Bad input is answered: the place, the next step, the exit status, and nothing half-done."""

import json
import signal
import socket
import sqlite3
import threading
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from e2e.workbench import RELEASED, project, until
from laststop.functions.deploy_site import deploy_site
from laststop.homes.embedded.actions.invoke import Invoke
from laststop.homes.embedded.artifacts import BlobArtifacts
from laststop.pipeline.due import Command
from laststop.wiring.embedded import clock
from laststop.words.artifact import Artifact
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey

INPUTS = "{name: frontend}, {name: ranking}, {name: pricing}]"
SOURCE = """      - name: {0}
        actionTypeId: {{category: Source, owner: AWS, provider: S3, version: "1"}}
        configuration: {{S3Bucket: "${{documents_bucket}}", S3ObjectKey: {0}.zip, PollForSourceChanges: "false"}}
        outputArtifacts: [{{name: {0}}}]
"""
EXTRA = ("third", "fourth", "fifth")


@pytest.fixture
def pages(tmp_path):
    with project(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """One project for all the changes that are refused: it stays empty."""
    with project(tmp_path_factory.mktemp("refused")) as made:
        yield made


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("put", "rerank", "1.0.0", "--type", "rankign"), ('no type "rankign"', 'did you mean "ranking"?')),
        (("put", "rerank", "1.0.0"), ("rerank 1.0.0", "--type")),
        (("put", "", "1.0.0", "--type", "ranking"), ("algorithm", "empty")),
        (("put", "rerank", "", "--type", "ranking"), ("version", "empty")),
        (("put", "rerank", "1.0.0", "--type", "ranking", "--set", "title"), ("KEY=VALUE", '"title"')),
        (("phase", "rerank", "1.0.0", RELEASED), ('no algorithm "rerank"', "laststop catalog put rerank")),
        (("import", "nowhere.ndjson"), ("nowhere.ndjson", "standard input")),
    ],
)
def test_a_change_that_cannot_be_used_writes_nothing(untouched, words, parts):
    refused = untouched.run("catalog", *words, code=2)
    for part in parts:
        assert part in refused.stderr
    assert refused.stdout == ""
    assert untouched.facts() == []


def test_a_broken_line_of_a_file_is_named_and_no_line_of_it_is_written(untouched):
    lines = [
        json.dumps(
            {"algorithm": f"algorithm-{number}", "version": "1.0.0", "type": "ranking", "phase": RELEASED}
        )
        for number in range(1, 81)
    ]
    lines[56] = lines[56][:20]
    untouched.write("versions.ndjson", "\n".join(lines))
    from_file = untouched.run("catalog", "import", "versions.ndjson", code=2)
    from_pipe = untouched.run("catalog", "import", "-", code=2, stdin="\n".join(lines))
    for refused in (from_file, from_pipe):
        assert "line 57" in refused.stderr
        assert "nothing was written" in refused.stderr
    assert untouched.facts() == []


@pytest.mark.parametrize(
    ("old", "new", "line", "parts"),
    [
        (
            "provider: CodeBuild",
            "provider: CodeBild",
            "provider: CodeBild",
            ("CodeBild", 'did you mean "Build/AWS/CodeBuild/1"'),
        ),
        (
            f"inputArtifacts: [{INPUTS}",
            f"inputArtifacts: [{INPUTS.replace('frontend', 'frontned')}",
            "frontned",
            (
                'stages[1].actions[0].inputArtifacts[0]: no earlier action produces "frontned"',
                'did you mean "frontend"?',
            ),
        ),
        (
            "{name: pricing}]\n        outputArtifacts",
            "{name: site}]\n        outputArtifacts",
            "{name: site}]",
            ('"site"', "its own output"),
        ),
        (
            'PollForSourceChanges: "false"',
            "PollForSourceChanges: no",
            "Changes: no}",
            ('put it in quotes: "no"',),
        ),
        ('version: "1"', "version: 1.0", "version: 1.0", ('put it in quotes: "1.0"',)),
        ('version: "1"', "version: 12:30", "version: 12:30", ("base 60", 'put it in quotes: "12:30"')),
        ("BranchName: main", "BranchName: 2026-11-23", "2026-11-23", ('put it in quotes: "2026-11-23"',)),
        ('"${build_project}"', '"${build_projekt}"', "build_projekt", ("build_projekt", "build_project")),
    ],
)
def test_a_wrong_pipeline_is_refused_with_line_and_next_step_before_anything_is_made(
    pages, old, new, line, parts
):
    text = (pages.folder / "pipeline.yml").read_text().replace(old, new, 1)
    pages.write("pipeline.yml", text)
    number = next(at for at, each in enumerate(text.splitlines(), start=1) if line in each)
    check = pages.run("check", code=2)
    up = pages.run("up", "--port", "0", "--edge-port", "0", code=2)
    for said in (check.stdout, up.stderr):
        assert f"pipeline.yml:{number} " in said
        for part in parts:
            assert part in said
    assert not (pages.folder / ".laststop").exists()


def test_what_only_a_later_action_makes_is_no_input(pages):
    pages.replace("pipeline.yml", "inputArtifacts: [{name: site}]", "inputArtifacts: [{name: late}]")
    later = """      - name: late-build
        runOrder: 2
        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
        configuration: {ProjectName: "${build_project}", PrimarySource: frontend}
        inputArtifacts: [{name: frontend}]
        outputArtifacts: [{name: late}]
"""
    pages.replace(
        "pipeline.yml", "      - name: invalidate-edge\n", later + "      - name: invalidate-edge\n"
    )
    said = pages.run("check", code=2).stdout
    assert "stages[2].actions[0].inputArtifacts[0]" in said
    assert '"late"' in said


def test_a_sixth_input_of_a_build_is_refused_by_name(pages):
    more = "".join(SOURCE.format(name) for name in EXTRA)
    pages.replace("pipeline.yml", "  - name: Build\n", f"{more}\n  - name: Build\n")
    inputs = INPUTS[:-1] + "".join(f", {{name: {name}}}" for name in EXTRA) + "]"
    pages.replace("pipeline.yml", INPUTS, inputs)
    said = pages.run("check", code=2).stdout
    [line] = [each for each in said.splitlines() if "inputArtifacts" in each]
    assert "stages[1].actions[0].inputArtifacts" in line
    assert '"fifth"' in line
    assert "five" in line or "5" in line


def test_a_missing_buildspec_is_found_by_check_and_fails_the_run_by_name(pages):
    (pages.folder / "frontend" / "buildspec.yml").unlink()
    pages.commit("No buildspec")
    assert "has no buildspec.yml" in pages.run("check", code=2).stdout
    up = pages.up()
    pages.wait_for_run("Failed")
    assert "holds no file 'buildspec.yml'" in pages.run("run", "show").stdout
    assert pages.rows("SELECT * FROM live") == []
    assert up.end() == 0


def test_a_repository_that_does_not_exist_is_found_by_check_and_fails_the_run_by_name(pages):
    pages.replace("laststop.toml", '"./frontend"', '"./nowhere"')
    said = pages.run("check", code=2).stdout
    assert 'laststop.toml [repositories] "local/frontend"' in said
    assert "nowhere" in said
    up = pages.up()
    pages.wait_for_run("Failed")
    shown = pages.run("run", "show").stdout
    assert "there is no folder" in shown
    assert "correct the path under [repositories]" in shown
    assert not (pages.folder / "nowhere").exists()
    assert up.end() == 0


def test_an_artifact_that_leads_outside_is_refused_by_the_deploy(pages, tmp_path):
    up = pages.up()
    pages.wait_for_run("Succeeded")
    pages.run("stage", "disable", "Release", "--reason", "a look at the artifact")
    pages.put(("rerank", "1.0.0", "ranking"))
    built = "SELECT run FROM stage_run WHERE stage = 'Release' AND status = 'Waiting'"
    [(run,)] = until(lambda: pages.rows(built), "a build that waits before Release")
    assert up.end() == 0
    home = pages.home
    live, files = home.releases.live(), sorted(home.folders.site.rglob("*"))
    for name in ("../evil.html", "a/../../evil.html", "/evil.html"):
        archive = tmp_path / "site.zip"
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("index.html", "<h1>good</h1>")
            made.writestr(name, "<h1>evil</h1>")
        digest, size = home.blobs.put_file(archive, move=True)
        outcome = deploy_of(home, run, Artifact(name="site", digest=digest, size_bytes=size))
        assert isinstance(outcome, Failure)
        assert "evil.html" in outcome.message
        assert home.releases.live() == live
        assert sorted(home.folders.site.rglob("*")) == files
        assert list(tmp_path.rglob("evil.html")) == []


def deploy_of(home, run, artifact):
    """`deploy-site` as the pipeline calls it, on an artifact no build of ours would make."""

    def deploy(event, jobs, _):
        deploy_site(
            event,
            jobs=jobs,
            runs=home.runs,
            artifacts=BlobArtifacts(home.blobs),
            releases=home.releases,
            ledger=home.ledger,
            clock=clock,
        )

    now = datetime.now(UTC)
    command = Command(
        pipeline="pages",
        key=AttemptKey(run=run, stage="Release", action="deploy-site", attempt=9),
        provider="Invoke/AWS/Lambda/1",
        configuration={"FunctionName": "deploy-site"},
        inputs=(artifact,),
        outputs=(),
        started_at=now,
        deadline_at=now + timedelta(minutes=1),
    )
    return Invoke({"deploy-site": deploy}).run(command, threading.Event())


@pytest.mark.parametrize("option", ["--port", "--edge-port"])
def test_a_port_in_use_is_named_and_nothing_stays_behind(pages, option):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        options = {"--port": "0", "--edge-port": "0"} | {option: port}
        words = [word for pair in options.items() for word in pair]
        refused = pages.run("up", *words, code=3)
    assert f"port {port} is in use" in refused.stderr
    assert option in refused.stderr
    assert list(pages.home.folders.edges.glob("*.json")) == []
    assert pages.home.folders.lock.read_bytes() == b""
    assert pages.up().end(signal.SIGINT) == 0


def test_a_second_up_is_told_who_serves_already_and_disturbs_nobody(pages):
    up = pages.up()
    refused = pages.run("up", "--port", "0", "--edge-port", "0", code=3)
    for part in (f"pid {up.pid}", up.console_url, up.edge_url, f"kill {up.pid}"):
        assert part in refused.stderr
    pages.put(("rerank", "1.0.0", "ranking"))
    pages.wait_for_verdicts(1)
    assert up.end() == 0


def test_a_store_from_a_newer_version_is_left_as_it_is(pages):
    pages.up().end()
    store = pages.folder / ".laststop" / "laststop.db"
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA user_version = 99")
        before = list(connection.iterdump())
    for words in (("up", "--port", "0", "--edge-port", "0"), ("catalog", "list"), ("run", "start")):
        refused = pages.run(*words, code=2)
        assert "a newer laststop wrote this store" in refused.stderr
        assert str(store) in refused.stderr
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)
        assert list(connection.iterdump()) == before
    assert (pages.folder / ".laststop" / "lock").read_bytes() == b""


def test_outside_a_project_every_command_says_where_it_looked(tmp_path):
    with project(tmp_path) as pages:
        refused = pages.run("catalog", "list", "-C", str(tmp_path), code=2)
    assert "laststop.toml" in refused.stderr
    assert str(tmp_path) in refused.stderr
    assert "laststop init" in refused.stderr
