"""`laststop aws render`: the file, told twice, and refused."""

import json
import shutil
from pathlib import Path

import pytest

from unit.cli.cli_workbench import Cli

EXAMPLE = Path(__file__).parents[3] / "examples" / "three-types"


@pytest.fixture
def cli(tmp_path, capsys):
    cli = Cli(tmp_path / "project", capsys)
    for name in ("laststop.toml", "pipeline.yml"):
        shutil.copy(EXAMPLE / name, cli.folder)
    return cli


def test_it_writes_beside_the_projects_files_and_says_when_nothing_changed(cli):
    path = cli.folder / "terraform.tfvars.json"
    assert cli.ok("aws", "render").err == f"{path} written\n"
    assert path.read_bytes() == (EXAMPLE / path.name).read_bytes()
    assert cli.ok("aws", "render").err == f"{path} is as it was\n"
    assert sorted(each.name for each in cli.folder.iterdir()) == [
        "laststop.toml",
        "pipeline.yml",
        "terraform.tfvars.json",
    ]


def test_a_dash_is_standard_output(cli):
    assert json.loads(cli.ok("aws", "render", "-o", "-").out)["project"]["name"] == "translations"
    assert not (cli.folder / "terraform.tfvars.json").exists()


def test_a_place_it_cannot_write_to_is_refused_and_nothing_is_left(cli):
    done = cli("aws", "render", "-o", str(cli.folder / "missing" / "file.json"))
    assert done.code == 5
    assert "--output" in done.err


def test_a_pipeline_that_cannot_be_applied_writes_nothing(cli):
    pipeline = cli.folder / "pipeline.yml"
    pipeline.write_text(pipeline.read_text().replace('"false"', '"true"', 1))
    done = cli("aws", "render")
    assert done.code == 2
    assert "pipeline.yml:20" in done.err
    assert not (cli.folder / "terraform.tfvars.json").exists()


def test_without_a_connection_it_says_what_comes_next(cli):
    toml = cli.folder / "laststop.toml"
    lines = [line for line in toml.read_text().splitlines() if not line.startswith("connection_arn")]
    toml.write_text("\n".join([*lines, 'connection_provider = "GitLab"', ""]))
    assert "connection to GitLab" in cli.ok("aws", "render").err


def test_check_says_for_aws_what_render_would_refuse(cli):
    pipeline = cli.folder / "pipeline.yml"
    pipeline.write_text(pipeline.read_text().replace('"false"', '"true"', 1))
    assert "PollForSourceChanges: warning:" in cli("check").out
    done = cli("check", "--home", "aws")
    assert done.code == 2
    (told,) = (line for line in done.out.splitlines() if "PollForSourceChanges" in line)
    assert told.startswith("pipeline.yml:20 ")
    assert "warning" not in told
