"""What the AWS home refuses although CodePipeline takes it."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from laststop.pipeline.aws_rules import aws_problems
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.problems import path_text
from unit.pipeline.good_declaration import GOOD

DOCUMENTS = ("docs/routing.zip", "docs/firewall.zip", "docs/switching.zip")


def answers(change: Callable[[Any], object], documents: tuple[str, ...] = DOCUMENTS) -> list[tuple[str, str]]:
    declaration = copy.deepcopy(GOOD)
    change(declaration)
    pipeline = msgspec.convert(declaration, Pipeline)
    problems = aws_problems(pipeline, project="translations", documents=documents)
    return [(path_text(problem.path), problem.message) for problem in problems]


def of(declaration: Any, stage: str, action: str) -> Any:
    (actions,) = (each["actions"] for each in declaration["stages"] if each["name"] == stage)
    (found,) = (each for each in actions if each["name"] == action)
    return found


def test_the_good_declaration_is_good_on_aws_too() -> None:
    assert answers(lambda _: None) == []


def test_what_terraform_makes_is_not_declared() -> None:
    role = "arn:aws:iam::111122223333:role/mine"
    assert answers(lambda d: d.update(roleArn=role)) == [("roleArn", "the role is Terraform's")]
    ((path, _),) = answers(lambda d: d.update(artifactStore={"type": "S3", "location": "b"}))
    assert path == "artifactStore"
    ((path, _),) = answers(lambda d: d.update(artifactStores={"eu-west-1": {"type": "S3", "location": "b"}}))
    assert path == "artifactStores"


@pytest.mark.parametrize("value", [None, "true"])
def test_a_source_that_would_be_polled_is_refused(value: str | None) -> None:
    def change(declaration: Any) -> None:
        configuration = of(declaration, "Source", "routing")["configuration"]
        configuration.pop("PollForSourceChanges")
        if value is not None:
            configuration["PollForSourceChanges"] = value

    ((path, message),) = answers(change)
    assert path.endswith("configuration.PollForSourceChanges")
    assert "second run" in message


def test_environment_variables_of_an_action_have_no_word_in_terraform() -> None:
    def change(declaration: Any) -> None:
        of(declaration, "Build", "build-site")["environmentVariables"] = [{"name": "A", "value": "b"}]

    ((path, message),) = answers(change)
    assert path.endswith(".environmentVariables")
    assert "Terraform" in message


def test_actions_and_rules_lie_in_one_region() -> None:
    ((path, _),) = answers(lambda d: of(d, "Build", "build-site").update(region="us-east-1"))
    assert path.endswith(".region")
    rule = {"name": "r", "ruleTypeId": {"provider": "VariableCheck"}, "region": "us-east-1"}
    gate = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    ((path, _),) = answers(lambda d: d["stages"][1].update(beforeEntry=gate))
    assert path == "stages[1].beforeEntry.conditions[0].rules[0].region"


def test_a_function_is_called_by_its_bare_name() -> None:
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:translations-announce"
    ((path, _),) = answers(lambda d: of(d, "Release", "announce")["configuration"].update(FunctionName=arn))
    assert path.endswith("configuration.FunctionName")


def test_without_deploy_site_nothing_goes_live() -> None:
    change = "translations-announce"
    ((path, message),) = answers(
        lambda d: of(d, "Release", "deploy-site")["configuration"].update(FunctionName=change)
    )
    assert path == "stages"
    assert "translations-deploy-site" in message


def test_a_document_nobody_reads_is_a_warning() -> None:
    ((path, message),) = answers(lambda _: None, (*DOCUMENTS, "docs/new.zip"))
    assert path == "stages[0]"
    assert "docs/new.zip" in message


def approval(declaration: Any) -> None:
    rule = {"name": "r", "ruleTypeId": {"provider": "Commands"}, "commands": ["true"], "region": "us-east-1"}
    declaration["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}


RULES: list[tuple[str, Callable[[Any], object]]] = [
    (
        "V-121",
        lambda d: of(d, "Build", "build-site").update(environmentVariables=[{"name": "A", "value": "b"}]),
    ),
    ("V-122", lambda d: d.update(roleArn="arn:aws:iam::111122223333:role/mine")),
    ("V-122", lambda d: d.update(artifactStore={"type": "S3", "location": "b"})),
    ("V-123", lambda d: of(d, "Build", "build-site").update(region="us-east-1")),
    ("V-123", approval),
    ("V-124", lambda d: of(d, "Source", "routing")["configuration"].pop("PollForSourceChanges")),
    ("V-125", lambda d: of(d, "Release", "announce")["configuration"].update(FunctionName="arn:x")),
    ("V-126", lambda d: of(d, "Release", "deploy-site")["configuration"].update(FunctionName="other")),
]


@pytest.mark.parametrize(
    ("ruling", "change"), RULES, ids=[f"{row[0]} row {n}" for n, row in enumerate(RULES)]
)
def test_what_the_aws_home_refuses_breaks_exactly_one_rule(
    ruling: str, change: Callable[[Any], object]
) -> None:
    declaration = copy.deepcopy(GOOD)
    change(declaration)
    pipeline = msgspec.convert(declaration, Pipeline)
    problems = aws_problems(pipeline, project="translations", documents=DOCUMENTS)
    assert {problem.rule for problem in problems} == {ruling}


def test_only_the_flow_must_read_the_documents_and_release() -> None:
    declaration = copy.deepcopy(GOOD)
    del declaration["stages"][2], declaration["stages"][0]["actions"][1:]
    pipeline = msgspec.convert(declaration, Pipeline)
    assert aws_problems(pipeline, project="translations", documents=DOCUMENTS, flow=False) == ()
