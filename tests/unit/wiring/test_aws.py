import json

import pytest

from laststop.errors import UsageError
from laststop.wiring import patience
from laststop.wiring.aws import AwsHome
from laststop.wiring.function_log import log
from laststop.wiring.patience import FunctionPatience, caller_of

SETTINGS = {"project": {"name": "p", "types": ["routing", "firewall"]}, "edge": {"default_ttl_seconds": 60}}
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "LASTSTOP_PROJECT": "p",
    "LASTSTOP_SETTINGS": json.dumps(SETTINGS),
    "LASTSTOP_DOCUMENTS_BUCKET": "docs",
    "LASTSTOP_DOMAIN": "pages.example",
}


class Context:
    """A function that has so long left."""

    aws_request_id = "r"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:1:function:p-x"

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self.seconds * 1000)


def test_a_project_is_what_its_settings_say():
    home = AwsHome(ENVIRONMENT)
    assert home.project.name == "p"
    assert home.locations == {"routing": "docs/routing.zip", "firewall": "docs/firewall.zip"}
    assert home.objects == ("routing", "firewall")
    assert home.site_url == "https://pages.example"
    assert AwsHome({**ENVIRONMENT, "LASTSTOP_SITE_URL": "http://other"}).site_url == "http://other"


def test_settings_that_cannot_be_read_name_their_place_and_the_next_step():
    home = AwsHome({**ENVIRONMENT, "LASTSTOP_SETTINGS": '{"project": {"name": 7}}'})
    with pytest.raises(UsageError, match=r"LASTSTOP_SETTINGS: .*\$\.project\.name") as raised:
        _ = home.project
    assert "same version" in raised.value.hint


@pytest.mark.parametrize("missing", ["LASTSTOP_LEDGER_TABLE", "LASTSTOP_PIPELINE"])
def test_a_name_that_the_deployment_did_not_give_is_named(missing):
    home = AwsHome(ENVIRONMENT)
    with pytest.raises(UsageError, match=missing):
        home.name(missing)


def test_nothing_is_sent_or_read_by_making_a_home():
    AwsHome({}).close()


def test_patience_ends_before_the_function_does(monkeypatch):
    slept = []
    monkeypatch.setattr(patience.time, "sleep", slept.append)
    waiting = FunctionPatience(Context(35), margin_seconds=30)
    assert waiting.wait(2)
    assert waiting.wait(60)
    assert slept == [2, 5]
    assert waiting.left_seconds() == 5
    over = FunctionPatience(Context(29.9), margin_seconds=30)
    assert not over.wait(1)
    assert over.left_seconds() == 0
    assert slept == [2, 5]


def test_one_call_delivered_twice_has_two_names():
    assert caller_of(Context(1)) != caller_of(Context(1))


def test_a_log_line_is_one_json_object_whatever_is_in_it(capsys):
    log("said", text="two\nlines", odd=object, nothing=None)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["text"] == "two\nlines"
