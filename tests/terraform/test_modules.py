"""The modules as Terraform itself judges them, with the provider's real argument names."""

import re
from pathlib import Path

import pytest

from terraform.schema import PROVIDER
from terraform.workbench import EXAMPLES, INFRA, MODULES, STEPS, Terraform, TerraformError, terraform_at

pytestmark = pytest.mark.terraform


def test_every_file_is_formatted(terraform: Terraform) -> None:
    terraform.run(".", "fmt", "-check", "-recursive")


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_valid(terraform: Terraform, step: str) -> None:
    terraform.init(step)
    assert "valid" in terraform.run(step, "validate", "-no-color")


@pytest.mark.parametrize(
    "folder", sorted(str(tests.parent.relative_to(INFRA)) for tests in INFRA.rglob("tests"))
)
def test_its_own_tests_pass(terraform: Terraform, folder: str) -> None:
    terraform.init(folder)
    assert re.search(r"Success! [1-9]\d* passed, 0 failed", terraform.run(folder, "test", "-no-color"))


def test_the_project_of_these_tests_is_an_example() -> None:
    for step in STEPS:
        project = (EXAMPLES / "three-types/terraform.tfvars.json").read_bytes()
        assert (INFRA / step / "tests/project.json").read_bytes() == project
    pipeline = (EXAMPLES / "three-types/pipeline.yml").read_bytes()
    assert (INFRA / "pipeline/tests/pipeline.yml").read_bytes() == pipeline


def test_both_steps_know_the_same_project() -> None:
    assert (INFRA / "base/project.tf").read_text() == (INFRA / "pipeline/project.tf").read_text()


def test_the_version_of_the_provider_is_the_one_the_schema_is_from() -> None:
    minor = PROVIDER.rsplit(".", 1)[0]
    for file in INFRA.rglob("versions.tf"):
        text = file.read_text()
        assert f'version = "~> {minor}"' in text or "aws" not in text, file


FOLDERS = [INFRA, EXAMPLES, *(each for each in (*MODULES.iterdir(), *EXAMPLES.iterdir()) if each.is_dir())]


@pytest.mark.parametrize(
    "folder",
    [*FOLDERS, *(INFRA / step for step in STEPS)],
    ids=lambda folder: str(folder.relative_to(INFRA.parents[1])),
)
def test_a_readme_tells_every_variable_and_output(folder: Path) -> None:
    readme = (folder / "README.md").read_text()
    for file in folder.glob("*.tf"):
        members = re.findall(
            r'^(?:variable|output) "(\w+)" \{\n(.*?)^\}', file.read_text(), re.MULTILINE | re.DOTALL
        )
        for name, body in members:
            assert f"| `{name}` |" in readme, name
            (description,) = re.findall(
                r'^  description = "(.*)"$|^  description += "(.*)"$', body, re.MULTILINE
            )
            assert "".join(description).replace('\\"', '"') in readme, name


def test_a_misspelt_argument_would_be_found(tmp_path: Path) -> None:
    with terraform_at(tmp_path) as terraform:
        file = terraform.root / "modules/table/main.tf"
        file.write_text(file.read_text().replace("deletion_protection_enabled", "deletion_protection"))
        terraform.init("base")
        with pytest.raises(TerraformError, match="Unsupported argument"):
            terraform.run("base", "validate", "-no-color")


def test_applying_once_more_changes_nothing_and_seeds_are_never_written_again(tmp_path: Path) -> None:
    with terraform_at(tmp_path / "work") as terraform:
        project = tmp_path / "project"
        project.mkdir()
        for name in ("terraform.tfvars.json", "pipeline.yml"):
            (project / name).write_bytes((EXAMPLES / "one-type" / name).read_bytes())
        terraform.apply("base", project)
        assert changes(terraform.plan("base", project)) == []
        variables = project / "terraform.tfvars.json"
        variables.write_text(variables.read_text().replace('"seed_base64": "UEsDB', '"seed_base64": "AAAAA'))
        assert changes(terraform.plan("base", project)) == []


def changes(plan) -> list[str]:
    return [
        each["address"] for each in plan.content["resource_changes"] if each["change"]["actions"] != ["no-op"]
    ]
