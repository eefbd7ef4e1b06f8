"""The journal read as the events CodePipeline would send to EventBridge."""

from collections import OrderedDict
from typing import Final

import msgspec

from laststop.homes.embedded.store.journal import View
from laststop.pipeline.event_context import RunContext, follow, followed
from laststop.pipeline.eventbridge import KINDS, Origin, StateChange, state_changes
from laststop.words.fact import RunFact
from laststop.words.facts import Recorded
from laststop.words.ids import RunId

BATCH: Final = 200
RUNS_REMEMBERED: Final = 200
_FOLLOWED: Final = KINDS | {"stage.skipped"}
"""Kinds that lead to events, or that events of later facts depend on."""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """Some facts' events in the order of the journal, each fact's with its place.

    `upto` is the place they were looked for up to; `more` may stand behind it.
    """

    of_facts: tuple[tuple[int, tuple[StateChange, ...]], ...]
    upto: int
    more: bool


class StateChanges:
    """A reader that remembers what it knows of the runs it has read of.

    Concurrency: one call at a time.
    """

    def __init__(self, origin: Origin) -> None:
        """Nothing is known of any run."""
        self._origin = origin
        self._known: OrderedDict[RunId, tuple[int, RunContext]] = OrderedDict()

    def read(self, view: View, after: int, limit: int = BATCH) -> Changes:
        """What happened behind a place."""
        newest = view.newest()
        found = view.of_kinds(sorted(_FOLLOWED), after, limit)
        more = len(found) == limit
        told = [(one.seq, changes) for one in found if (changes := self._changes(view, one))]
        return Changes(of_facts=tuple(told), upto=found[-1].seq if more else newest, more=more)

    def _changes(self, view: View, recorded: Recorded) -> tuple[StateChange, ...]:
        fact = recorded.fact
        if not isinstance(fact, RunFact):
            return ()
        seq, context = self._known.get(fact.run, (recorded.seq + 1, RunContext()))
        if seq > recorded.seq:  # not known, or read further once: an attempt that broke off reads again
            seq, context = self._before(view, fact.run, recorded.seq)
        if seq < recorded.seq:
            context = follow(context, fact)
        self._known[fact.run] = (recorded.seq, context)
        self._known.move_to_end(fact.run)
        while len(self._known) > RUNS_REMEMBERED:
            self._known.popitem(last=False)
        return state_changes(recorded, context, self._origin)

    def _before(self, view: View, run: RunId, seq: int) -> tuple[int, RunContext]:
        """What the run's own facts before a place tell, read once."""
        earlier = [one for one in view.about(run) if one.seq < seq]
        return (earlier[-1].seq if earlier else 0), followed(one.fact for one in earlier)
