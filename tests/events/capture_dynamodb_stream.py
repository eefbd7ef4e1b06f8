"""Captures `dynamodb-stream-batches.json`: what Lambda gets for the changes in `dynamodb-stream-series.json`.

Not run by the tests. It needs the `e2e` extra; run it again after editing the series:

    python tests/events/capture_dynamodb_stream.py

It starts an emulator of AWS on a free loopback port, makes a table with a stream and a Lambda function behind
an event source mapping that keeps every event it is called with, replays the series, and writes the events
down unchanged.
"""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import boto3
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config

HERE = Path(__file__).parent
SERIES = HERE / "dynamodb-stream-series.json"
BATCHES = HERE / "dynamodb-stream-batches.json"
TABLE, BUCKET, FUNCTION = "catalog", "captured-events", "keep-event"
BATCH_SIZE = 10
KEEP_EVENT = """
import boto3, json
from botocore.config import Config

def handler(event, context):
    s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
    first = event["Records"][0]["dynamodb"]["SequenceNumber"]
    s3.put_object(Bucket="captured-events", Key=first, Body=json.dumps(event).encode())
"""


@contextmanager
def emulator():
    """An emulator of AWS on loopback, up to the end of the block: gives a maker of clients."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "MINISTACK_REGION": "us-east-1"}
    environment |= {"IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(f"{url}/_ministack/health"))
        yield lambda service: boto3.client(
            service,
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(s3={"addressing_style": "path"}),
        )
    finally:
        server.terminate()
        server.wait(20)


def answers(url):
    try:
        return urllib.request.urlopen(url, timeout=1).status == 200
    except OSError:
        return False


def until(condition, seconds=60):
    """Wait for a condition; gives what it was satisfied with."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"not within {seconds} seconds")


def make_stream(dynamodb):
    """The table, empty, with its stream; gives the stream's ARN."""
    names = ("algorithm", "version")
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[
            {"AttributeName": name, "KeyType": kind}
            for name, kind in zip(names, ("HASH", "RANGE"), strict=True)
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]


def make_function(client, stream_arn):
    """The function that keeps its events, not yet reading the stream; gives the mapping's id."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("keep.py", KEEP_EVENT)
    client("s3").create_bucket(Bucket=BUCKET)
    client("lambda").create_function(
        FunctionName=FUNCTION,
        Runtime="python3.12",
        Handler="keep.handler",
        Role="arn:aws:iam::000000000000:role/keep",
        Code={"ZipFile": code.getvalue()},
        Timeout=30,
    )
    client("lambda").create_event_source_mapping(
        EventSourceArn=stream_arn,
        FunctionName=FUNCTION,
        StartingPosition="TRIM_HORIZON",
        BatchSize=BATCH_SIZE,
    )


def replay(dynamodb, series):
    """Make the series' changes."""
    serialize = TypeSerializer().serialize
    for step in series:
        pin = step["do"] == "pin"
        key = {
            "algorithm": {"S": step["algorithm"]},
            "version": {"S": "#active" if pin else step["version"]},
        }
        match step:
            case {"do": "remove"} | {"do": "pin", "version": None}:
                dynamodb.delete_item(TableName=TABLE, Key=key)
            case {"do": "pin", "version": version}:
                dynamodb.put_item(TableName=TABLE, Item={**key, "pin": {"S": version}})
            case {"do": "phase", "phase": phase}:
                dynamodb.update_item(
                    TableName=TABLE,
                    Key=key,
                    UpdateExpression="SET phase = :phase",
                    ExpressionAttributeValues={":phase": {"S": phase}},
                )
            case {"do": "put", "type": type_, "phase": phase, "attributes": attributes}:
                free = {name: serialize(value) for name, value in attributes.items()}
                dynamodb.put_item(
                    TableName=TABLE, Item={**key, "type": {"S": type_}, "phase": {"S": phase}, **free}
                )


def kept_events(s3):
    """The events the function was called with, in the order of their first record."""
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    bodies = [s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in sorted(keys, key=int)]
    return [json.loads(body) for body in bodies]


def capture():
    """Replay the series and give every event the function got."""
    series = json.loads(SERIES.read_text(), parse_float=Decimal)
    with emulator() as client:
        stream_arn = make_stream(client("dynamodb"))
        replay(client("dynamodb"), series)
        make_function(client, stream_arn)
        last = (series[-1]["algorithm"], "#active")  # the series ends with a pin

        def complete():
            events = kept_events(client("s3"))
            keys = events and events[-1]["Records"][-1]["dynamodb"]["Keys"]
            return events if keys and (keys["algorithm"]["S"], keys["version"]["S"]) == last else None

        return until(complete)


if __name__ == "__main__":
    captured = capture()
    BATCHES.write_text(json.dumps(captured, indent=1, ensure_ascii=False) + "\n")
    print(f"{sum(len(event['Records']) for event in captured)} records in {len(captured)} batches")
