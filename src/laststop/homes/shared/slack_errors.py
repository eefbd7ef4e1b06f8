"""What Slack's refusals mean, by code and not by text, and what mends them."""

import http.client
import re
import urllib.error
from collections.abc import Mapping
from typing import Final

from slack_sdk.errors import SlackApiError, SlackClientError

from laststop.errors import DeniedError, LaststopError, TransientError, UsageError
from laststop.notices.bulletin import InDoubtError

_CODE: Final = re.compile(r"[a-z0-9_:]{1,100}")
PLACE: Final = "Slack"
TOO_MANY: Final = 429
SERVER_ERRORS: Final = 500

_CREDENTIAL = "give the server a bot token that works (xoxb-...) in LASTSTOP_SLACK_TOKEN, then restart it"
_CHANNEL = "look at [notices] slack_channel; a private channel is only found once the app is invited to it"
_INVITE = "invite the app into the channel: /invite @<its name>"
_ADMIN = "ask an administrator of the workspace"

_DENIED: Final[Mapping[str, str]] = {
    "invalid_auth": _CREDENTIAL,
    "not_authed": _CREDENTIAL,
    "account_inactive": _CREDENTIAL,
    "token_revoked": _CREDENTIAL,
    "token_expired": _CREDENTIAL,
    "no_permission": _CREDENTIAL,
    "not_allowed_token_type": _CREDENTIAL,
    "missing_scope": "add the scope the app lacks, chat:write at least, and install it again",
    "channel_not_found": _CHANNEL,
    "is_archived": "choose another channel in [notices] slack_channel",
    "not_in_channel": _INVITE,
    "restricted_action": _ADMIN,
    "restricted_action_read_only_channel": _ADMIN,
    "restricted_action_thread_only_channel": _ADMIN,
    "access_denied": _ADMIN,
    "ekm_access_denied": _ADMIN,
    "enterprise_is_restricted": _ADMIN,
    "org_login_required": _ADMIN,
    "team_access_not_granted": _ADMIN,
    "team_not_found": _CREDENTIAL,
    "two_factor_setup_required": _ADMIN,
    # incoming webhooks answer in plain text
    "no_service": "make a new incoming webhook and give it in LASTSTOP_SLACK_WEBHOOK",
    "no_service_id": "make a new incoming webhook and give it in LASTSTOP_SLACK_WEBHOOK",
    "no_team": "make a new incoming webhook and give it in LASTSTOP_SLACK_WEBHOOK",
    "invalid_token": "make a new incoming webhook and give it in LASTSTOP_SLACK_WEBHOOK",
    "action_prohibited": _ADMIN,
    "posting_to_general_channel_denied": _ADMIN,
    "channel_is_archived": "make an incoming webhook for another channel",
}
_MESSAGE: Final = frozenset(
    {
        "invalid_blocks", "invalid_blocks_format", "invalid_payload", "invalid_metadata_format",
        "invalid_metadata_schema", "metadata_too_large", "metadata_must_be_sent_from_app",
        "message_limit_exceeded", "msg_too_long", "msg_blocks_too_long", "no_text", "too_many_attachments",
    }
)  # fmt: skip
_PASSING: Final = frozenset(
    {
        "ratelimited", "rate_limited", "rollup_error", "internal_error", "fatal_error", "request_timeout",
        "service_unavailable", "team_added_to_org", "accesslimited",
    }
)  # fmt: skip
MAYBE_DONE: Final = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable"})
"""Slack says itself that some of the work may have been done."""


def code_of(error: SlackApiError) -> str:
    """Slack's own word for it."""
    found = error.response.get("error") if error.response is not None else None
    return str(found or "unknown_error")


def refusal(error: SlackApiError) -> LaststopError:
    """An answer that is no success."""
    response = error.response
    status = int(response.status_code)
    if status == TOO_MANY:
        return TransientError(
            "too many messages", place=PLACE, retry_after_seconds=retry_after_seconds(response.headers)
        )
    code = code_of(error)
    if status >= SERVER_ERRORS or not _CODE.fullmatch(code):
        return InDoubtError(
            f"it answers {status}, and not as Slack does",
            place=PLACE,
            retry_after_seconds=retry_after_seconds(response.headers),
        )
    needed = response.get("needed")
    return meaning(code, f" ({needed})" if code == "missing_scope" and needed else "")


def meaning(code: str, detail: str = "") -> LaststopError:
    """A code of Slack's as one of our errors; what it says in no list is taken for lasting."""
    said = f"it answers {code[:200]}{detail[:200]}"
    if code in MAYBE_DONE:
        return InDoubtError(said, place=PLACE)
    if code in _PASSING:
        return TransientError(said, place=PLACE)
    if code in _MESSAGE:
        return UsageError(said, place=PLACE, hint="please report it, with the text of the message")
    hint = _DENIED.get(code, "look the code up in Slack's documentation of chat.postMessage")
    return DeniedError(said, place=PLACE, hint=hint)


def no_answer(error: BaseException) -> LaststopError:
    """The network's failures. A connection that never stood carried nothing; any other may have."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    said = f"no answer: {reason}"[:300]
    hint = "see that this machine reaches Slack, through HTTPS_PROXY if it must"
    if isinstance(reason, ConnectionRefusedError) or type(reason).__name__ in _NEVER_STOOD:
        return TransientError(said, place=PLACE, hint=hint)
    return InDoubtError(said, place=PLACE, hint=hint)


_NEVER_STOOD: Final = frozenset({"gaierror", "SSLCertVerificationError"})
NETWORK: Final = (OSError, http.client.HTTPException, ValueError, LookupError, SlackClientError)
"""What the library lets through when an answer does not come, or is no answer."""


def retry_after_seconds(headers: Mapping[str, object]) -> float | None:
    """Slack's word on when to come back; None when it says nothing that can be used."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            text = str(value[0] if isinstance(value, list) and value else value).strip()
            return float(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004
    return None
