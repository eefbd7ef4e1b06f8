"""Facts as others may see them: what happened to what, without configuration, variables or attributes."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any, Final, get_args

import msgspec

from laststop.errors import UsageError
from laststop.homes.embedded.state_changes import StateChanges
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.event_pattern import EventPattern
from laststop.pipeline.eventbridge import Origin, StateChange
from laststop.words.facts import AnyFact, Recorded
from laststop.words.failure import Failure
from laststop.words.instants import instant_text

_SQL = load("events.sql")
BATCH: Final = 200
KINDS: Final = frozenset(str(fact.__struct_config__.tag) for fact in get_args(AnyFact))
GROUPS: Final = frozenset(kind.partition(".")[0] for kind in KINDS)


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact. `seq` is its place in the journal; members that its kind does not have are left out."""

    seq: int
    at: str
    kind: str
    subject: str
    algorithm: str = ""
    version: str = ""
    object: str = ""
    generation: int | None = None
    location: str = ""
    revision: str = ""
    pipeline: str = ""
    run: str = ""
    stage: str = ""
    action: str = ""
    attempt: int | None = None
    cause: str = ""
    release: str = ""
    outcome: str = ""
    verdict: str = ""
    reason: str = ""


class StateChangeTold(msgspec.Struct, frozen=True, kw_only=True):
    """An event in EventBridge's shape, and the place of the fact it comes from."""

    seq: int
    change: StateChange


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Facts behind `after` are gone, or were never of this journal: read anew what you need of the rest."""

    after: int
    next: int


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some events in order; `upto` is the place they were looked for up to, `more` may stand behind it."""

    events: tuple[Event | StateChangeTold, ...]
    upto: int
    gap: Gap | None = None
    more: bool = False


Reading = Callable[[View, int], Batch]
"""How a stream reads on from a place that it has told up to."""


_MEMBERS: Final = frozenset(Event.__struct_fields__) - {"seq", "at", "kind", "subject", "revision", "reason"}


def event_of(recorded: Recorded) -> Event:
    """A fact as an event: only members that are named here, and only words and numbers."""
    fact = recorded.fact
    shown: dict[str, Any] = {
        name: value
        for name in _MEMBERS
        if isinstance(value := getattr(fact, name, None), str | int) and not isinstance(value, bool)
    }
    failure = getattr(fact, "failure", None)
    reason = failure.message if isinstance(failure, Failure) else getattr(fact, "reason", "")
    revision = getattr(fact, "revision", "")
    return Event(
        seq=recorded.seq,
        at=instant_text(fact.at),
        kind=fact.kind,
        subject=fact.subject,
        reason=reason,
        revision=revision if isinstance(revision, str) else "",
        **shown,
    )


def read_events(view: View, after: int, kinds: frozenset[str], limit: int = BATCH) -> Batch:
    """Events behind a place; a place that this journal cannot go on from is answered with a gap."""
    after, gap = _reachable(view, after)
    newest = view.newest()
    found = view.after(after, limit) if kinds == KINDS else view.of_kinds(sorted(kinds), after, limit)
    more = len(found) == limit
    return Batch(
        events=tuple(event_of(each) for each in found),
        upto=found[-1].seq if more else newest,
        gap=gap,
        more=more,
    )


def reading_matches(pattern: EventPattern) -> Reading:
    """Reads the events in EventBridge's shape that a pattern asks for; a reader serves one stream."""
    changes = StateChanges(Origin())

    def read(view: View, after: int) -> Batch:
        after, gap = _reachable(view, after)
        found = changes.read(view, after)
        told = [
            StateChangeTold(seq=seq, change=change)
            for seq, of_fact in found.of_facts
            for change in of_fact
            if pattern.matches(change.values())
        ]
        return Batch(events=tuple(told), upto=found.upto, gap=gap, more=found.more)

    return read


def _reachable(view: View, after: int) -> tuple[int, Gap | None]:
    """Where to go on from, and what is missed by it."""
    newest = view.newest()
    oldest = int(view.connection.execute(_SQL["oldest"]).fetchone()[0])
    if after > newest:
        return newest, Gap(after=after, next=newest + 1)
    if oldest and after + 1 < oldest:
        return oldest - 1, Gap(after=after, next=oldest)
    return after, None


def read_kinds(asked: Iterable[str]) -> frozenset[str]:
    """The kinds that a filter names: `run.started`, `run.*`, several with commas; all when it names none.

    Raises: UsageError for a kind that does not exist.
    """
    names = [name.strip() for each in asked for name in each.split(",") if name.strip()]
    found: set[str] = set()
    for name in names:
        group = name.removesuffix(".*")
        if name != group and group in GROUPS:
            found |= {kind for kind in KINDS if kind.partition(".")[0] == group}
        elif name in KINDS:
            found.add(name)
        else:
            near = difflib.get_close_matches(name, KINDS, n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"groups are {', '.join(sorted(GROUPS))}"
            raise UsageError(f'no event is of the kind "{name[:60]}"', place="kind", hint=hint)
    return frozenset(found) or KINDS
