"""What is told at a bulletin and what is owed to it, as the store keeps it."""

from collections.abc import Callable

import msgspec

from laststop.homes.embedded.store.journal import Store, Transaction, View
from laststop.homes.embedded.store.statements import load
from laststop.notices.story import Story
from laststop.words.fact import Fact
from laststop.words.facts_notices import (
    BulletinMended,
    BulletinOpened,
    BulletinTroubled,
    MessageSending,
    MessageSent,
)
from laststop.words.ids import RunId
from laststop.words.instants import Instant, parse_instant

_SQL = load("notices.sql")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A message, or a reply, as far as it is told. `sending_at` is set while a post is in doubt."""

    revision: int = 0
    handle: str = ""
    sending_at: Instant | None = None


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A message whose newest revision is not told yet, and how far it is."""

    run: RunId
    revision: int
    story: Story
    told: Told


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps messages from a bulletin, and the next step."""

    bulletin: str
    reason: str
    hint: str
    since: Instant


def troubles(view: View) -> tuple[Trouble, ...]:
    """What goes wrong at bulletins, for `doctor` and the console; none when all works."""
    return tuple(
        Trouble(bulletin=name, reason=reason, hint=hint, since=parse_instant(at))
        for name, reason, hint, at in view.connection.execute(_SQL["bulletins"])
        if reason
    )


class ToldLedger:
    """One bulletin's part of the ledger; every write is a transaction of its own."""

    def __init__(self, store: Store, bulletin: str, clock: Callable[[], Instant]) -> None:
        """Nothing is written before it is asked for."""
        self._store = store
        self._bulletin = bulletin
        self._clock = clock

    def open(self) -> None:
        """Begin to owe messages, from now on; a bulletin known already goes on where it was."""
        with self._store.transaction() as transaction:
            if transaction.connection.execute(_SQL["bulletin"], (self._bulletin,)).fetchone() is None:
                transaction.append(BulletinOpened(at=self._clock(), bulletin=self._bulletin))

    def owed(self) -> tuple[Owed, ...]:
        """Messages to be told, the one written first before the others."""
        with self._store.view() as view:
            rows = view.connection.execute(_SQL["owed"], (self._bulletin,)).fetchall()
        return tuple(
            Owed(
                run=RunId(run),
                revision=revision,
                story=msgspec.json.decode(story, type=Story),
                told=_told(told, handle, sending_at),
            )
            for run, revision, story, told, handle, sending_at in rows
        )

    def told(self, run: RunId, part: str) -> Told:
        """How far a reply is told; an empty part is the message itself."""
        with self._store.view() as view:
            row = view.connection.execute(_SQL["told"], (run, self._bulletin, part)).fetchone()
        return _told(*row) if row else Told()

    def sending(self, run: RunId, part: str) -> None:
        """Note that a post begins, before it does."""
        self._append_about(run, MessageSending(at=self._clock(), bulletin=self._bulletin, run=run, part=part))

    def sent(self, run: RunId, part: str, revision: int, handle: str) -> None:
        """Note that it stands there."""
        self._append_about(
            run,
            MessageSent(
                at=self._clock(),
                bulletin=self._bulletin,
                run=run,
                part=part,
                revision=revision,
                handle=handle,
            ),
        )

    def trouble(self) -> Trouble | None:
        """What goes wrong there, as noted."""
        with self._store.view() as view:
            return next((each for each in troubles(view) if each.bulletin == self._bulletin), None)

    def troubled(self, reason: str, hint: str) -> None:
        """Note that posting goes wrong there."""
        self._append(BulletinTroubled(at=self._clock(), bulletin=self._bulletin, reason=reason, hint=hint))

    def mended(self) -> None:
        """Note that posting works there again."""
        self._append(BulletinMended(at=self._clock(), bulletin=self._bulletin))

    def _append(self, fact: Fact) -> None:
        with self._store.transaction() as transaction:
            transaction.append(fact)

    def _append_about(self, run: RunId, fact: Fact) -> None:
        """Unless retention let go of the run meanwhile: nothing of it comes back."""
        with self._store.transaction() as transaction:
            if _is_kept(transaction, run):
                transaction.append(fact)


def _is_kept(transaction: Transaction, run: RunId) -> bool:
    return transaction.connection.execute(_SQL["message"], (run,)).fetchone() is not None


def _told(revision: int | None, handle: str | None, sending_at: str | None) -> Told:
    return Told(
        revision=revision or 0,
        handle=handle or "",
        sending_at=parse_instant(sending_at) if sending_at else None,
    )
