"""One-time schedules that look again at a release which was not seen in time.

Source: `CreateSchedule` in botocore's EventBridge Scheduler model (1.43): a REST call; `at(...)` expressions
are UTC with whole seconds, and a schedule that has run can be deleted by itself.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from laststop.errors import ConflictError
from laststop.homes.aws.connection import Answer
from laststop.homes.aws.errors import ServiceError, failure
from laststop.homes.aws.service import SignedSender
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId
from laststop.words.instants import Instant

_SERVICE: Final = "scheduler"
_OPERATION: Final = "CreateSchedule"
_OK_STATUS: Final = 200


class RecheckSchedule:
    """Has a function called once more, a few minutes from now."""

    def __init__(self, sender: SignedSender, *, project: str, function_arn: str, role_arn: str) -> None:
        """`role_arn` is the role the scheduler takes on to call the function."""
        self._sender = sender
        self._project = project
        self._function_arn = function_arn
        self._role_arn = role_arn

    def call_at(self, at: Instant, event: Mapping[str, Any], *, release: ReleaseId) -> None:
        """Call the function with an event at an instant, rounded up to a second; asked twice, it is one call.

        Raises: DeniedError, TransientError.
        """
        rounded = (at + timedelta(seconds=1)).replace(microsecond=0)
        moment = f"{rounded:%Y-%m-%dT%H:%M:%S}"
        name = f"{self._project}-recheck-{digest_of(f'{release} {moment}'.encode())[:16]}"
        body = {
            "ClientToken": name[-64:],
            "ActionAfterCompletion": "DELETE",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ScheduleExpression": f"at({moment})",
            "Target": {
                "Arn": self._function_arn,
                "RoleArn": self._role_arn,
                "Input": msgspec.json.encode(event).decode(),
                "RetryPolicy": {"MaximumRetryAttempts": 3},
            },
        }
        try:
            self._sender.send(
                _OPERATION,
                method="POST",
                path=f"/schedules/{name}",
                headers={"Content-Type": "application/json"},
                body=msgspec.json.encode(body),
                refusal=_refusal,
            )
        except ServiceError as error:
            refused = failure(_SERVICE, _OPERATION, error)
            if not isinstance(refused, ConflictError):
                raise refused from error


class _Refusal(msgspec.Struct, frozen=True, kw_only=True):
    message: str = msgspec.field(name="Message", default="")


def _refusal(answer: Answer) -> ServiceError | None:
    if answer.status == _OK_STATUS:
        return None
    try:
        said = msgspec.json.decode(answer.body, type=_Refusal).message
    except (msgspec.MsgspecError, UnicodeDecodeError):
        said = ""
    named = answer.headers.get("x-amzn-errortype", "").partition(":")[0] or f"Http{answer.status}"
    return ServiceError(named, said, status=answer.status, fields=answer.body)
