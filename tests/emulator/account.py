"""One project in an emulated account: what Terraform and osls would make, and its functions called one by one."""

import importlib
import io
import json
import sys
import zipfile

from emulator.codepipeline_stand_in import CodePipeline
from emulator.stack import ACCOUNT, REGION, distribution
from laststop.catalog.document import empty
from laststop.catalog.version import VersionRow
from laststop.wiring.aws import AwsHome
from unit.events import event

PROJECT = "translations"
COMPLETE = "PACKAGE_TESTS_COMPLETE"
SETTINGS = {
    "project": {"name": PROJECT, "types": ["routing", "firewall"]},
    "notices": {"slack_channel": "#releases", "owners": {"routing": "@net-team"}},
    "verify": {"within_seconds": 5},
}
TOKEN = "xoxb-not-a-real-token"


class Context:
    """What Lambda tells a function."""

    invoked_function_arn = f"arn:aws:lambda:{REGION}:000000000000:function:{PROJECT}-x"

    def __init__(self, request: str) -> None:
        self.aws_request_id = request

    def get_remaining_time_in_millis(self) -> int:
        return 45_000


class Account:
    """One project in an emulated account."""

    def __init__(self, stack, pipeline: CodePipeline, pipeline_url: str, workspace, slack_url: str) -> None:
        self.stack, self.pipeline, self.slack = stack, pipeline, workspace
        self.calls = 0
        stack.table(f"{PROJECT}-catalog", "algorithm", "version", stream=True)
        stack.table(f"{PROJECT}-ledger", "pk", "sk")
        stack.bucket(f"{PROJECT}-documents", versioned=True)
        stack.bucket(f"{PROJECT}-artifacts")
        stack.bucket(f"{PROJECT}-site")
        secret = stack.client("secretsmanager").create_secret(Name=f"{PROJECT}-slack", SecretString=TOKEN)
        stack.client("ssm").put_parameter(
            Name=f"/{PROJECT}/settings", Value=json.dumps(SETTINGS), Type="String"
        )
        edge, domain = distribution(stack, f"{PROJECT}-site")
        self.environment = stack.environment() | {
            "AWS_ENDPOINT_URL_CODEPIPELINE": pipeline_url,
            "LASTSTOP_PROJECT": PROJECT,
            "LASTSTOP_CATALOG_TABLE": f"{PROJECT}-catalog",
            "LASTSTOP_LEDGER_TABLE": f"{PROJECT}-ledger",
            "LASTSTOP_DOCUMENTS_BUCKET": f"{PROJECT}-documents",
            "LASTSTOP_SITE_BUCKET": f"{PROJECT}-site",
            "LASTSTOP_DISTRIBUTION_ID": edge,
            "LASTSTOP_DOMAIN": domain,
            "LASTSTOP_SITE_URL": f"http://{domain}",
            "LASTSTOP_PROBE_CONNECT_TO": stack.url.removeprefix("http://"),
            "LASTSTOP_PIPELINE": PROJECT,
            "LASTSTOP_SLACK_SECRET_ARN": secret["ARN"],
            "LASTSTOP_SLACK_API_URL": slack_url,
            "LASTSTOP_SCHEDULE_ROLE_ARN": "arn:aws:iam::000000000000:role/schedule",
        }
        self.home = AwsHome(self.environment)
        for each in self.home.policy.objects:
            self.home.documents.replace(empty(each.object, each.types), expected=None)

    def call(self, function: str, given: dict, monkeypatch):
        """One cold invocation."""
        self.calls += 1
        module = importlib.import_module(f"laststop.lambdas.{function}")
        home = AwsHome(self.environment)
        monkeypatch.setattr(module, "HOME", home)
        try:
            return module.handler(given, Context(f"request-{self.calls}"))
        finally:
            home.close()

    def put(self, version: str, phase: str = COMPLETE, expected: VersionRow | None = None) -> VersionRow:
        row = VersionRow(algorithm="bgp", version=version, type="routing", phase=phase)
        self.home.versions.put(row, expected=expected)
        return row

    def records(self) -> list[dict]:
        """The stream's records as Lambda gives them to a function."""
        streams = self.stack.client("dynamodbstreams")
        (stream,) = streams.list_streams(TableName=f"{PROJECT}-catalog")["Streams"]
        arn = stream["StreamArn"]
        (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found = streams.get_records(ShardIterator=iterator)["Records"]
        return json.loads(json.dumps(found, default=lambda at: at.timestamp()))

    def build(self, page: str) -> None:
        """Put a built site where the pipeline's artifacts lie."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("index.html", page)
            archive.writestr("about.html", "about")
        key = event("codepipeline-job-deploy-site")["CodePipeline.job"]["data"]["inputArtifacts"][0][
            "location"
        ]
        self.stack.client("s3").put_object(
            Bucket=key["s3Location"]["bucketName"],
            Key=key["s3Location"]["objectKey"],
            Body=content.getvalue(),
        )

    def job(self, function: str, run: str, monkeypatch):
        """Call a job function for a run; gives how it reported."""
        name = function.replace("_", "-")
        given = event(f"codepipeline-job-{name}")
        given["CodePipeline.job"]["id"] = self.pipeline.job(run, name)
        given["CodePipeline.job"]["data"]["artifactCredentials"] = {
            "accessKeyId": "test", "secretAccessKey": "test", "sessionToken": "", "expirationTime": 0,
        }  # fmt: skip
        self.call(function, given, monkeypatch)
        how, said = self.pipeline.results[-1]
        assert how == "succeeded", said
        return said.get("outputVariables", {})

    def state(self, run: str, state: str, name: str = "codepipeline-pipeline-succeeded") -> dict:
        given = event(name)
        given["detail"] |= {"execution-id": run, "state": state, "pipeline": PROJECT}
        return given

    def parameters(self) -> None:
        """The parameters of infra/contract.md, as Terraform's step base writes them."""
        named = {
            "catalog/table": f"{PROJECT}-catalog",
            "ledger/table": f"{PROJECT}-ledger",
            "documents/bucket": f"{PROJECT}-documents",
            "artifacts/bucket": f"{PROJECT}-artifacts",
            "site/bucket": f"{PROJECT}-site",
            "edge/distribution-id": self.environment["LASTSTOP_DISTRIBUTION_ID"],
            "edge/domain": self.environment["LASTSTOP_DOMAIN"],
            "pipeline/name": PROJECT,
            "slack/secret-arn": self.environment["LASTSTOP_SLACK_SECRET_ARN"],
        }
        for name, value in named.items():
            self.parameter(name, value)

    def parameter(self, name: str, value: str) -> None:
        """One of them, also where it is there already."""
        self.stack.client("ssm").put_parameter(
            Name=f"/{PROJECT}/{name}", Value=value, Type="String", Overwrite=True
        )

    def deploy(self, *functions: str) -> None:
        """Functions on the emulator itself; its Python has laststop, so their zip holds nothing."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("empty.txt", "")
        for function in functions:
            self.stack.client("lambda").create_function(
                FunctionName=f"{PROJECT}-{function.replace('_', '-')}",
                Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
                Handler=f"laststop.lambdas.{function}.handler",
                Role=f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-{function}",
                Code={"ZipFile": content.getvalue()},
                Timeout=60,
                Environment={"Variables": self.environment},
            )
        for function in functions:
            self.stack.client("lambda").get_waiter("function_active_v2").wait(
                FunctionName=f"{PROJECT}-{function.replace('_', '-')}", WaiterConfig={"Delay": 1}
            )
