"""Tells events of pipelines to somebody who asked by a pattern: at least once, in order, and not for ever.

A courier reads the journal behind a cursor of its own, in a thread of its own. What is refused for what it
is, or cannot be told within a day of its happening, is set aside with the reason, and the next one follows.
Source of the day: EventBridge's own limit for delivering to a target.
"""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Protocol

import msgspec

from laststop.errors import InvariantError, LaststopError, TransientError, UsageError
from laststop.homes.embedded.state_changes import StateChanges
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.notices.clean import Hide
from laststop.pipeline.event_pattern import EventPattern
from laststop.pipeline.eventbridge import Origin, StateChange
from laststop.words.facts_notices import EventSetAside
from laststop.words.instants import Instant, parse_instant

_SQL = load("journal.sql")
LOOK_SECONDS: Final = 1.0
FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0
GIVE_UP_AFTER: Final = timedelta(hours=24)
IDLE_FACTS_MAX: Final = 1000
"""So many facts without a matching event are passed in memory before the cursor is written."""
STOP_SECONDS: Final = 5.0


class Target(Protocol):
    """Somebody who is told events."""

    def tell(self, event: StateChange) -> None:
        """Tell one; a repetition has the same id.

        Raises: UsageError when this very event is refused, any other LaststopError when it may be told later.
        """
        ...

    def close(self) -> None:
        """Give up what is under way; any thread."""
        ...


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """Which events are told to whom; `name` is that of the cursor."""

    name: str
    pattern: EventPattern
    target: Target


def reader_of(name: str) -> str:
    """The cursor of an `[[events]]`."""
    return f"events:{name}"


def forget_others(store: Store, names: tuple[str, ...]) -> None:
    """Remove the cursors of what is no longer told, which would keep the journal from being compacted."""
    kept = {reader_of(name) for name in names}
    with store.transaction() as transaction:
        rows = transaction.connection.execute(_SQL["readers_of_events"]).fetchall()
        gone = [(reader,) for (reader,) in rows if reader not in kept]
        transaction.connection.executemany(_SQL["forget_reader"], gone)


class EventCourier:
    """Carries events to one target.

    Concurrency: `once` by one thread, its own after `start`; `stop` by any.
    """

    def __init__(
        self,
        *,
        store: Store,
        telling: Telling,
        clock: Callable[[], Instant],
        hide: Hide,
        say: Callable[[str], None],
        chance: Callable[[], float] = random.random,
        origin: Origin = Origin(),  # noqa: B008 - it is frozen
    ) -> None:
        """`hide` takes secrets out of a text, `say` is told of trouble, `chance` spreads retries.

        `origin` is where the events say they come from.
        """
        self._store = store
        self._telling = telling
        self._reader = reader_of(telling.name)
        self._clock = clock
        self._hide = hide
        self._say = say
        self._chance = chance
        self._changes = StateChanges(origin)
        self._passed: int | None = None
        self._told: set[str] = set()
        """Events of the fact at which the last attempt broke off, that were told already."""
        self._failures = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"events {telling.name}", daemon=True)

    def start(self) -> None:
        """Begin with what happens from now on, or where it was left."""
        self._place()
        self._thread.start()

    def stop(self) -> None:
        """Tell no more; what is on its way is told again at the next start."""
        self._stop.set()
        self._telling.target.close()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(self.once())

    def once(self) -> float:
        """Tell everything there is to tell; gives the seconds until it is to be tried again."""
        try:
            while not self._stop.is_set() and self._batch():
                pass
        except LaststopError as error:
            return self._postpone(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread unheard
            return self._postpone(InvariantError(f"{type(error).__name__}: {error}"))
        self._failures = 0
        return LOOK_SECONDS

    def _place(self) -> int:
        """How far it has come; somebody new begins with what happens from now on."""
        if self._passed is None:
            with self._store.view() as view:
                row = view.connection.execute(_SQL["cursor"], (self._reader,)).fetchone()
                newest = view.newest()
            self._passed = int(row[0]) if row else newest
            if row is None:
                self._move(newest)
        return self._passed

    def _batch(self) -> bool:
        """Tell the events of some facts; True when more may stand behind them.

        Raises: what the target raises for something that may be told later.
        """
        begun = self._place()
        with self._store.view() as view:
            if view.newest() == begun:
                return False
            found = self._changes.read(view, begun)
        for seq, changes in found.of_facts:
            dealt_with = [self._deal_with(seq, change) for change in changes]
            if any(dealt_with):
                self._move(seq)
            self._told.clear()
            if self._stop.is_set():
                return False
        self._pass(found.upto)
        return found.more

    def _deal_with(self, seq: int, change: StateChange) -> bool:
        """Tell one event, if it is asked for; True when it was, or was set aside."""
        if not self._telling.pattern.matches(change.values()):
            return False
        if change.id in self._told:
            return True
        try:
            self._telling.target.tell(change)
        except UsageError as error:
            self._set_aside(seq, change, error)
        except LaststopError as error:
            if self._clock() - parse_instant(change.time) < GIVE_UP_AFTER:
                raise
            self._set_aside(seq, change, error)
        self._told.add(change.id)
        self._failures = 0
        return True

    def _set_aside(self, seq: int, change: StateChange, error: LaststopError) -> None:
        reason = self._hide(str(error))
        self._say(f"events {self._telling.name}: {change.detail_type} is set aside: {reason}")
        fact = EventSetAside(
            at=self._clock(), target=self._telling.name, event=change.id, place=seq, reason=reason
        )
        with self._store.transaction() as transaction:
            transaction.append(fact)

    def _pass(self, seq: int) -> None:
        """Nothing more is owed up to a place; written now and then, because idle is free."""
        with self._store.view() as view:
            written = view.cursor(self._reader)
        if seq - written >= IDLE_FACTS_MAX:
            self._move(seq)
        self._passed = max(seq, self._place())

    def _move(self, seq: int) -> None:
        with self._store.transaction() as transaction:
            transaction.move_cursor(self._reader, seq)
        self._passed = seq

    def _postpone(self, error: LaststopError) -> float:
        """Longer each time, and as long as the peer says."""
        self._failures += 1
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self._failures - 1, 20), LONGEST_PAUSE_SECONDS)
        asked = (error.retry_after_seconds or 0.0) if isinstance(error, TransientError) else 0.0
        if self._failures == 1:
            self._say(f"events {self._telling.name}: {self._hide(str(error))}; trying again")
        return max(float(pause) * (0.5 + self._chance() / 2), min(asked, LONGEST_PAUSE_SECONDS))
