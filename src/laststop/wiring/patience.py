"""The patience of a function: it ends before its time does."""

import time
import uuid
from typing import Final, Protocol

MARGIN_SECONDS: Final = 30.0
"""Left of a long function's time to report and to end; who waits into it is killed without an answer."""


class LambdaContext(Protocol):
    """What Lambda tells a function about its call; only what we use."""

    aws_request_id: str
    invoked_function_arn: str

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is killed."""
        ...


def caller_of(context: LambdaContext) -> str:
    """A name for this invocation that no other has, for its leases.

    Lambda may deliver one asynchronous call twice at the same time, under the same request id.
    """
    return f"{context.aws_request_id}/{uuid.uuid4().hex[:12]}"


class FunctionPatience:
    """The `Waiting` port of one invocation."""

    def __init__(self, context: LambdaContext, *, margin_seconds: float = MARGIN_SECONDS) -> None:
        """The clock starts here."""
        self._context = context
        self._margin_seconds = margin_seconds
        self._began = time.monotonic()

    def wait(self, seconds: float) -> bool:
        """Sleep so long; False when the function's time is nearly over."""
        left = self.left_seconds()
        if left <= 0:
            return False
        time.sleep(min(seconds, left))
        return True

    def elapsed_seconds(self) -> float:
        """Since the function was called."""
        return time.monotonic() - self._began

    def left_seconds(self) -> float:
        """Until there is no point in going on."""
        return max(0.0, self._context.get_remaining_time_in_millis() / 1000 - self._margin_seconds)
