"""Facts as others may see them: what happened to what, without configuration, variables or attributes."""

import difflib
from collections.abc import Iterable
from typing import Any, Final, get_args

import msgspec

from laststop.errors import UsageError
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
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


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Facts behind `after` are gone, or were never of this journal: read anew what you need of the rest."""

    after: int
    next: int


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some events in order; `upto` is the place they were looked for up to."""

    events: tuple[Event, ...]
    upto: int
    gap: Gap | None = None


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
    newest = view.newest()
    oldest = int(view.connection.execute(_SQL["oldest"]).fetchone()[0])
    gap = None
    if after > newest:
        gap = Gap(after=after, next=newest + 1)
        after = newest
    elif oldest and after + 1 < oldest:
        gap = Gap(after=after, next=oldest)
        after = oldest - 1
    found = view.after(after, limit) if kinds == KINDS else view.of_kinds(sorted(kinds), after, limit)
    upto = found[-1].seq if len(found) == limit else newest
    return Batch(events=tuple(event_of(each) for each in found), upto=upto, gap=gap)


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
