"""The zip, deployed by osls to an emulator: streams, rules and functions call each other, and nobody helps."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from e2e.test_function_package import HERE, MACHINE
from e2e.test_serverless import FILES, INFRA
from emulator.account import PROJECT, SETTINGS, Account
from emulator.codepipeline_stand_in import CodePipeline, served
from laststop.config.project import ProjectTables, project_of
from laststop.homes.aws.publications import settled_changes
from laststop.wiring.function_package import package_functions
from laststop.wiring.function_values import FUNCTIONS, function_values, write_values
from laststop.words.verdicts import VerdictKind
from unit.events import event
from unit.homes.slack_stand_in import slack_running

pytestmark = pytest.mark.packages
WITHIN_SECONDS = 60


@pytest.fixture
def account(aws, tmp_path):
    osls = INFRA / "node_modules/.bin/osls"
    if shutil.which("node") is None or not osls.exists():
        pytest.skip("osls is not installed: npm ci --prefix infra")
    pipeline = CodePipeline(
        PROJECT, {"routing": "routing.zip", "firewall": "firewall.zip"}, f"{PROJECT}-documents"
    )
    with served(pipeline) as pipeline_url, slack_running() as (workspace, slack_url, _):
        made = Account(aws, pipeline, pipeline_url, workspace, slack_url)
        contract(made)
        deploy(made, osls, tmp_path)
        yield made
        made.home.close()


def contract(account: Account) -> None:
    """The parameters that Terraform's step `base` writes."""
    s3, streams = account.stack.client("s3"), account.stack.client("dynamodbstreams")
    s3.put_bucket_notification_configuration(
        Bucket=f"{PROJECT}-documents", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    (stream,) = streams.list_streams(TableName=f"{PROJECT}-catalog")["Streams"]
    queue = {}
    for name in ("stream-failures", "function-failures"):
        url = account.stack.client("sqs").create_queue(QueueName=f"{PROJECT}-{name}")["QueueUrl"]
        queue[name] = account.stack.client("sqs").get_queue_attributes(
            QueueUrl=url, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
    names = account.environment
    values = {
        "catalog/table": names["LASTSTOP_CATALOG_TABLE"],
        "catalog/stream-arn": stream["StreamArn"],
        "ledger/table": names["LASTSTOP_LEDGER_TABLE"],
        "documents/bucket": names["LASTSTOP_DOCUMENTS_BUCKET"],
        "artifacts/bucket": f"{PROJECT}-artifacts",
        "site/bucket": names["LASTSTOP_SITE_BUCKET"],
        "edge/distribution-id": names["LASTSTOP_DISTRIBUTION_ID"],
        "edge/domain": names["LASTSTOP_DOMAIN"],
        "pipeline/name": PROJECT,
        "slack/secret-arn": names["LASTSTOP_SLACK_SECRET_ARN"],
        "queues/stream-failures-arn": queue["stream-failures"],
        "queues/function-failures-arn": queue["function-failures"],
        "roles/schedule": names["LASTSTOP_SCHEDULE_ROLE_ARN"],
    }
    for name in FUNCTIONS:
        word = name.replace("_", "-")
        values[f"roles/{word}"] = f"arn:aws:iam::000000000000:role/{PROJECT}-{word}"
    for name, value in values.items():
        account.stack.client("ssm").put_parameter(Name=f"/{PROJECT}/{name}", Value=value, Type="String")


def deploy(account: Account, osls: Path, folder: Path) -> None:
    """Package, deploy, and tell the functions where the stand-ins are."""
    for name in FILES:
        shutil.copy(INFRA / name, folder / name)
    packaged = package_functions(
        folder / "build/functions.zip", architecture=MACHINE, python=HERE, say=lambda _: None
    )
    project = project_of(Path(), json_as(ProjectTables, SETTINGS))
    write_values(folder / "build/functions.json", function_values(project, packaged))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    ended = subprocess.run(
        [str(osls), "deploy"],
        cwd=folder,
        env={**inherited, **account.stack.environment(), "CI": "1"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    functions = account.stack.client("lambda")
    more = {
        name: account.environment[name]
        for name in (
            "AWS_ENDPOINT_URL_CODEPIPELINE",
            "LASTSTOP_SITE_URL",
            "LASTSTOP_PROBE_CONNECT_TO",
            "LASTSTOP_SLACK_API_URL",
        )
    }
    for name in FUNCTIONS:
        function = f"{PROJECT}-{name.replace('_', '-')}"
        known = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": known | more}
        )


def json_as(kind, value):
    import msgspec

    return msgspec.json.decode(json.dumps(value), type=kind)


def until(what, look):
    """Wait for something that others do."""
    deadline = time.monotonic() + WITHIN_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within {WITHIN_SECONDS} s"
        time.sleep(0.2)
    return found


def test_a_phase_in_the_table_leads_to_a_run_a_page_and_a_verdict(account):
    row = account.put("1.0", "PACKAGE_TESTS_RUNNING")
    account.put("1.0", expected=row)
    until("a document", lambda: account.home.documents.head("routing").generation == 1)
    run = until("a run", lambda: next(iter(account.pipeline.runs), None))
    head = account.home.documents.head("routing")
    assert account.pipeline.runs[run]["sources"]["routing"] == head.version_id

    account.pipeline.acts(run, "Build", "build")
    account.build("<h1>bgp 1.0</h1>")
    for name in ("deploy-site", "invalidate-edge", "announce", "verify-live"):
        call_as_pipeline(account, run, name)
    (settled,) = settled_changes(account.home.ledger_table, "bgp")
    assert (settled.verdict, settled.run) == (VerdictKind.LIVE, run)
    account.pipeline.ends(run, "Succeeded")
    account.stack.client("lambda").invoke(
        FunctionName=f"{PROJECT}-announce",
        InvocationType="Event",
        Payload=json.dumps(account.state(run, "SUCCEEDED")),
    )
    until("the message", lambda: "live, seen at the edge" in json.dumps(account.slack.posted()))
    assert len(account.slack.posted()) == 1
    assert len(account.pipeline.runs) == 1


def call_as_pipeline(account: Account, run: str, name: str) -> None:
    """Give a job to a deployed function, as CodePipeline does, and wait for its answer."""
    given = event(f"codepipeline-job-{name}")
    job = given["CodePipeline.job"]
    job["id"] = account.pipeline.job(run, name)
    job["data"]["artifactCredentials"] |= {
        "accessKeyId": "test",
        "secretAccessKey": "test",
        "sessionToken": "",
    }
    account.stack.client("lambda").invoke(
        FunctionName=f"{PROJECT}-{name}", InvocationType="Event", Payload=json.dumps(given)
    )
    answers = until(name, lambda: [a for a in account.pipeline.results if a[1]["jobId"] == job["id"]])
    assert answers[0][0] == "succeeded", answers
    if name == "verify-live":
        until("a verdict", lambda: list(settled_changes(account.home.ledger_table, "bgp")))
