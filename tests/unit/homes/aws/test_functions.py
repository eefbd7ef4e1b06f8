"""Calling the project's functions: their answers, and what they raise."""

import msgspec
import pytest

from laststop.errors import ConflictError, DeniedError, LaststopError, NotFoundError, RunError, TransientError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.functions import Functions
from unit.homes.aws.service_fakes import LOST, Script, fine, sender


def functions(*answers):
    script = Script(*answers)
    return Functions(sender(script, "lambda"), "p"), script


def raised(kind: str, message: str = "why") -> Answer:
    body = msgspec.json.encode({"errorType": kind, "errorMessage": message, "stackTrace": []})
    return Answer(status=200, headers={"x-amz-function-error": "Unhandled"}, body=body)


def refused(code: str, status: int = 400) -> Answer:
    body = msgspec.json.encode({"Type": "User", "Message": "said"})
    return Answer(status=status, headers={"x-amzn-errortype": f"{code}:http://x"}, body=body)


def test_an_answer_comes_back_and_the_event_went_to_the_projects_function():
    called, script = functions(fine({"held": True}))
    assert called.call("release", {"action": "lift"}) == {"held": True}
    ((method, path, body),) = script.raw
    assert (method, path) == ("POST", "/2015-03-31/functions/p-release/invocations")
    assert msgspec.json.decode(body) == {"action": "lift"}


def test_a_lost_answer_is_asked_for_again():
    called, script = functions(LOST, fine({"ok": 1}))
    assert called.call("sweep", {}) == {"ok": 1}
    assert len(script.raw) == 2


@pytest.mark.parametrize("kind", [ConflictError, NotFoundError, TransientError, DeniedError, RunError])
def test_what_a_function_raised_is_raised_here(kind: type[LaststopError]):
    called, _ = functions(raised(kind.__name__, "nothing is live yet"))
    with pytest.raises(kind) as caught:
        called.call("release", {})
    assert type(caught.value) is kind
    assert caught.value.message == "nothing is live yet"
    assert "/aws/lambda/p-release" in caught.value.hint


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (raised("KeyError", "'x'"), RunError, "KeyError: 'x'"),
        (raised("Sandbox.Timedout", "Task timed out after 900.00 seconds"), TransientError, "timed out"),
        (raised("Runtime.ExitError", "signal: killed"), TransientError, "signal: killed"),
        (
            Answer(status=200, headers={"x-amz-function-error": "Unhandled"}, body=b"\xff"),
            RunError,
            "without a readable reason",
        ),
        (Answer(status=200, headers={}, body=b"{half"), RunError, "no JSON"),
        (refused("ResourceNotFoundException", 404), NotFoundError, "said"),
        (refused("KMSAccessDeniedException", 502), DeniedError, "said"),
        (refused("AccessDeniedException", 403), DeniedError, "said"),
        (refused("TooManyRequestsException", 429), TransientError, "said"),
        (Answer(status=500, headers={}, body=b"<html>"), TransientError, "Http500"),
    ],
)
def test_every_other_end_is_told_as_what_it_is(answer, kind, said):
    called, _ = functions(answer)
    with pytest.raises(kind) as caught:
        called.call("sweep", {})
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_a_function_that_is_not_there_says_what_deploys_it():
    called, _ = functions(refused("ResourceNotFoundException", 404))
    with pytest.raises(NotFoundError) as caught:
        called.call("sweep", {})
    assert (caught.value.place, "osls deploy" in caught.value.hint) == ("function p-sweep", True)
