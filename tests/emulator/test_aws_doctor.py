"""`laststop aws doctor` on an emulated account: a healthy one, and every fault with what mends it."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from emulator.account import PROJECT, SETTINGS, Account
from emulator.codepipeline_stand_in import CodePipeline, served
from emulator.stack import ACCOUNT, REGION
from laststop import __version__
from laststop.catalog.columns import OWN_COLUMNS
from laststop.catalog.phases import Phases
from laststop.catalog.stream_filter import stream_filters
from laststop.config.pipeline_file import load_pipeline
from laststop.config.project_file import load_project
from laststop.config.terraform_variables import settings_text
from laststop.homes.embedded.codepipeline.printing import printed
from laststop.wiring import aws_doctor
from laststop.wiring.aws_examination import clients
from unit.cli.cli_workbench import Cli
from unit.homes.slack_stand_in import slack_running

pytestmark = pytest.mark.emulator
CONNECTION = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/00000000-1111-2222-3333-444444444444"
EXAMPLE = Path(__file__).parents[2] / "examples/three-types"
TOML = f"""\
[project]
name = "{PROJECT}"
types = {json.dumps(SETTINGS["project"]["types"])}
[notices]
slack_channel = "#releases"
owners = {{ routing = "@net-team" }}
[verify]
within_seconds = 5
[names.aws]
region = "{REGION}"
account = "{ACCOUNT}"
connection_arn = "{CONNECTION}"
documents_bucket = "{PROJECT}-documents"
artifacts_bucket = "{PROJECT}-artifacts"
site_bucket = "{PROJECT}-site"
"""


class Declared(CodePipeline):
    """A pipeline that tells what was applied."""

    declared: dict

    def _GetPipeline(self, asked: dict) -> dict:  # noqa: N802 - AWS's spelling
        if asked["name"] != self.declared["name"]:
            raise KeyError(asked["name"])
        return {"pipeline": self.declared, "metadata": {}}


class Connections:
    """The one service that the emulator has not."""

    status = "AVAILABLE"

    def get_connection(self, ConnectionArn: str):  # noqa: N803 - AWS's spelling
        if self.status == "gone":
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetConnection")
        assert ConnectionArn == CONNECTION
        told = {"ConnectionName": "translations-git", "ProviderType": "GitHub"}
        return {"Connection": {**told, "ConnectionStatus": self.status}}


class Healthy:
    """Everything as Terraform and osls leave it."""

    def __init__(self, account: Account, cli: Cli) -> None:
        self.account, self.cli = account, cli
        self.connections = Connections()
        self.client = account.stack.client
        text = (EXAMPLE / "pipeline.yml").read_text()
        source = text[text.index("      - name: switching") : text.index("\n  - name: Build")]
        (cli.folder / "pipeline.yml").write_text(text.replace(source, "").replace(", {name: switching}", ""))
        (cli.folder / "laststop.toml").write_text(TOML)
        project = load_project(cli.folder)
        told = printed(load_pipeline(project, home="aws"), 3)
        store = {"type": "S3", "location": f"{PROJECT}-artifacts"}
        account.pipeline.declared = {**told, "artifactStore": store}
        account.parameters()
        account.parameter("settings", settings_text(project))
        self._functions()
        self._bells()

    def _functions(self) -> None:
        account, version = self.account, {"LASTSTOP_VERSION": __version__}
        account.environment |= version
        names = [path.removesuffix(".py") for path in FUNCTIONS]
        account.deploy(*names)
        for name in names:
            account.parameter(
                f"roles/{name.replace('_', '-')}", f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-{name}"
            )
        account.parameter("roles/schedule", f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-schedule")

    def _bells(self) -> None:
        account, client = self.account, self.client
        client("s3").put_bucket_notification_configuration(
            Bucket=f"{PROJECT}-documents", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        stream = client("dynamodb").describe_table(TableName=f"{PROJECT}-catalog")["Table"]["LatestStreamArn"]
        account.parameter("catalog/stream-arn", stream)
        account.parameter("build/project", f"{PROJECT}-build")
        filters = [{"Pattern": json.dumps(each)} for each in stream_filters(Phases(), OWN_COLUMNS)]
        self.mapping = client("lambda").create_event_source_mapping(
            EventSourceArn=stream,
            FunctionName=f"{PROJECT}-publish",
            StartingPosition="TRIM_HORIZON",
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": filters},
        )["UUID"]
        for word in ("stream-failures", "function-failures"):
            client("sqs").create_queue(QueueName=f"{PROJECT}-{word}")
            account.parameter(f"queues/{word}-arn", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PROJECT}-{word}")
        for rule, function, what in (
            ("documents", "start", {"EventPattern": json.dumps({"source": ["aws.s3"]})}),
            ("ended", "start", {"EventPattern": json.dumps({"source": ["aws.codepipeline"]})}),
            ("told", "announce", {"EventPattern": json.dumps({"source": ["aws.codepipeline"]})}),
            ("sweep", "sweep", {"ScheduleExpression": "rate(1 day)"}),
        ):
            client("events").put_rule(Name=f"{PROJECT}-{rule}", State="ENABLED", **what)
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{PROJECT}-{function}"
            client("events").put_targets(Rule=f"{PROJECT}-{rule}", Targets=[{"Id": "it", "Arn": arn}])
        client("codebuild").create_project(
            name=f"{PROJECT}-build",
            source={"type": "CODEPIPELINE"},
            artifacts={"type": "CODEPIPELINE"},
            environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=f"arn:aws:iam::{ACCOUNT}:role/build",
        )

    def findings(self) -> list[dict]:
        done = self.cli("aws", "doctor", "--json")
        found = done.json
        assert done.code == (1 if any(each["state"] == "trouble" for each in found) else 0), done.err
        return found

    def change_function(self, name: str, **variables: str) -> None:
        self.client("lambda").update_function_configuration(
            FunctionName=f"{PROJECT}-{name}",
            Environment={"Variables": {**self.account.environment, **variables}},
        )


FUNCTIONS = aws_doctor.FUNCTIONS


@pytest.fixture
def healthy(aws, tmp_path, capsys, monkeypatch):
    pipeline = Declared(
        PROJECT, {"routing": "routing.zip", "firewall": "firewall.zip"}, f"{PROJECT}-documents"
    )
    with served(pipeline) as pipeline_url, slack_running() as (workspace, slack_url, _):
        account = Account(aws, pipeline, pipeline_url, workspace, slack_url)
        for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in account.environment.items():
            if name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        made = Healthy(account, Cli(tmp_path / "project", capsys))

        def with_connections(home):
            real = clients(home)
            return lambda service: made.connections if service == "codeconnections" else real(service)

        monkeypatch.setattr(
            aws_doctor.examine_aws,
            "__kwdefaults__",
            {**aws_doctor.examine_aws.__kwdefaults__, "clients_of": with_connections},
        )
        yield made
        account.home.close()


def test_a_healthy_account_has_nothing_to_mend(healthy):
    found = healthy.findings()
    assert [each for each in found if each["state"] == "trouble"] == []
    about = [each["about"] for each in found]
    assert about == [
        "files", "credentials", "parameters", "rights", "catalog", "ledger", "documents", "artifacts",
        "site", "edge", "functions", "stream", "rules", "queues", "queues", "messages", "connection",
        "build", "pipeline",
    ]  # fmt: skip
    assert healthy.cli("doctor", "--home", "aws").code == 0


def stream_off(healthy: Healthy) -> None:
    healthy.client("dynamodb").update_table(
        TableName=f"{PROJECT}-catalog", StreamSpecification={"StreamEnabled": False}
    )


def another_table(name: str, partition: str, sort: str, **more):
    def make(healthy: Healthy) -> None:
        healthy.client("dynamodb").delete_table(TableName=name)
        client = healthy.client("dynamodb")
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": each, "AttributeType": "S"} for each in (partition, sort)
            ],
            KeySchema=[
                {"AttributeName": partition, "KeyType": "HASH"},
                {"AttributeName": sort, "KeyType": "RANGE"},
            ],
            **more,
        )

    return make


def fault(call):
    """A fault that is one call of a service."""
    return call


def edge(**changed):
    def change(healthy: Healthy) -> None:
        client = healthy.client("cloudfront")
        identity = healthy.account.environment["LASTSTOP_DISTRIBUTION_ID"]
        told = client.get_distribution_config(Id=identity)
        config = told["DistributionConfig"]
        config["Enabled"] = changed.get("enabled", True)
        config["Origins"]["Items"][0].update(
            {key: value for key, value in changed.items() if key != "enabled"}
        )
        client.update_distribution(Id=identity, IfMatch=told["ETag"], DistributionConfig=config)

    return change


def declared(change):
    return lambda healthy: change(healthy.account.pipeline.declared)


def unpolled(told: dict) -> None:
    told["stages"][0]["actions"][1]["configuration"]["PollForSourceChanges"] = "true"


def renamed(told: dict) -> None:
    told["stages"][1]["name"] = "Compile"


def status(value: str):
    def change(healthy: Healthy) -> None:
        healthy.connections.status = value

    return change


VIEW = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
FAULTS = {
    "another account": (
        lambda h: (h.cli.folder / "laststop.toml").write_text(TOML.replace(f'account = "{ACCOUNT}"', 'account = "111122223333"')),
        "credentials", "names 111122223333", "AWS_PROFILE"),
    "a parameter is missing": (
        lambda h: h.client("ssm").delete_parameter(Name=f"/{PROJECT}/ledger/table"),
        "parameters", f"/{PROJECT}/ledger/table", "terraform -chdir=infra/terraform/base apply"),
    "settings were changed and not applied": (
        lambda h: (h.cli.folder / "laststop.toml").write_text(TOML.replace("within_seconds = 5", "within_seconds = 9")),
        "settings", "other settings", "laststop aws render"),
    "the catalog is gone": (
        lambda h: h.client("dynamodb").delete_table(TableName=f"{PROJECT}-catalog"),
        "catalog", "there is no table", "base apply"),
    "the catalog has no stream": (stream_off, "catalog", "has no stream", "StreamViewType=NEW_AND_OLD_IMAGES"),
    "the stream carries keys only": (
        another_table(f"{PROJECT}-catalog", "algorithm", "version", **VIEW),
        "catalog", "carries KEYS_ONLY", "StreamEnabled=false"),
    "the catalog has other keys": (
        another_table(f"{PROJECT}-catalog", "name", "version"), "catalog", "has the key name and version",
        "[catalog.columns]"),
    "the stream is another one": (
        lambda h: h.account.parameter("catalog/stream-arn", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{PROJECT}-catalog/stream/2020-01-01T00:00:00.000"),
        "catalog", "a stream that", "osls deploy"),
    "the ledger is gone": (
        lambda h: h.client("dynamodb").delete_table(TableName=f"{PROJECT}-ledger"),
        "ledger", "there is no table", "base apply"),
    "the ledger has other keys": (
        another_table(f"{PROJECT}-ledger", "pk", "other"), "ledger", "wanted are the texts pk and sk", "base apply"),
    "documents keep no versions": (
        lambda h: h.client("s3").put_bucket_versioning(Bucket=f"{PROJECT}-documents", VersioningConfiguration={"Status": "Suspended"}),
        "documents", "keeps no versions", "put-bucket-versioning"),
    "documents tell EventBridge nothing": (
        lambda h: h.client("s3").put_bucket_notification_configuration(Bucket=f"{PROJECT}-documents", NotificationConfiguration={}),
        "documents", "tells EventBridge nothing", "put-bucket-notification-configuration"),
    "a document was never written": (
        lambda h: h.client("s3").delete_object(Bucket=f"{PROJECT}-documents", Key="routing.zip"),
        "documents", "routing.zip", "laststop aws render"),
    "the artifacts' bucket is gone": (
        lambda h: h.client("s3").delete_bucket(Bucket=f"{PROJECT}-artifacts"),
        "artifacts", "there is no bucket", "base apply"),
    "the live site expires": (
        lambda h: h.client("s3").put_bucket_lifecycle_configuration(Bucket=f"{PROJECT}-site", LifecycleConfiguration={"Rules": [{"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}]}),
        "site", "tidy", "take the rule away"),
    "the distribution is off": (edge(enabled=False), "edge", "turned off", "base apply"),
    "readers reach the whole bucket": (edge(OriginPath=""), "edge", "more than the folder /site", "base apply"),
    "the origin has no access control": (edge(OriginAccessControlId=""), "edge", "no origin access control", "base apply"),
    "the bucket lets nobody read": (
        lambda h: h.client("s3").delete_bucket_policy(Bucket=f"{PROJECT}-site"),
        "edge", "does not let", "base apply"),
    "a function is missing": (
        lambda h: h.client("lambda").delete_function(FunctionName=f"{PROJECT}-sweep"),
        "functions", f"{PROJECT}-sweep is not deployed", "laststop aws package"),
    "a function is of another version": (
        lambda h: h.change_function("publish", LASTSTOP_VERSION="0.0.1"),
        "functions", "is laststop 0.0.1", "osls deploy"),
    "a function has another table's name": (
        lambda h: h.change_function("start", LASTSTOP_LEDGER_TABLE="other"),
        "functions", "LASTSTOP_LEDGER_TABLE=other", "osls deploy"),
    "nobody reads the stream": (
        lambda h: h.client("lambda").delete_event_source_mapping(UUID=h.mapping),
        "stream", "nothing hands the records", "osls deploy"),
    "the mapping is disabled": (
        lambda h: h.client("lambda").update_event_source_mapping(UUID=h.mapping, Enabled=False),
        "stream", "is Disabled", "update-event-source-mapping"),
    "the mapping's filters are old": (
        lambda h: h.client("lambda").update_event_source_mapping(UUID=h.mapping, FilterCriteria={"Filters": [{"Pattern": "{}"}]}),
        "stream", "other records", "laststop aws package"),
    "a rule is off": (
        lambda h: h.client("events").disable_rule(Name=f"{PROJECT}-documents"),
        "rules", "new documents start no run", "aws events enable-rule"),
    "a rule leads nowhere": (
        lambda h: h.client("events").remove_targets(Rule=f"{PROJECT}-told", Ids=["it"]),
        "rules", "nobody is told of runs", "osls deploy"),
    "a queue is gone": (
        lambda h: h.client("sqs").delete_queue(QueueUrl=h.client("sqs").get_queue_url(QueueName=f"{PROJECT}-stream-failures")["QueueUrl"]),
        "queues", "there is no queue", "base apply"),
    "the secret is gone": (
        lambda h: h.client("secretsmanager").delete_secret(SecretId=h.account.environment["LASTSTOP_SLACK_SECRET_ARN"], ForceDeleteWithoutRecovery=True),
        "messages", "there is no secret", "base apply"),
    "the connection waits for a click": (
        status("PENDING"), "connection", "is PENDING",
        f"https://{REGION}.console.aws.amazon.com/codesuite/settings/connections"),
    "the connection is gone": (status("gone"), "connection", "there is no connection", "base apply"),
    "the build project is gone": (
        lambda h: h.client("codebuild").delete_project(name=f"{PROJECT}-build"),
        "build", "there is no CodeBuild project", "pipeline apply"),
    "the pipeline is gone": (
        lambda h: h.account.pipeline.refusals.update(GetPipeline=(400, "PipelineNotFoundException")),
        "pipeline", "there is no pipeline", "pipeline apply"),
    "a source is polled": (declared(unpolled), "pipeline", "polls the sources routing", 'PollForSourceChanges: "false"'),
    "the pipeline is another one": (
        declared(renamed), "pipeline", 'stages[1].name is "Compile" on AWS and "Build" here', "pipeline apply"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_with_what_mends_it(healthy, name):
    seed, about, says, mend = FAULTS[name]
    seed(healthy)
    troubles = [each for each in healthy.findings() if each["state"] == "trouble"]
    fitting = [each for each in troubles if each["about"] == about and says in each["says"]]
    assert len(fitting) == 1, troubles
    assert mend in fitting[0]["mend"]
    related = {"files", about, *RELATED.get(name, ())}
    assert {each["about"] for each in troubles} <= related, troubles


RELATED = {
    "another account": ("rules",),
    "the catalog is gone": ("stream",),
    "the stream is another one": ("stream",),
    "the artifacts' bucket is gone": (),
    "a function is missing": ("rules",),
}
"""What else a fault breaks."""


def test_messages_that_wait_in_a_queue_are_told(healthy):
    queue = healthy.client("sqs").get_queue_url(QueueName=f"{PROJECT}-function-failures")["QueueUrl"]
    healthy.client("sqs").send_message(QueueUrl=queue, MessageBody="{}")
    (told,) = [each for each in healthy.findings() if "messages wait" in each["says"]]
    assert (told["state"], "aws-runbook" in told["mend"]) == ("note", True)


def test_what_only_a_newer_codepipeline_has_is_told_and_mended_by_nothing(healthy):
    healthy.account.pipeline.declared["moon"] = "full"
    (told,) = [each for each in healthy.findings() if each["about"] == "pipeline"]
    assert (told["state"], "moon" in told["says"]) == ("note", True)
    assert "aws codepipeline get-pipeline" in told["mend"]
