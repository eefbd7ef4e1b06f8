"""An emulator that checks signatures and permissions: ours are right, and a no is a denial with its next step."""

import json
from contextlib import ExitStack

import pytest

from laststop.errors import DeniedError
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.credentials import Keys
from laststop.homes.aws.edge import CloudFrontEdge
from laststop.homes.aws.secrets import Secrets
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.table import Table

pytestmark = pytest.mark.emulator

ALLOWED = [
    "dynamodb:GetItem",
    "s3:GetObject",
    "s3:PutObject",
    "ssm:GetParameter",
    "cloudfront:CreateInvalidation",
]
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}


@pytest.fixture(scope="module")
def strict():
    """An emulator of its own, and the keys of a user who may do little."""
    pytest.importorskip("ministack", reason="ministack is not installed: bin/setup e2e")
    from emulator.stack import distribution, stack

    with stack(AUTH="true") as running:
        running.table("ledger", "pk", "sk")
        running.bucket("docs")
        running.distribution, _ = distribution(running, "docs")
        running.client("ssm").put_parameter(Name="/p", Value="text", Type="String")
        iam = running.client("iam")
        iam.create_user(UserName="u")
        statement = {"Effect": "Allow", "Action": ALLOWED, "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy)
        made = iam.create_access_key(UserName="u")["AccessKey"]
        running.user = Keys(access_key_id=made["AccessKeyId"], secret_access_key=made["SecretAccessKey"])
        yield running


@pytest.fixture
def opened(strict):
    with ExitStack() as closing:

        def open_(name: str, keys: Keys | None = None) -> SignedSender:
            sender = SignedSender(name, strict.settings, lambda: keys or strict.user)
            closing.callback(sender.close)
            return sender

        yield open_


def test_what_the_user_may_do_is_done_under_our_signature(strict, opened):
    assert Table(JsonService(opened("dynamodb")), "ledger").get(KEY) is None
    parameters = JsonService(opened("ssm"))
    assert Secrets(parameters, parameters).text("/p") == "text"
    edge = CloudFrontEdge(opened("cloudfront"), strict.distribution, pause=lambda _: None)
    assert edge.purge(("/a b%20c.html", "/*"), "r1") == 1
    bucket = Bucket("docs", strict.settings, lambda: strict.user)
    bucket.put("a b/ü.txt", b"x", headers={})
    assert bucket.read("a b/ü.txt") == b"x"


def test_what_the_user_may_not_do_is_a_denial_that_names_it(strict, opened):
    with pytest.raises(DeniedError, match="dynamodb PutItem") as caught:
        Table(JsonService(opened("dynamodb")), "ledger").write("PutItem", Item=KEY)
    assert caught.value.hint
    with pytest.raises(DeniedError, match="s3 DeleteObjects docs/a"):
        Bucket("docs", strict.settings, lambda: strict.user).delete(["a"])


@pytest.mark.parametrize("wrong", ["secret", "user"])
def test_a_wrong_key_is_a_denial(strict, opened, wrong):
    keys = {
        "secret": Keys(access_key_id=strict.user.access_key_id, secret_access_key="wrong"),
        "user": Keys(access_key_id="AKIANOBODYNOBODYNOBO", secret_access_key="wrong"),
    }[wrong]
    with pytest.raises(DeniedError):
        Table(JsonService(opened("dynamodb", keys)), "ledger").get(KEY)
    with pytest.raises(DeniedError):
        Bucket("docs", strict.settings, lambda: keys).read("a")
