"""The sweep where no process is at home: the same functions that work by events, over everything."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from laststop.catalog.change import Change, Image, image_of_row
from laststop.functions.history import History
from laststop.functions.publish import Policy, Shelf, refresh
from laststop.functions.start import Ring, Started
from laststop.functions.sweep import every_algorithm, healed, newest
from laststop.functions.verdict_ports import Verdicts
from laststop.words.ids import RunId
from laststop.words.instants import Instant

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
    verdicts: Verdicts
    history: History
    clock: Callable[[], Instant]
    look: Callable[[], None]
    settle: Callable[[], int]
    tell: Callable[[RunId], None]
    start: Callable[[Ring], Started]


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep looked at, healed and asked for; `noted` counts changes whose records were lost."""

    algorithms: int
    healed: tuple[str, ...] = ()
    noted: int = 0
    settled: int = 0
    run: RunId | None = None
    why: str = ""


def sweep(round_: Round) -> Sweep:
    """Compare catalog, documents and live site; heal what drifted, and say what that was.

    Raises: TransientError when a store is throttled; what was healed stays so, and the next sweep goes on.
    """
    before = newest(round_.shelf.documents, round_.policy)
    count = noted = 0
    for names in every_algorithm(round_.shelf.versions, round_.shelf.documents, round_.policy):
        generations = refresh(names, shelf=round_.shelf, policy=round_.policy)
        noted += _note_lost(names, generations, round_)
        count += len(names)
    found = healed(before, newest(round_.shelf.documents, round_.policy))
    started = round_.start(Ring(cause=BECAUSE, again=True))
    round_.look()
    settled = round_.settle()
    for past in round_.history.newest(RUNS_TOLD):
        round_.tell(past.id)
    return Sweep(
        algorithms=count, healed=found, noted=noted, settled=settled, run=started.run, why=started.why
    )


def _note_lost(names: Iterable[str], generations: Mapping[str, int], round_: Round) -> int:
    """Note changes into a release phase whose record never came, so that they get their verdict; how many.

    They have no place in the stream, which is told by the sequence number 0: noted again, they are the same.
    """
    policy, noted = round_.policy, 0
    for name in names:
        known = round_.verdicts.known(name)
        lost: dict[str, list[Change]] = {}
        for row in round_.shelf.versions.of(name).versions:
            object_ = policy.object_of(row.type)
            if object_ is None or row.version in known or not policy.phases.releases(row.phase):
                continue
            change = Change(
                sequence_number=0,
                event="MODIFY",
                algorithm=name,
                version=row.version,
                old=Image(type=row.type),
                new=image_of_row(row),
                at=round_.clock(),
            )
            lost.setdefault(object_, []).append(change)
        for object_, changes in lost.items():
            round_.shelf.publications.published(object_, generations[object_], changes)
            noted += len(changes)
    return noted
