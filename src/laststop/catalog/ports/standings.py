"""The ledger's memory of which versions were released and retired."""

from collections.abc import Iterable
from typing import Protocol

from laststop.catalog.standing import Standing


class Standings(Protocol):
    """Evidence that only grows.

    Raises: any method may raise TransientError and DeniedError.
    """

    def of(self, algorithm: str) -> tuple[Standing, ...]:
        """What is known of an algorithm's versions, at most one standing each.

        Concurrency: sees every `note` that ended before the call.
        """

    def note(self, standings: Iterable[Standing]) -> None:
        """Add evidence: afterwards each stored standing is the `merge` of what was there and what is given.

        Repeating it, or doing it in another order, ends in the same. Not atomic between versions: a kill
        leaves some noted, and the records are delivered again.
        """
