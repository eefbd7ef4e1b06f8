"""Printing and following the log of an attempt."""

import click

from laststop.homes.embedded.build_log import follow, read_log
from laststop.homes.embedded.runs import attempt_rows
from laststop.wiring.embedded import EmbeddedHome
from laststop.words.ids import AttemptKey
from laststop.words.instants import instant_text


def print_log(home: EmbeddedHome, key: AttemptKey, *, following: bool) -> int:
    """Print a log to its end, or, following, until the attempt ends; gives how many lines it had."""
    path = home.folders.log(key)
    shown = 0
    if following:
        for line in follow(path, lambda: _ended(home, key)):
            click.echo(f"{instant_text(line.at)[11:23]} {line.phase:16} {line.text}")
            shown += 1
        return shown
    offset = 0
    while (page := read_log(path, offset)).next_offset != offset:
        for line in page.lines:
            click.echo(f"{instant_text(line.at)[11:23]} {line.phase:16} {line.text}")
        shown += len(page.lines)
        offset = page.next_offset
    return shown


def _ended(home: EmbeddedHome, key: AttemptKey) -> bool:
    with home.store.view() as view:
        for attempt in attempt_rows(view, key.run):
            if (attempt.stage, attempt.action, attempt.attempt) == (key.stage, key.action, key.attempt):
                return attempt.ended_at is not None
    return True
