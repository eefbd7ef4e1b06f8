"""What the roles may do: spelled out, judged by a simulation, and told in the documentation."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from terraform.conftest import Planned
from terraform.iam_page import PAGE, WITHOUT_RESOURCE, needs_of, page
from terraform.workbench import ROOT, Plan

pytestmark = pytest.mark.terraform

Applied = dict[str, Plan]
Json = dict[str, Any]

FUNCTIONS = {
    "publish", "start", "deploy-site", "invalidate-edge", "verify-live",
    "announce", "sweep", "release", "answer-failure",
}  # fmt: skip
_OPEN_END = re.compile(r"[^*]*([/:]|recheck-|build-)\*")
"""An ARN that ends in `*` after a name of the project's own."""


def documents(applied: Applied) -> dict[str, list[Json]]:
    """Role -> the statements AWS gets."""
    found = {}
    for plan in applied.values():
        for _, values in plan.resources("aws_iam_role_policy"):
            found[values["role"]] = json.loads(values["policy"])["Statement"]
    return found


def statements(applied: Applied) -> Iterator[tuple[str, Json]]:
    for role, document in documents(applied).items():
        yield from ((role, statement) for statement in document)


def test_every_function_and_service_has_a_role_of_its_own(applied: Applied) -> None:
    wanted = {f"translations-{name}" for name in (*FUNCTIONS, "schedule", "build", "pipeline")}
    assert set(documents(applied)) == wanted


def test_no_action_has_a_wildcard(applied: Applied) -> None:
    for role, statement in statements(applied):
        assert statement["Effect"] == "Allow"
        for action in statement["Action"]:
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action), (role, action)


def test_only_actions_without_a_resource_have_the_resource_star(applied: Applied) -> None:
    starred = {
        action for _, each in statements(applied) if "*" in each["Resource"] for action in each["Action"]
    }
    assert starred == set(WITHOUT_RESOURCE)
    for role, statement in statements(applied):
        for arn in statement["Resource"]:
            assert arn == "*" or "*" not in arn or _OPEN_END.fullmatch(arn), (role, arn)


def test_every_policy_fits_into_a_role(applied: Applied) -> None:
    """Inline policies of a role hold 10,240 characters; the longest name of a project has 28 more than this one."""
    for plan in applied.values():
        for _, values in plan.resources("aws_iam_role_policy"):
            longer = 28 * values["policy"].count("translations")
            assert len(values["policy"]) + longer < 10_240, values["role"]


def test_nobody_writes_the_catalog_and_only_two_write_documents(applied: Applied) -> None:
    writers: dict[str, set[str]] = {"catalog": set(), "documents": set()}
    for role, statement in statements(applied):
        for arn in statement["Resource"]:
            if arn.endswith("table/translations-catalog"):
                assert set(statement["Action"]) <= {"dynamodb:Query", "dynamodb:Scan", "dynamodb:GetItem"}, (
                    role
                )
            if "translations-documents" in arn and "s3:PutObject" in statement["Action"]:
                writers["documents"].add(role)
    assert writers["documents"] == {"translations-publish", "translations-sweep"}


def test_an_existing_table_is_queried_and_its_stream_read(planned: Planned) -> None:
    (policy,) = (
        values["policy"]
        for _, values in planned("base", "existing-table").resources("aws_iam_role_policy")
        if values["role"] == "inspections-publish"
    )
    found = {each["Sid"]: each["Resource"] for each in json.loads(policy)["Statement"]}
    table = "arn:aws:dynamodb:eu-west-1:111122223333:table/Algorithms"
    assert found["QueryCatalog"] == [table]
    assert found["ReadStream"] == [f"{table}/stream/2024-05-17T08:30:00.000"]
    tables = [
        values["name"] for _, values in planned("base", "existing-table").resources("aws_dynamodb_table")
    ]
    assert tables == ["inspections-ledger"]


def test_only_who_speaks_reads_the_token(applied: Applied) -> None:
    readers = {
        role for role, each in statements(applied) if "secretsmanager:GetSecretValue" in each["Action"]
    }
    assert readers == {"translations-announce", "translations-sweep"}


def test_bucket_policies_let_in_the_distribution_and_refuse_plain_http(applied: Applied) -> None:
    for _, values in applied["base"].resources("aws_s3_bucket_policy"):
        first, *others = json.loads(values["policy"])["Statement"]
        assert (first["Effect"], first["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
        if values["bucket"].startswith("translations-site"):
            arn = "arn:aws:cloudfront::111122223333:distribution/E1EXAMPLE"
            assert [each["Condition"] for each in others] == [{"StringEquals": {"aws:SourceArn": arn}}] * 2
            assert {each["Principal"]["Service"] for each in others} == {"cloudfront.amazonaws.com"}
        else:
            assert others == []


def test_the_documentation_is_what_the_plan_grants(applied: Applied) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(needs_of(applied))


def test_the_contract_lists_the_parameters_that_are_written(applied: Applied) -> None:
    written = {values["name"] for _, values in applied["base"].resources("aws_ssm_parameter")}
    told: set[str] = set()
    for name in re.findall(
        r"^\| `/<project>/([^`]+)`", (ROOT / "infra/contract.md").read_text(), re.MULTILINE
    ):
        of = FUNCTIONS if name == "roles/<function>" else {""}
        told.update(f"/translations/{name.replace('<function>', each)}" for each in of)
    assert written == told


def test_what_serverless_reads_is_written(applied: Applied) -> None:
    written = {values["name"] for _, values in applied["base"].resources("aws_ssm_parameter")}
    for file in (ROOT / "infra").glob("*.yml"):
        for name in re.findall(r"\$\{ssm:/\$\{self:custom\.project\}/([a-z/-]+)\}", file.read_text()):
            assert f"/translations/{name}" in written, file.name


def test_roles_are_taken_on_by_one_service_each(applied: Applied) -> None:
    for plan in applied.values():
        for _, values in plan.resources("aws_iam_role"):
            (statement,) = json.loads(values["assume_role_policy"])["Statement"]
            assert list(statement["Principal"]) == ["Service"]
            if statement["Principal"]["Service"] != "lambda.amazonaws.com":
                assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
