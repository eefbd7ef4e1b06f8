"""An emulator of AWS on a free loopback port, and the resources laststop needs in it.

`tests/conftest.py` starts one per session (`aws_stack`) and wipes it before each test that uses it (`aws`).
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from laststop.homes.aws.credentials import Keys
from laststop.homes.aws.settings import AwsSettings

READY_WITHIN_SECONDS = 60
REGION = "us-east-1"
ACCOUNT = "000000000000"
KEYS = Keys(access_key_id="test", secret_access_key="test")


class Stack:
    """A running emulator; its settings are what the ports take."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.settings = AwsSettings(region=REGION, endpoints={"": url})
        self._clients: dict = {}

    def keys(self) -> Keys:
        return KEYS

    def client(self, service: str):
        """A boto3 client: for making resources and for looking from outside."""
        if service not in self._clients:
            import boto3
            from botocore.config import Config

            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=KEYS.access_key_id,
                aws_secret_access_key=KEYS.secret_access_key,
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
            )
        return self._clients[service]

    def environment(self) -> dict[str, str]:
        """The variables with which AWS's own tools, and ours, find the emulator."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEYS.access_key_id,
            "AWS_SECRET_ACCESS_KEY": KEYS.secret_access_key,
            "AWS_REGION": REGION,
        }

    def reset(self) -> None:
        """Take away everything."""
        request = urllib.request.Request(f"{self.url}/_ministack/reset", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def table(self, name: str, partition: str, sort: str, *, stream: bool = False) -> str:
        """Make a table with two text keys, and wait until it is there."""
        client = self.client("dynamodb")
        streaming = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in (partition, sort)],
            KeySchema=[
                {"AttributeName": partition, "KeyType": "HASH"},
                {"AttributeName": sort, "KeyType": "RANGE"},
            ],
            **(streaming if stream else {}),
        )
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        return name

    def bucket(self, name: str, *, versioned: bool = False) -> str:
        client = self.client("s3")
        client.create_bucket(Bucket=name)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def stack(**environment: str):
    """Start an emulator of its own, with more variables if a test needs them (`AUTH="true"`)."""
    port = _free_port()
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LASTSTOP_"))
    }
    variables = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
    }
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env={**inherited, **variables, **environment},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running = Stack(f"http://127.0.0.1:{port}")
        try:
            _wait(process, running.url, log)
            yield running
        finally:
            running.close()
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _wait(process: subprocess.Popen, url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2) as answer:
                answer.read()
                return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the emulator did not start:\n{log.read_text()[-2000:]}") from error
            time.sleep(0.05)


def distribution(stack: Stack, bucket: str, *, folder: str = "/site") -> tuple[str, str]:
    """A CloudFront distribution over a folder of a bucket, with origin access control; gives id and host."""
    cloudfront, s3 = stack.client("cloudfront"), stack.client("s3")
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": bucket,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    origin = {
        "Id": "site",
        "DomainName": f"{bucket}.s3.{REGION}.amazonaws.com",
        "OriginPath": folder,
        "OriginAccessControlId": control,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": bucket,
            "Comment": "",
            "Enabled": True,
            "DefaultRootObject": "index.html",
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "site",
                "ViewerProtocolPolicy": "allow-all",
                "CachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            },
        }
    )["Distribution"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}{folder}/*",
        "Condition": {"StringEquals": {"AWS:SourceArn": made["ARN"]}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    return made["Id"], made["DomainName"]
