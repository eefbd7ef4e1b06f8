"""A project of `laststop init` on an emulated account: everything the way from an empty account makes, from its plan.

Terraform plans both steps; what it planned is made in the emulator, and the pipeline at our own CodePipeline.
What is changed on the way, because the emulator lacks what it needs, stands in `_for_emulator`.
"""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from e2e.workbench import LASTSTOP, Process
from emulator.stack import ACCOUNT, REGION, Stack
from terraform.cloudformation import linked, seeds_of, template_of
from terraform.workbench import STEPS, Plan, terraform_at

Json = dict[str, Any]

PLANNED = {"111122223333": ACCOUNT, "eu-west-1": REGION}
"""Account and region of the plan, whose provider makes up ARNs in them, and of the emulator."""
CONNECTION = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b2c3d-1111-2222-3333-444455556666"
NAMES = f"""
[names.aws]
region = "eu-west-1"
account = "111122223333"
connection_arn = "{CONNECTION}"
"""
TOKEN = "xoxb-not-a-real-token"
MADE_WITHIN_SECONDS = 60


def init(folder: Path, name: str = "pages", *, within_seconds: int = 5) -> Path:
    """A new project with a channel, and its variables for Terraform."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("LASTSTOP_", "AWS_"))}
    subprocess.run([*LASTSTOP, "init", name], cwd=folder, check=True, capture_output=True, env=clean)
    made = folder / name
    text = (made / "laststop.toml").read_text()
    text = text.replace("within_seconds = 120", f"within_seconds = {within_seconds}")
    text = text.replace('# slack_channel = "#releases"', 'slack_channel = "#releases"')
    (made / "laststop.toml").write_text(text + NAMES)
    subprocess.run([*LASTSTOP, "aws", "render"], cwd=made, check=True, capture_output=True, env=clean)
    return made


def planned(project: Path, folder: Path) -> dict[str, Plan]:
    """Both steps of Terraform, applied with a provider that makes nothing: every name is known then."""
    with terraform_at(folder) as terraform:
        return {step: terraform.apply(step, project) for step in STEPS}


class AwsProject:
    """The project's resources in one emulator."""

    def __init__(self, stack: Stack, folder: Path, plans: dict[str, Plan]) -> None:
        self.stack, self.folder, self.plans = stack, folder, plans
        self.name = folder.name

    def make(self, step: str) -> None:
        """Everything a step planned but the pipeline, which the emulator cannot hold."""
        template = linked(template_of(self.plans[step]))
        resources = _for_emulator(template["Resources"])
        cloudformation = self.stack.client("cloudformation")
        cloudformation.create_stack(
            StackName=step,
            TemplateBody=json.dumps({**template, "Resources": resources}),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        ends = time.monotonic() + MADE_WITHIN_SECONDS
        while True:
            (made,) = cloudformation.describe_stacks(StackName=step)["Stacks"]
            if not made["StackStatus"].endswith("IN_PROGRESS") or time.monotonic() > ends:
                break
            time.sleep(0.05)
        assert made["StackStatus"] == "CREATE_COMPLETE", made.get("StackStatusReason")

    def seed(self) -> None:
        """The documents of generation 0, and the token that a person puts into its secret."""
        bucket = self.parameter("documents/bucket")
        for key, content, metadata in seeds_of(self.plans["base"]):
            self.stack.client("s3").put_object(Bucket=bucket, Key=key, Body=content, Metadata=metadata)
        self.stack.client("secretsmanager").put_secret_value(
            SecretId=self.parameter("slack/secret-arn"), SecretString=TOKEN
        )

    def pipeline(self) -> Json:
        """What Terraform planned, as `CreatePipeline` takes it."""
        template = template_of(self.plans["pipeline"])
        (found,) = (
            each["Properties"]
            for each in template["Resources"].values()
            if each["Type"] == "AWS::CodePipeline::Pipeline"
        )
        return json.loads(here(json.dumps(_as_api(found))))

    def parameter(self, name: str) -> str:
        """A name that the step `base` wrote for the functions."""
        found = self.stack.client("ssm").get_parameter(Name=f"/{self.name}/{name}")
        return str(found["Parameter"]["Value"])

    def policy(self, role: str) -> list[Json]:
        """The statements of a role, with the emulator's own account."""
        found = self.stack.client("iam").get_role_policy(RoleName=role, PolicyName="needs")
        return list(found["PolicyDocument"]["Statement"])


def here(text: str) -> str:
    """Text of the plan with the emulator's account and region."""
    for theirs, ours in PLANNED.items():
        text = text.replace(theirs, ours)
    return text


def _for_emulator(resources: Json) -> Json:
    """Without the pipeline; everything by plain HTTP, which is all the emulator speaks, so without the policies that
    refuse it; and the pipeline's role open to the account, since our CodePipeline asks in its own name where AWS's is
    a service.
    """
    kept = {name: each for name, each in resources.items() if each["Type"] != "AWS::CodePipeline::Pipeline"}
    for each in kept.values():
        properties = each["Properties"]
        if each["Type"] == "AWS::CloudFront::Distribution":
            behaviour = properties["DistributionConfig"]["DefaultCacheBehavior"]
            assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
            behaviour["ViewerProtocolPolicy"] = "allow-all"
        if each["Type"] == "AWS::S3::BucketPolicy":
            first, *properties["PolicyDocument"]["Statement"] = properties["PolicyDocument"]["Statement"]
            assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        if each["Type"] == "AWS::IAM::Role" and str(properties["RoleName"]).endswith("-pipeline"):
            properties["AssumeRolePolicyDocument"]["Statement"].append(
                {
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                }
            )
    return {
        name: each
        for name, each in kept.items()
        if each["Type"] != "AWS::S3::BucketPolicy" or each["Properties"]["PolicyDocument"]["Statement"]
    }


def _as_api(value: Any) -> Any:
    """CloudFormation's spelling in that of CodePipeline's API; what was not said is left out."""
    if isinstance(value, list):
        return [_as_api(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name[0].lower() + name[1:]: each if name == "Configuration" else _as_api(each)
        for name, each in value.items()
        if each not in (None, [], {})
    }


class StandIn(Process):
    """`laststop codepipeline` in front of an emulator."""

    def ready(self) -> "StandIn":
        """Wait until it answers."""
        self.url = json.loads(self.line(self.out))["url"]
        return self

    def client(self) -> Any:
        import boto3

        return boto3.client(
            "codepipeline",
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


def stand_in(project: AwsProject, log: Path, *, port: int = 0, **environment: str) -> StandIn:
    """Start our CodePipeline beside the emulator, over the project's repositories."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LASTSTOP_"))}
    words = ("codepipeline", "--endpoint-url", project.stack.url, "--port", str(port), "--json")
    return StandIn(
        words, project.folder, log, {**clean, **project.stack.environment(), **environment}
    ).ready()


@contextlib.contextmanager
def standing_in(project: AwsProject, log: Path, **environment: str) -> Iterator[StandIn]:
    """The same for the time of a block."""
    running = stand_in(project, log, **environment)
    try:
        yield running
    finally:
        if running.popen.poll() is None:
            assert running.end() == 0, running.said
