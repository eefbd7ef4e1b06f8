"""The AWS home, whole: from Terraform's plan and `osls deploy` to the page, and nobody helps after the item's change."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.test_function_package import HERE, MACHINE
from e2e.test_serverless import FILES, INFRA
from e2e.workbench import RELEASED, until
from emulator.aws_project import AwsProject, init, planned, standing_in
from emulator.aws_reader import AwsReader
from emulator.stack import stack
from laststop.config.project_file import load_project
from laststop.homes.aws.publications import settled_changes
from laststop.wiring.function_package import package_functions
from laststop.wiring.function_values import FUNCTIONS, function_values, write_values
from laststop.words.verdicts import VerdictKind
from unit.homes.slack_stand_in import slack_running

pytestmark = [pytest.mark.packages, pytest.mark.terraform]

WITHIN_SECONDS = 90.0
FUNCTION_NAMES = tuple(name.replace("_", "-") for name in FUNCTIONS)


@pytest.fixture(scope="module")
def strict():
    """An emulator that lets nobody do what no policy allows."""
    with stack(AUTH="true") as running:
        yield running


def deploy(project: AwsProject, folder: Path) -> None:
    """What the guide says: package, then `osls deploy`."""
    osls = INFRA / "node_modules/.bin/osls"
    if shutil.which("node") is None or not osls.exists():
        pytest.skip("osls is not installed: npm ci --prefix infra")
    for name in FILES:
        shutil.copy(INFRA / name, folder / name)
    packaged = package_functions(
        folder / "build/functions.zip", architecture=MACHINE, python=HERE, say=lambda _: None
    )
    write_values(folder / "build/functions.json", function_values(load_project(project.folder), packaged))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ended = subprocess.run(
        [str(osls), "deploy"],
        cwd=folder,
        env={**inherited, **project.stack.environment(), "CI": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def tell(project: AwsProject, more: dict[str, str]) -> None:
    """Tell the deployed functions where the stand-ins are."""
    functions = project.stack.client("lambda")
    for name in FUNCTION_NAMES:
        function = f"{project.name}-{name}"
        known = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": known | more}
        )


def test_a_phase_in_the_table_becomes_a_page_a_verdict_and_a_message_with_no_right_but_the_planned(
    strict, tmp_path
):
    (tmp_path / "infra").mkdir()
    (tmp_path / "terraform").mkdir()
    folder = init(tmp_path)
    project = AwsProject(strict, folder, planned(folder, tmp_path / "terraform"))
    project.make("base")
    project.seed()
    with standing_in(project, tmp_path / "codepipeline") as service, slack_running() as (slack, url, _):
        reader = AwsReader(project, service.url)
        deploy(project, tmp_path / "infra")
        tell(project, reader.stand_ins(url))
        project.make("pipeline")
        client = service.client()
        client.create_pipeline(pipeline=project.pipeline())
        until(
            lambda: reader.home.releases.live() and reader.runs(client)[0]["status"] == "Succeeded",
            "the first, empty site",
            seconds=WITHIN_SECONDS,
        )
        until(lambda: len(slack.posted()) == 1, "a message of the first run")
        catalog = project.parameter("catalog/table")
        key = {"algorithm": {"S": "rerank"}, "version": {"S": "1.0.0"}}
        testing = {"type": {"S": "ranking"}, "phase": {"S": "PACKAGE_TESTS_RUNNING"}}
        strict.client("dynamodb").put_item(TableName=catalog, Item={**key, **testing})
        strict.client("dynamodb").update_item(
            TableName=catalog,
            Key=key,
            UpdateExpression="SET phase = :phase",
            ExpressionAttributeValues={":phase": {"S": RELEASED}},
        )
        (settled,) = until(
            lambda: list(settled_changes(reader.home.ledger_table, "rerank")),
            "a verdict",
            seconds=WITHIN_SECONDS,
        )
        assert settled.verdict is VerdictKind.LIVE
        assert json.loads(reader.page("versions.json").body)["ranking"] == {"rerank": "1.0.0"}
        assert "1.0.0" in reader.page().body.decode()
        (run, first) = reader.runs(client)
        assert settled.run == run["pipelineExecutionId"]
        until(lambda: "live, seen at the edge" in json.dumps(slack.posted()[-1]), "the message's last state")
        assert len(slack.posted()) == 2, "one message for each run"
        assert slack.replies() == []
        assert {run["status"], first["status"]} == {"Succeeded"}
        reader.close()
        assert "jobs of" not in service.said, service.said
