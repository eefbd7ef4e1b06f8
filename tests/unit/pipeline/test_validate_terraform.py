"""What Terraform would lose on the way to AWS is named."""

import copy

import msgspec
import pytest

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.terraform_rules import terraform_problems
from unit.pipeline.good_declaration import GOOD, RELEASE, Change, deploy


@pytest.mark.parametrize(
    ("ruling", "change"),
    [
        ("V-121", lambda p: deploy(p).update(environmentVariables=[{"name": "STAGE", "value": "live"}])),
        ("V-122", lambda p: p["stages"][RELEASE].update(blockers=[{"name": "b", "type": "Schedule"}])),
    ],
    ids=["V-121", "V-122"],
)
def test_what_terraform_cannot_express_is_named(ruling: str, change: Change) -> None:
    declaration = copy.deepcopy(GOOD)
    assert list(terraform_problems(msgspec.convert(declaration, Pipeline))) == []
    change(declaration)
    assert [problem.rule for problem in terraform_problems(msgspec.convert(declaration, Pipeline))] == [
        ruling
    ]
