"""What Terraform is told, and what it is never told."""

import hashlib
from base64 import b64decode
from pathlib import Path

import msgspec
import pytest

import laststop
from laststop.catalog.document_zip import unpack
from laststop.config.pipeline_file import PipelineInvalidError
from laststop.config.project import ProjectTables
from laststop.config.project_file import load_project
from laststop.config.terraform_variables import terraform_variables
from laststop.errors import UsageError

AWS = """
[names.aws]
region = "eu-west-1"
account = "111122223333"
connection_arn = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b"
"""
TEMPLATES = Path(laststop.__file__).parent / "project"
EXAMPLES = Path(__file__).parents[3] / "examples"


def variables(folder: Path):
    return terraform_variables(load_project(folder)).project


def test_the_file_terraform_applies_is_the_one_that_was_judged(make_project, project_text: str) -> None:
    folder = make_project(project=project_text + AWS)
    told = variables(folder).pipeline
    assert told.file_sha256 == hashlib.sha256((folder / "pipeline.yml").read_bytes()).hexdigest()
    assert (told.name, told.front_stage) == ("translations", "Build")


def test_seeds_are_the_documents_of_generation_0(make_project, project_text: str) -> None:
    for seed in variables(make_project(project=project_text + AWS)).documents.objects:
        document = unpack(seed.key, b64decode(seed.seed_base64))
        assert document.generation == 0
        assert [f"{type_}.zip" for type_ in document.types] == [seed.key]
        assert not any(document.types.values())


def test_settings_are_the_project_with_every_default(make_project, project_text: str) -> None:
    settings = msgspec.json.decode(
        variables(make_project(project=project_text + AWS)).settings, type=ProjectTables
    )
    assert settings.project.types == ("routing", "firewall", "switching")
    assert settings.verify.within_seconds == 120
    assert settings.notices.owners == {"routing": "@net-team"}
    assert settings.repositories == {}
    assert b"within_seconds" in msgspec.json.encode(settings)


def test_the_same_project_gives_the_same_bytes(make_project, project_text: str) -> None:
    project = load_project(make_project(project=project_text + AWS))
    assert terraform_variables(project).text == terraform_variables(project).text


def test_what_is_missing_is_named_all_at_once(make_project, project_text: str) -> None:
    with pytest.raises(UsageError, match="lacks region, account"):
        variables(make_project(project=project_text))


def test_a_connection_is_asked_for_where_the_pipeline_uses_one(
    make_project, project_text: str, pipeline_text: str
) -> None:
    alone = AWS[: AWS.index("connection_arn")]
    with pytest.raises(PipelineInvalidError, match=r'pipeline.yml:9 .*"connection_arn"'):
        variables(make_project(project=project_text + alone))
    written = pipeline_text.replace("${connection_arn}", "arn:aws:codeconnections:eu-west-1:1:connection/a")
    told = variables(make_project(project=project_text + alone, pipeline=written))
    assert (told.connection.arn, told.connection.provider) == ("", "")
    assert "connection_arn" not in told.names


def test_a_connection_that_is_yet_to_be_made_has_no_arn(make_project, project_text: str) -> None:
    aws = AWS[: AWS.index("connection_arn")] + 'connection_provider = "GitHub"\n'
    told = variables(make_project(project=project_text + aws))
    assert (told.connection.arn, told.connection.provider) == ("", "GitHub")
    assert told.names["connection_arn"] == ""


@pytest.mark.parametrize(
    "names", ['site_bucket = "b-1"\nartifacts_bucket = "b-1"', 'ledger_table = "translations-catalog"']
)
def test_two_parts_never_share_a_place(make_project, project_text: str, names: str) -> None:
    with pytest.raises(UsageError, match="each"):
        variables(make_project(project=f"{project_text}{AWS}{names}\n"))


def test_a_pipeline_that_polls_is_refused_with_its_line(
    make_project, project_text: str, pipeline_text: str
) -> None:
    polled = pipeline_text.replace(', PollForSourceChanges: "false"', "", 1)
    with pytest.raises(PipelineInvalidError, match=r"pipeline.yml:15 .*PollForSourceChanges"):
        variables(make_project(project=project_text + AWS, pipeline=polled))


def test_settings_too_long_for_a_parameter_are_refused(make_project, project_text: str) -> None:
    owners = ", ".join(f'"type-{number}" = "@{"x" * 60}"' for number in range(150))
    long = project_text.replace('{ routing = "@net-team" }', f"{{ {owners} }}")
    types = ", ".join(f'"type-{number}"' for number in range(150))
    long = long.replace('"routing", "firewall", "switching"', f'"routing", "firewall", "switching", {types}')
    with pytest.raises(UsageError, match="8192"):
        terraform_variables(load_project(make_project(project=long + AWS + 'documents_bucket = "docs"\n')))


def test_a_build_time_below_the_least_of_codebuild_is_raised(make_project, project_text: str) -> None:
    folder = make_project(project=f"{project_text}[build]\ntimeout_minutes = 1\n{AWS}")
    assert variables(folder).build_timeout_minutes == 5


@pytest.mark.parametrize("example", sorted(each.name for each in EXAMPLES.iterdir() if each.is_dir()))
def test_the_examples_hold_what_is_rendered_from_them(example: str) -> None:
    rendered = terraform_variables(load_project(EXAMPLES / example)).text
    assert (EXAMPLES / example / "terraform.tfvars.json").read_bytes() == rendered


@pytest.mark.parametrize("template", ["demo", "init"])
def test_a_new_project_needs_only_its_place_to_be_rendered(template: str, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yml").write_bytes((TEMPLATES / template / "pipeline.yml").read_bytes())
    (tmp_path / "laststop.toml").write_text((TEMPLATES / template / "laststop.toml").read_text() + AWS)
    assert variables(tmp_path).pipeline.front_stage == "Build"
