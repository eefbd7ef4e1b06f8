"""The planned policies, judged by an IAM simulation: what each statement allows, and what is denied without it.

The emulator's simulation passes over the context it is given. A condition is therefore judged from both sides: with
no context it must deny; and the statement must allow once the condition is taken away, which is compared as text.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from terraform.iam_page import WITHOUT_RESOURCE
from terraform.workbench import Plan

pytestmark = [pytest.mark.terraform, pytest.mark.emulator]

Json = dict[str, Any]
Case = tuple[str, str, str]

FOREIGN = {
    "s3": "arn:aws:s3:::somebody-elses/key",
    "sqs": "arn:aws:sqs:eu-west-1:111122223333:somebody-elses",
    "iam": "arn:aws:iam::111122223333:role/administrator",
    "cloudfront": "arn:aws:cloudfront::111122223333:distribution/OTHER",
}
"""What nobody of the project may touch, by service; other services have a place of the same shape."""


class Judge:
    """Asks the emulator's simulation."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def allows(self, statements: list[Json], action: str, resource: str) -> bool:
        answer = self._client.simulate_custom_policy(
            PolicyInputList=[json.dumps({"Version": "2012-10-17", "Statement": statements})],
            ActionNames=[action],
            ResourceArns=[resource],
        )
        (result,) = answer["EvaluationResults"]
        return result["EvalDecision"] == "allowed"


@pytest.fixture(scope="module")
def judge(aws_stack: Any) -> Judge:
    return Judge(aws_stack.client("iam"))


@pytest.fixture(scope="module")
def documents(applied: dict[str, Plan]) -> dict[str, list[Json]]:
    return {
        values["role"]: json.loads(values["policy"])["Statement"]
        for plan in applied.values()
        for _, values in plan.resources("aws_iam_role_policy")
    }


def cases(statement: Json) -> Iterator[tuple[str, str]]:
    """Every action with a resource it is for."""
    for action in statement["Action"]:
        for arn in statement["Resource"]:
            yield (
                action,
                arn.replace("*", "x/1") if arn != "*" else "arn:aws:codepipeline:eu-west-1:111122223333:any",
            )


def without_conditions(statements: list[Json]) -> list[Json]:
    return [{name: value for name, value in each.items() if name != "Condition"} for each in statements]


def foreign(action: str) -> str:
    service = action.split(":", 1)[0]
    return FOREIGN.get(service, f"arn:aws:{service}:eu-west-1:111122223333:somebody-elses")


ROLES = (
    "announce", "answer-failure", "build", "deploy-site", "invalidate-edge", "pipeline",
    "publish", "release", "schedule", "start", "sweep", "verify-live",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_each_statement_allows_what_it_is_for_and_nobody_elses(
    judge: Judge, documents: dict[str, list[Json]], role: str
) -> None:
    statements = documents[f"translations-{role}"]
    open_ = without_conditions(statements)
    for statement in statements:
        for action, arn in cases(statement):
            assert judge.allows(open_, action, arn), (statement["Sid"], action, arn)
            assert judge.allows(statements, action, arn) is ("Condition" not in statement), statement["Sid"]
            if action not in WITHOUT_RESOURCE:
                assert not judge.allows(open_, action, foreign(action)), (statement["Sid"], action)


@pytest.mark.parametrize("role", ROLES)
def test_without_a_statement_what_it_is_for_is_denied(
    judge: Judge, documents: dict[str, list[Json]], role: str
) -> None:
    statements = documents[f"translations-{role}"]
    for statement in statements:
        others = without_conditions([each for each in statements if each is not statement])
        if not others:
            continue
        denied = [not judge.allows(others, action, arn) for action, arn in cases(statement)]
        assert all(denied), f"{statement['Sid']} of {role} repeats what another statement grants"


def test_a_role_is_passed_to_the_scheduler_only(documents: dict[str, list[Json]]) -> None:
    passing = [
        (role, each) for role, document in documents.items() for each in document if "Condition" in each
    ]
    assert {role for role, _ in passing} == {"translations-verify-live", "translations-release"}
    for _, statement in passing:
        assert statement["Action"] == ["iam:PassRole"]
        assert statement["Resource"] == ["arn:aws:iam::111122223333:role/translations-schedule"]
        assert statement["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


@pytest.mark.parametrize(
    ("role", "action", "arn"),
    [
        ("publish", "codepipeline:StartPipelineExecution", "arn:aws:codepipeline:eu-west-1:111122223333:translations"),
        ("publish", "dynamodb:PutItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/translations-catalog"),
        ("deploy-site", "s3:PutObject", "arn:aws:s3:::translations-documents-111122223333/routing.zip"),
        ("announce", "s3:PutObject", "arn:aws:s3:::translations-site-111122223333/site/index.html"),
        ("announce", "codepipeline:StartPipelineExecution", "arn:aws:codepipeline:eu-west-1:111122223333:translations"),
        ("verify-live", "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:translations-release"),
        ("release", "codepipeline:DisableStageTransition", "arn:aws:codepipeline:eu-west-1:111122223333:translations/Release"),
        ("build", "s3:GetObject", "arn:aws:s3:::translations-site-111122223333/site/index.html"),
        ("pipeline", "s3:PutObject", "arn:aws:s3:::translations-documents-111122223333/routing.zip"),
        ("answer-failure", "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/translations-ledger"),
    ],
)  # fmt: skip
def test_what_a_role_must_never_do_is_denied(
    judge: Judge, documents: dict[str, list[Json]], role: str, action: str, arn: str
) -> None:
    assert not judge.allows(documents[f"translations-{role}"], action, arn)
