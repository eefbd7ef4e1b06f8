"""Rules for `[notices]`: places that messages can be brought to, and mentions that reach somebody."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from laststop.config.project import ProjectTables
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted

_CHANNEL: Final = re.compile(r"#[^\s#@,<>A-Z]{1,80}|[CGD][A-Z0-9]{6,}")
_MENTION: Final = re.compile(
    r"@[^\s<>@]{1,80}|[UWS][A-Z0-9]{6,}|<@[UW][A-Z0-9]+>|<!subteam\^S[A-Z0-9]+>|<!(?:here|channel|everyone)>"
)


def notices_problems(tables: ProjectTables) -> Iterator[Problem]:
    """Everything wrong with who is told, and where."""
    notices = tables.notices
    if notices.slack_channel and not _CHANNEL.fullmatch(notices.slack_channel):
        yield Problem(
            path=("notices", "slack_channel"),
            message=f"{quoted(notices.slack_channel)} is no channel",
            hint='write its name as "#releases", in lower case, or its id, as "C0123456789"',
        )
    yield from address_problems(notices.webhook_url, ("notices", "webhook_url"))
    for key, path in (("slack_token_file", notices.slack_token_file), ("file", notices.file)):
        if path and (not path.isprintable() or path != path.strip() or path.endswith("/")):
            yield Problem(path=("notices", key), message=f"{quoted(path)} is no path of a file")
    yield from _owners(tables)


def address_problems(url: str, path: Trail) -> Iterator[Problem]:
    """What keeps a text from being an address that can be posted to; an empty one is none."""
    if not url:
        return
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable() or " " in url or not url.isascii():
        yield Problem(
            path=path,
            message=f"{quoted(url)} is no address",
            hint="it begins with https:// and names a host",
        )


def _owners(tables: ProjectTables) -> Iterator[Problem]:
    types = tables.project.types
    for owner, mention in tables.notices.owners.items():
        if owner not in types:
            yield Problem(
                path=("notices", "owners", owner),
                message=f"{quoted(owner)} is no type of this project",
                hint=did_you_mean(owner, types, otherwise=f"its types are {listed(types)}"),
            )
        elif not _MENTION.fullmatch(mention):
            yield Problem(
                path=("notices", "owners", owner),
                message=f"{quoted(mention)} mentions nobody",
                hint='write a group\'s handle as "@net-team", "@here", or an id: a user\'s "U0123456789", '
                'a group\'s "S0123456789"',
            )
