"""Messages in a Slack channel: posted, edited in place, answered in their thread.

Needs a bot token with `chat:write`. With `channels:history` (`groups:history` for private channels) a post
that a kill left in doubt is found again by its metadata; `channels:read` finds a channel's id by its name for
that. Without these it is posted twice rather than never.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.metadata import Metadata

from laststop.errors import DeniedError, TransientError, UsageError
from laststop.homes.shared.slack_blocks import laid_out, reply_of, text_of
from laststop.homes.shared.slack_errors import NETWORK, code_of, no_answer, refusal, retry_after_seconds
from laststop.notices.bulletin import Message
from laststop.words.ids import RunId
from laststop.words.instants import Instant

API_URL: Final = "https://slack.com/api/"
TIMEOUT_SECONDS: Final = 15
WAITED_OUT_SECONDS: Final = 5.0
"""A pause Slack asks for is waited out on the spot up to this; a longer one is the courier's to wait."""
RUN_EVENT: Final = "laststop_run"
CALL_EVENT: Final = "laststop_call"
PAGES_MAX: Final = 5
_GONE: Final = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "channel_not_found",
        "thread_not_found",
    }
)
"""An edit that Slack refuses for ever: the message was deleted, or is another app's by now."""


def slack_log() -> logging.Logger:
    """Where slack_sdk writes, and nobody reads: what goes wrong is told by the courier, masked."""
    log = logging.getLogger("laststop.slack")
    log.setLevel(logging.CRITICAL)
    log.propagate = False
    return log


class BriefPause(RateLimitErrorRetryHandler):
    """slack_sdk's handler of 429, for pauses short enough to wait out."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not super()._can_retry(state=state, request=request, response=response, error=error):
            return False
        asked = retry_after_seconds(response.headers) if response is not None else None
        return asked is not None and asked <= WAITED_OUT_SECONDS


class SlackBulletin:
    """The `Bulletin` in a channel. A handle is `channel id/timestamp`."""

    name = "slack"
    at_verdict = False

    def __init__(
        self, *, token: str, channel: str, api_url: str = API_URL, timeout_seconds: int = TIMEOUT_SECONDS
    ) -> None:
        """`channel` is an id or `#name`; nothing is sent yet."""
        self._channel = channel
        self._client = WebClient(
            token=token,
            base_url=api_url,
            timeout=timeout_seconds,
            logger=slack_log(),
            retry_handlers=[BriefPause(max_retry_count=1)],
        )

    def post(self, message: Message) -> str:
        """Show it in the channel; without its layout, should Slack not take that."""
        with _mapped():
            response = self._with_blocks(
                message,
                lambda blocks: self._client.chat_postMessage(
                    channel=self._channel,
                    text=text_of(message.story),
                    blocks=blocks,
                    metadata=Metadata(
                        event_type=RUN_EVENT,
                        event_payload={"project": message.story.project, "run": message.run},
                    ).to_dict(),
                    unfurl_links=False,
                    unfurl_media=False,
                ),
            )
        return _handle(str(response.get("channel") or self._channel), response.get("ts"))

    def edit(self, handle: str, message: Message) -> str:
        """Show it as it reads now; one that is gone is posted anew."""
        channel, _, at = handle.partition("/")
        try:
            self._with_blocks(
                message,
                lambda blocks: self._client.chat_update(
                    channel=channel, ts=at, text=text_of(message.story), blocks=blocks
                ),
            )
        except SlackApiError as error:
            if code_of(error) not in _GONE:
                raise refusal(error) from error
        except NETWORK as error:
            raise no_answer(error) from error
        else:
            return handle
        return self.post(message)

    def reply(self, handle: str, message: Message, part: str) -> None:
        """Call the owners in the message's thread, and in the channel."""
        channel, _, at = handle.partition("/")
        with _mapped():
            self._client.chat_postMessage(
                channel=channel,
                thread_ts=at,
                reply_broadcast=True,
                link_names=True,
                text=reply_of(message.story),
                metadata=Metadata(
                    event_type=CALL_EVENT, event_payload={"run": message.run, "part": part}
                ).to_dict(),
                unfurl_links=False,
                unfurl_media=False,
            )

    def find(self, run: RunId, since: Instant) -> str:
        """Look for it in the channel's history, where the token may read that."""
        try:
            with _mapped():
                channel = self._channel_id()
                oldest = f"{since.timestamp() - 60:.6f}"  # our clock and Slack's may differ
                posted = self._messages("conversations.history", channel=channel, oldest=oldest)
                about = (each for each in posted if _is_about(each, RUN_EVENT, "run", run))
                return next((_handle(channel, each.get("ts")) for each in about), "")
        except DeniedError:
            return ""  # who may not look posts again, and is told then what else is denied

    def replied(self, handle: str, part: str) -> bool:
        """Look for the call in the message's thread, where the token may read that."""
        channel, _, at = handle.partition("/")
        try:
            with _mapped():
                replies = self._messages("conversations.replies", channel=channel, ts=at)
                return any(_is_about(each, CALL_EVENT, "part", part) for each in replies)
        except DeniedError:
            return False

    def _with_blocks(self, message: Message, send: Callable[[list[dict[str, Any]] | None], Any]) -> Any:
        """Send it laid out; in plain text when Slack refuses the layout."""
        try:
            return send(laid_out(message.story))
        except SlackApiError as error:
            if not isinstance(refusal(error), UsageError):
                raise
        return send(None)

    def _messages(self, method: str, **asked: str) -> Iterator[dict[str, Any]]:
        """A few pages of a channel or a thread, with metadata."""
        cursor = ""
        for _ in range(PAGES_MAX):
            page = {**asked, "include_all_metadata": "true", "limit": "100", "cursor": cursor}
            response = self._client.api_call(method, params={k: v for k, v in page.items() if v})
            yield from (each for each in response.get("messages") or () if isinstance(each, dict))
            cursor = str((response.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _channel_id(self) -> str:
        """The id behind `#name`: reading a channel takes nothing else."""
        if not self._channel.startswith("#"):
            return self._channel
        cursor = ""
        for _ in range(PAGES_MAX):
            response = self._client.conversations_list(
                types="public_channel,private_channel", exclude_archived=True, limit=1000, cursor=cursor
            )
            for each in response.get("channels") or ():
                if each.get("name") == self._channel[1:]:
                    return str(each["id"])
            cursor = str((response.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        raise DeniedError("the channel is not in the list")


def _handle(channel: str, at: object) -> str:
    if not isinstance(at, str) or not at:
        raise TransientError("it answers without saying where the message stands", place="Slack")
    return f"{channel}/{at}"


def _is_about(message: dict[str, Any], event: str, key: str, value: str) -> bool:
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != event:
        return False
    payload = metadata.get("event_payload")
    return isinstance(payload, dict) and payload.get(key) == value


@contextmanager
def _mapped() -> Iterator[None]:
    """Slack's refusals, and its silence, as our errors."""
    try:
        yield
    except SlackApiError as error:
        raise refusal(error) from error
    except NETWORK as error:
        raise no_answer(error) from error
