"""Following a change on AWS until its verdict is final: a line for each step, asked for every few seconds."""

import time
from typing import Final

from laststop.cli.following import FINAL, ChangeLines
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_reading import trace
from laststop.words.verdicts import VerdictKind

LOOK_SECONDS: Final = 3.0
"""Between two looks; each is about ten requests."""


def follow_change(home: AwsHome, name: str, version: str | None) -> int:
    """Show a change until its verdict is final, or it failed; 0 when it did not.

    Raises: NotFoundError when the catalog has no such version.
    """
    lines = ChangeLines()
    while True:
        found = trace(home, name, version)
        version = found.version
        ended = found.verdict in FINAL or found.verdict in (None, VerdictKind.FAILED)
        lines.tell(found, ended=ended)
        if ended:
            return 0 if found.verdict in FINAL and found.verdict != VerdictKind.REJECTED else 1
        time.sleep(LOOK_SECONDS)
