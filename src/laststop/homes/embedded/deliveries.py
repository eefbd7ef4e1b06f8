"""Webhooks that were acted on: remembered, so that a copy of one does nothing."""

from collections.abc import Callable
from typing import Final

from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.statements import load
from laststop.words.digests import digest_of
from laststop.words.instants import Instant, instant_text

_SQL = load("deliveries.sql")
KEPT: Final = 1000


class Deliveries:
    """What a webhook's sender calls its deliveries, and what they said.

    A signature covers the body and not the delivery's id, so both are looked for.
    Limit: the newest thousand are kept. A copy of an older one leads to one look at a repository, no more.
    """

    def __init__(self, store: Store, clock: Callable[[], Instant]) -> None:
        """Nothing is read before it is asked for."""
        self._store = store
        self._clock = clock

    def known(self, delivery: str, body: bytes) -> bool:
        """Whether it was acted on before."""
        with self._store.view() as view:
            row = view.connection.execute(_SQL["known"], (delivery, digest_of(body))).fetchone()
        return row is not None

    def remember(self, delivery: str, body: bytes) -> None:
        """It was acted on; said after the act, so that one cut short may be delivered again."""
        now = instant_text(self._clock())
        with self._store.transaction() as transaction:
            transaction.connection.execute(_SQL["remember"], (delivery, digest_of(body), now))
            transaction.connection.execute(_SQL["forget"], (KEPT,))
