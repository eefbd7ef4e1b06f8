"""Rules for `[[events]]`: a pattern that can be read, and somebody to tell."""

import re
from collections.abc import Iterator
from typing import Final

from laststop.config.notices_rules import address_problems
from laststop.config.project import ProjectTables
from laststop.pipeline.event_pattern import read_pattern
from laststop.pipeline.event_tests import InvalidEventPatternError
from laststop.pipeline.problems import Problem, Trail, did_you_mean, quoted

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


def events_problems(tables: ProjectTables) -> Iterator[Problem]:
    """Everything wrong with who is told of events, and of which."""
    seen: set[str] = set()
    for index, events in enumerate(tables.events):
        path: Trail = ("events", index)
        if not _NAME.fullmatch(events.name):
            yield Problem(
                path=(*path, "name"),
                message=f"{quoted(events.name)} cannot name events",
                hint="use 1 to 64 of the characters A-Z a-z 0-9 _ -",
            )
        if events.name in seen:
            yield Problem(path=(*path, "name"), message=f"{quoted(events.name)} stands twice")
        seen.add(events.name)
        try:
            read_pattern(events.pattern)
        except InvalidEventPatternError as error:
            yield Problem(path=(*path, "pattern"), message=str(error), hint=error.hint)
        if bool(events.function) == bool(events.webhook):
            yield Problem(
                path=path,
                message="events are told to a function or to a webhook",
                hint='name one: function = "NAME", or webhook = "https://..."',
            )
        yield from address_problems(events.webhook, (*path, "webhook"))
        if events.function and events.function not in tables.functions:
            yield Problem(
                path=(*path, "function"),
                message=f"[functions] has no {quoted(events.function)}",
                hint=did_you_mean(
                    events.function,
                    tables.functions,
                    otherwise=f'add it: {events.function} = "file.py:handler"',
                ),
            )
