"""Messages to a webhook of the user's own: JSON, signed, repeated until it is taken."""

from collections.abc import Callable
from typing import Final

import msgspec

from laststop.homes.shared.message_file import Line, line_of
from laststop.homes.shared.signed_post import TIMEOUT_SECONDS, SignedPost
from laststop.notices.bulletin import Message
from laststop.words.ids import RunId
from laststop.words.instants import Instant

PLACE: Final = "[notices] webhook_url"


class SignedWebhook:
    """The `Bulletin` that posts every revision, and every call. A handle is the run's id."""

    name = "webhook"
    at_verdict = False

    def __init__(
        self,
        *,
        url: str,
        secret: str,
        clock: Callable[[], Instant],
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Raises: UsageError when the address is none."""
        self._post = SignedPost(
            url=url, secret=secret, clock=clock, place=PLACE, timeout_seconds=timeout_seconds
        )

    def post(self, message: Message) -> str:
        """Send it."""
        self._send(line_of("posted", message))
        return message.run

    def edit(self, handle: str, message: Message) -> str:
        """Send it as it reads now."""
        self._send(line_of("edited", message))
        return handle

    def reply(self, handle: str, message: Message, part: str) -> None:  # noqa: ARG002 - the run is the handle
        """Send the call."""
        self._send(line_of("called", message, part))

    def find(self, run: RunId, since: Instant) -> str:  # noqa: ARG002 - a copy is known by its delivery
        """Not looked for: the receiver knows a copy by its delivery."""
        return ""

    def replied(self, handle: str, part: str) -> bool:  # noqa: ARG002 - as in `find`
        """Not looked for either."""
        return False

    def _send(self, line: Line) -> None:
        delivery = f"{line.run}/{line.revision}" + (f"/{line.call}" if line.call else "")
        self._post.send(msgspec.json.encode(line), delivery)
