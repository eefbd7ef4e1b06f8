from datetime import timedelta

import msgspec
import pytest

from laststop.errors import DeniedError, TransientError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.recheck_schedule import RecheckSchedule
from unit.homes.aws.service_fakes import NOW, Script, fine, sender

PROJECT, FUNCTION, ROLE = "translations", "arn:aws:lambda:eu-west-1:1:function:f", "arn:aws:iam::1:role/r"


def schedule(*answers):
    script = Script(*answers)
    return RecheckSchedule(
        sender(script, "scheduler"), project=PROJECT, function_arn=FUNCTION, role_arn=ROLE
    ), script


def no(code: str, status: int) -> Answer:
    return Answer(status=status, headers={"x-amzn-errortype": f"{code}:http://x"}, body=b'{"Message": "why"}')


def test_a_call_is_made_once_at_a_whole_second_and_forgets_itself():
    later, script = schedule(fine({"ScheduleArn": "arn"}))
    later.call_at(NOW + timedelta(seconds=90, milliseconds=7), {"recheck": "rel-1"}, release="rel-1")
    method, path, body = script.raw[0]
    said = msgspec.json.decode(body)
    assert method == "POST"
    assert path.startswith("/schedules/translations-recheck-")
    assert said["ScheduleExpression"] == "at(2026-11-23T12:01:31)"
    assert said["ActionAfterCompletion"] == "DELETE"
    assert said["Target"]["Input"] == '{"recheck":"rel-1"}'
    assert (said["Target"]["Arn"], said["Target"]["RoleArn"]) == (FUNCTION, ROLE)
    assert len(path.removeprefix("/schedules/")) <= 64
    assert len(said["ClientToken"]) <= 64


def test_asked_twice_it_is_one_call():
    later, script = schedule(fine(), no("ConflictException", 409))
    for _ in range(2):
        later.call_at(NOW, {}, release="rel-1")
    assert script.raw[0] == script.raw[1]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(no("AccessDeniedException", 403), DeniedError), (no("ThrottlingException", 429), TransientError)],
)
def test_refusals_are_errors_of_ours(answer, error):
    later, _ = schedule(answer)
    with pytest.raises(error):
        later.call_at(NOW, {}, release="rel-1")
