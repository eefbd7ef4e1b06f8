"""The sweep where no process is at home: the same functions that work by events, over everything."""

from collections.abc import Callable
from typing import Final

import msgspec

from laststop.functions.history import History
from laststop.functions.publish import Policy, Shelf, refresh
from laststop.functions.start import Ring, Started
from laststop.functions.sweep import every_algorithm, healed, newest
from laststop.words.ids import RunId

BECAUSE: Final = "the sweep found what was missed"
RUNS_TOLD: Final = 5
"""The newest runs whose messages are looked at again: older ones had their sweep."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep works through: the shelf of publishing, and what else is done by events otherwise.

    `look` proves what is deployed and not yet seen, `settle` judges, `tell` brings a message up to date,
    `start` begins a run if the site lacks what its documents have; each is harmless to repeat.
    """

    shelf: Shelf
    policy: Policy
    history: History
    look: Callable[[], None]
    settle: Callable[[], int]
    tell: Callable[[RunId], None]
    start: Callable[[Ring], Started]


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep looked at, healed and asked for."""

    algorithms: int
    healed: tuple[str, ...] = ()
    settled: int = 0
    run: RunId | None = None
    why: str = ""


def sweep(round_: Round) -> Sweep:
    """Compare catalog, documents and live site; heal what drifted, and say what that was.

    Raises: TransientError when a store is throttled; what was healed stays so, and the next sweep goes on.
    """
    before = newest(round_.shelf.documents, round_.policy)
    count = 0
    for names in every_algorithm(round_.shelf.versions, round_.shelf.documents, round_.policy):
        refresh(names, shelf=round_.shelf, policy=round_.policy)
        count += len(names)
    found = healed(before, newest(round_.shelf.documents, round_.policy))
    started = round_.start(Ring(cause=BECAUSE, again=True))
    round_.look()
    settled = round_.settle()
    for past in round_.history.newest(RUNS_TOLD):
        round_.tell(past.id)
    return Sweep(algorithms=count, healed=found, settled=settled, run=started.run, why=started.why)
