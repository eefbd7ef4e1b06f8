"""The stand-in's parts in front of an emulator: sources, functions, artifacts, and events to rules."""

import io
import json
import threading
import time
import zipfile
from datetime import UTC, datetime

import pytest

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.jobs.event import Keys
from laststop.homes.stand_in.artifact_bucket import ArtifactBucket
from laststop.homes.stand_in.clients import Clients
from laststop.homes.stand_in.function import Function
from laststop.homes.stand_in.relay import Relay
from laststop.homes.stand_in.source_s3 import BucketSource
from laststop.pipeline.due import Command
from laststop.pipeline.overrides import SourceOverride
from laststop.words.artifact import Artifact
from laststop.words.ids import AttemptKey, RunId

pytestmark = pytest.mark.emulator

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
EVENT = {
    "version": "0",
    "id": "b1",
    "detail-type": "CodePipeline Pipeline Execution State Change",
    "source": "aws.codepipeline",
    "account": "000000000000",
    "time": "2026-11-25T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:codepipeline:us-east-1:000000000000:pages"],
    "detail": {"pipeline": "pages", "execution-id": "e1", "state": "FAILED", "version": 1.0},
}
HANDLER = """
import json, boto3
def handler(event, context):
    job = event["CodePipeline.job"]
    location = job["data"]["inputArtifacts"][0]["location"]["s3Location"]
    s3 = boto3.client("s3")
    read = s3.get_object(Bucket=location["bucketName"], Key=location["objectKey"])["Body"].read()
    promised = job["data"]["outputArtifacts"][0]["location"]["s3Location"]
    s3.put_object(Bucket=promised["bucketName"], Key=promised["objectKey"], Body=read[::-1])
"""


@pytest.fixture
def clients(aws, monkeypatch):
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    return Clients(aws.url, region="us-east-1")


def command(provider: str, **more) -> Command:
    fields = {
        "key": AttemptKey(run=RunId("run-1"), stage="S", action="a", attempt=1),
        "pipeline": "pages",
        "provider": provider,
        "configuration": {},
        "inputs": (),
        "outputs": (),
        "started_at": NOON,
        "deadline_at": NOON,
    }
    return Command(**{**fields, **more})


def source(outputs=("doc",), **more) -> Command:
    configuration = {"S3Bucket": "documents", "S3ObjectKey": "routing.zip"}
    return command("Source/AWS/S3/1", configuration=configuration, outputs=outputs, **more)


def test_a_source_reads_the_newest_version_or_the_pinned_one(aws, clients, tmp_path):
    aws.bucket("documents", versioned=True)
    s3 = aws.client("s3")
    first = s3.put_object(Bucket="documents", Key="routing.zip", Body=b"one")["VersionId"]
    second = s3.put_object(Bucket="documents", Key="routing.zip", Body=b"two")["VersionId"]
    blobs = Blobs(tmp_path)
    reader = BucketSource(clients, blobs)

    newest = reader.run(source(), threading.Event())
    assert blobs.read(newest.artifacts[0].digest) == b"two"
    assert newest.revision.id == newest.variables["VersionId"] == second
    assert newest.variables["ETag"] == newest.revision.change

    pin = SourceOverride(action_name="a", revision_type="S3_OBJECT_VERSION_ID", revision_value=first)
    pinned = reader.run(source(overrides=(pin,)), threading.Event())
    assert blobs.read(pinned.artifacts[0].digest) == b"one"


def test_a_source_without_an_object_or_without_versions_says_so(aws, clients, tmp_path):
    aws.bucket("documents")
    reader = BucketSource(clients, Blobs(tmp_path))
    with pytest.raises(NotFoundError, match=r"s3://documents/routing\.zip"):
        reader.run(source(), threading.Event())
    aws.client("s3").put_object(Bucket="documents", Key="routing.zip", Body=b"one")
    with pytest.raises(UsageError, match="keeps no versions"):
        reader.run(source(), threading.Event())


def deployed(aws, name: str, code: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", code)
    role = aws.client("iam").create_role(
        RoleName=f"{name}-role",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
    )["Role"]["Arn"]
    made = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    return made["FunctionArn"]


def test_a_function_finds_its_input_and_what_it_uploads_becomes_an_artifact(aws, clients, tmp_path):
    deployed(aws, "mirror", HANDLER)
    aws.bucket("artifacts")
    blobs = Blobs(tmp_path)
    shelf = ArtifactBucket(clients, blobs, lambda _: "artifacts")
    digest = blobs.put_bytes(b"stressed")
    asked = command(
        "Invoke/AWS/Lambda/1",
        configuration={"FunctionName": "mirror"},
        inputs=(Artifact(name="site", digest=digest, size_bytes=8),),
        outputs=("turned", "never"),
    )
    over = threading.Event()
    outcome: list[object] = ["nothing yet"]
    thread = threading.Thread(
        target=lambda: outcome.__setitem__(0, Function(clients, shelf, lambda _: Keys()).run(asked, over))
    )
    thread.start()
    ends = time.monotonic() + 30
    while not (found := shelf.take(asked))[0] and time.monotonic() < ends:
        time.sleep(0.1)
    over.set()
    thread.join(10)
    assert outcome == [None], "the result is the job book's"
    assert blobs.read(found[0][0].digest) == b"desserts"
    assert found[1] == ("never",)


def test_a_function_that_is_not_there_fails_its_action(clients, tmp_path):
    shelf = ArtifactBucket(clients, Blobs(tmp_path), lambda _: "artifacts")
    asked = command("Invoke/AWS/Lambda/1", configuration={"FunctionName": "nobody"})
    with pytest.raises(NotFoundError, match="lambda nobody"):
        Function(clients, shelf, lambda _: Keys()).run(asked, threading.Event())


def rule(aws, name: str, pattern: dict, **target) -> None:
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")
    events.put_targets(Rule=name, Targets=[{"Id": "one", **target}])


def queue(aws, name: str) -> tuple[str, str]:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(aws, url: str) -> list:
    found = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def test_events_reach_the_targets_of_matching_rules_and_nobody_else(aws, clients):
    wanted, wanted_arn = queue(aws, "wanted")
    other, other_arn = queue(aws, "other")
    part, part_arn = queue(aws, "part")
    failed = {"source": ["aws.codepipeline"], "detail": {"pipeline": ["pages"], "state": ["FAILED"]}}
    rule(aws, "failed", failed, Arn=wanted_arn)
    rule(aws, "others", {"source": ["aws.codepipeline"], "detail": {"pipeline": ["shop"]}}, Arn=other_arn)
    rule(aws, "parts", failed, Arn=part_arn, InputPath="$.detail")
    said: list[str] = []
    Relay(clients, say=said.append).deliver([EVENT])
    assert received(aws, wanted) == [EVENT]
    assert received(aws, part) == [EVENT["detail"]]
    assert received(aws, other) == []
    assert said == []


def test_a_target_that_cannot_be_served_is_told_of_once_and_hinders_nobody(aws, clients):
    wanted, wanted_arn = queue(aws, "wanted")
    anything = {"source": ["aws.codepipeline"]}
    rule(aws, "topic", anything, Arn="arn:aws:sns:us-east-1:000000000000:topic")
    rule(aws, "gone", anything, Arn="arn:aws:lambda:us-east-1:000000000000:function:gone")
    rule(aws, "queue", anything, Arn=wanted_arn)
    said: list[str] = []
    relay = Relay(clients, say=said.append)
    relay.deliver([EVENT, EVENT])
    assert len(received(aws, wanted)) == 2
    assert len(said) == 2, said
    assert any("no sns" in text for text in said)
    assert any("function:gone" in text for text in said)
