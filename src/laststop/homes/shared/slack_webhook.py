"""Messages through a Slack incoming webhook: a URL that posts to one channel, and can do nothing else."""

from typing import Final

from slack_sdk.webhook import WebhookClient

from laststop.errors import TransientError
from laststop.homes.shared.slack import TIMEOUT_SECONDS, BriefPause, slack_log
from laststop.homes.shared.slack_blocks import laid_out, reply_of, text_of
from laststop.homes.shared.slack_errors import (
    NETWORK,
    PLACE,
    SERVER_ERRORS,
    TOO_MANY,
    meaning,
    no_answer,
    retry_after_seconds,
)
from laststop.notices.bulletin import InDoubtError, Message
from laststop.notices.story import Story
from laststop.words.ids import RunId
from laststop.words.instants import Instant

_GOOD: Final = 200


class IncomingWebhook:
    """The `Bulletin` that posts each run once, at its verdict, and again only if the verdict turns.

    A handle is the verdict it was posted with. Calls stand in the message itself.
    Limit: nothing posted can be found or changed, so what is in doubt is posted twice rather than never.
    """

    name = "slack-webhook"
    at_verdict = True

    def __init__(self, *, url: str, timeout_seconds: int = TIMEOUT_SECONDS) -> None:
        """Nothing is sent yet."""
        self._client = WebhookClient(
            url, timeout=timeout_seconds, logger=slack_log(), retry_handlers=[BriefPause(max_retry_count=1)]
        )

    def post(self, message: Message) -> str:
        """Show it."""
        self._send(message.story)
        return message.story.outcome

    def edit(self, handle: str, message: Message) -> str:
        """Show it again if the verdict is another one."""
        return handle if handle == message.story.outcome else self.post(message)

    def reply(self, handle: str, message: Message, part: str) -> None:
        """Stands in the message already."""

    def find(self, run: RunId, since: Instant) -> str:  # noqa: ARG002 - nobody can look through a webhook
        """Nothing: a webhook cannot look."""
        return ""

    def replied(self, handle: str, part: str) -> bool:  # noqa: ARG002 - as in `find`
        """Nothing was called for apart from the message."""
        return False

    def _send(self, story: Story) -> None:
        blocks = laid_out(story)
        if blocks is not None and story.call is not None:
            text = {"type": "mrkdwn", "text": reply_of(story)[:2900]}
            blocks.insert(1, {"type": "section", "text": text})
        try:
            answer = self._client.send(
                text=text_of(story), blocks=blocks, unfurl_links=False, unfurl_media=False
            )
        except NETWORK as error:
            raise no_answer(error) from error
        if answer.status_code == _GOOD:
            return
        pause = retry_after_seconds(answer.headers)
        if answer.status_code == TOO_MANY:
            raise TransientError("too many messages", place=PLACE, retry_after_seconds=pause)
        if answer.status_code >= SERVER_ERRORS:
            raise InDoubtError(f"it answers {answer.status_code}", place=PLACE, retry_after_seconds=pause)
        raise meaning(answer.body.strip() or str(answer.status_code))
