"""Secrets do not belong into laststop.toml: the file is committed and shown."""

import re
from collections.abc import Iterator
from typing import Final, cast

from laststop.pipeline.problems import Problem, Trail, quoted

_HINT: Final = (
    "take it out of the file, and make a new one if it was ever committed; "
    "the Slack token comes from LASTSTOP_SLACK_TOKEN, credentials of git from git itself"
)
_TELLING_KEY: Final = re.compile(
    r"(?:^|[_-])(token|password|passwd|secret|credentials?|api_?key|private_?key|access_?key)s?$",
    re.IGNORECASE,
)
_TELLING_VALUE: Final = re.compile(
    r"xox[a-z]-|xapp-\d|gh[pousr]_[A-Za-z0-9]{20}|github_pat_|glpat-|hooks\.slack\.com/|AKIA[0-9A-Z]{16}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s@:]+:[^/\s@]+@"
)
_FREE_KEYS: Final = (("repositories",), ("notices", "owners"), ("catalog", "columns"), ("functions",))
"""Tables whose keys are the user's own words, not names of settings."""


def secret_problems(value: object, path: Trail = ()) -> Iterator[Problem]:
    """One problem per value that is, or is named like, a secret; the value itself is never shown."""
    if isinstance(value, dict):
        for key, item in cast("dict[str, object]", value).items():
            inside = (*path, key)
            if isinstance(item, str) and path not in _FREE_KEYS and _TELLING_KEY.search(key):
                yield Problem(
                    path=inside, message=f"{quoted(key)} looks like a secret; none belongs here", hint=_HINT
                )
            else:
                yield from secret_problems(item, inside)
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from secret_problems(item, (*path, index))
    elif isinstance(value, str) and _TELLING_VALUE.search(value):
        yield Problem(path=path, message="this value looks like a secret; none belongs here", hint=_HINT)
