"""The base step, made in the emulator from what Terraform planned."""

import json
import time
from typing import Any

import pytest

from laststop.catalog.document_zip import unpack
from terraform.cloudformation import linked, seeds_of, template_of
from terraform.workbench import Plan

pytestmark = [pytest.mark.terraform, pytest.mark.emulator]

MADE_WITHIN_SECONDS = 60
ACCOUNT = "000000000000"
DOCUMENTS = f"translations-documents-{ACCOUNT}"


@pytest.fixture
def base(aws: Any, applied: dict[str, Plan]) -> Any:
    """The emulator with everything of the step in it."""
    cloudformation = aws.client("cloudformation")
    template = json.dumps(linked(template_of(applied["base"])))
    cloudformation.create_stack(
        StackName="base", TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    deadline = time.monotonic() + MADE_WITHIN_SECONDS
    while True:
        (stack,) = cloudformation.describe_stacks(StackName="base")["Stacks"]
        if not stack["StackStatus"].endswith("IN_PROGRESS") or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
    for key, content, metadata in seeds_of(applied["base"]):
        aws.client("s3").put_object(Bucket=DOCUMENTS, Key=key, Body=content, Metadata=metadata)
    return aws


def parameter(aws: Any, name: str) -> str:
    return aws.client("ssm").get_parameter(Name=f"/translations/{name}")["Parameter"]["Value"]


def test_the_parameters_lead_to_what_was_made(base: Any) -> None:
    dynamodb = base.client("dynamodb")
    catalog = dynamodb.describe_table(TableName=parameter(base, "catalog/table"))["Table"]
    assert catalog["LatestStreamArn"] == parameter(base, "catalog/stream-arn")
    assert catalog["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    ledger = dynamodb.describe_table(TableName=parameter(base, "ledger/table"))["Table"]
    assert [key["AttributeName"] for key in ledger["KeySchema"]] == ["pk", "sk"]
    assert not ledger.get("StreamSpecification", {}).get("StreamEnabled")
    role = parameter(base, "roles/deploy-site")
    assert base.client("iam").get_role(RoleName="translations-deploy-site")["Role"]["Arn"] == role


def test_the_documents_are_there_in_a_bucket_with_versions(base: Any) -> None:
    s3 = base.client("s3")
    assert s3.get_bucket_versioning(Bucket=DOCUMENTS)["Status"] == "Enabled"
    document = s3.get_object(Bucket=DOCUMENTS, Key="routing.zip")
    assert unpack("routing", document["Body"].read()).generation == 0
    assert document["Metadata"] == {"generation": "0"}


def test_the_distribution_reads_the_site_and_nothing_beside_it(base: Any) -> None:
    distribution = parameter(base, "edge/distribution-id")
    config = base.client("cloudfront").get_distribution(Id=distribution)["Distribution"]["DistributionConfig"]
    (origin,) = config["Origins"]["Items"]
    assert origin["OriginPath"] == "/site"
    policy = base.client("s3").get_bucket_policy(Bucket=parameter(base, "site/bucket"))["Policy"]
    reads, lists = (each for each in json.loads(policy)["Statement"] if each["Effect"] == "Allow")
    assert reads["Resource"] == [f"arn:aws:s3:::translations-site-{ACCOUNT}/site/*"]
    for statement in (reads, lists):
        arn = f"arn:aws:cloudfront::{ACCOUNT}:distribution/{distribution}"
        assert statement["Condition"] == {"StringEquals": {"aws:SourceArn": arn}}
