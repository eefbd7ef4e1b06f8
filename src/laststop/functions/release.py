"""Holds the site at a kept release, and lets it go on: each step is harmless to repeat.

Hold: note the hold, close the way into the stage behind the sources, switch to the kept release, purge
and prove. Nothing passes in between: the switch of every run looks at the hold right before it, and the
pointer is written on condition; a run that was past the closed way ends as held. Lift: the newest state
goes out once, by the run that waits, by the kept release that was left, or by a new run, which first
takes the place of what waits with less.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal

import msgspec

from laststop.catalog.ports.documents import Documents
from laststop.errors import ConflictError, UsageError
from laststop.functions.history import History, Past, found
from laststop.functions.ports import Waiting
from laststop.functions.start import NEWEST_RUNS, Ring, Started, heads_of, waiting_with
from laststop.functions.verify_live import Proof
from laststop.functions.way_back import PREVIOUS, find_release, hold, lift, roll_back, show_at_once
from laststop.pipeline.control import Control
from laststop.site.edge import Edge
from laststop.site.live import Live, Release, switched
from laststop.site.releases import Releases
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant

REASON_CHARACTERS_MAX: Final = 300
"""Of a closed transition. Source: `DisabledReason` in botocore's CodePipeline model (1.43)."""
PROOF_SECONDS: Final = 120.0
FRONT_SECONDS: Final = 60.0
"""So long a lift waits for its run to pass the sources and take the place of an older one."""
FRONT_PAUSE_SECONDS: Final = 1.0


class Wish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person asks for: `rollback` to a release (or `previous`), `hold` where it is, or `lift`.

    `again` confirms a lift that would only show what was rolled back from.
    """

    action: Literal["rollback", "hold", "lift"]
    release: str = ""
    reason: str = ""
    by: str = ""
    again: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was done; `seen` is whether every edge was seen to show it, `why` what it waits for if not."""

    release: ReleaseId
    held: bool
    seen: bool = False
    why: str = ""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The ports that holding and lifting work through; `front` is the stage behind the sources.

    `supersedes` is whether of the runs that wait before it only the newest is left.
    """

    proof: Proof
    edge: Edge
    documents: Documents
    history: History
    control: Control
    start: Callable[[Ring], Started]
    pipeline: str
    front: str
    supersedes: bool
    objects: tuple[str, ...]
    clock: Callable[[], Instant]


def release(event: Mapping[str, Any], *, keys: Keys, waiting: Waiting) -> Outcome:
    """Do what a person asks of the site.

    Raises: UsageError for a wish that cannot be read, NotFoundError for a release that is not kept,
        ConflictError when nothing is live yet or a lift needs `again`; TransientError: repeat it.
    """
    try:
        wish = msgspec.convert(event, Wish)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"this wish cannot be read: {error}", hint='{"action": "lift"}, for instance'
        ) from error
    if wish.action == "lift":
        return _lift(wish, keys, waiting)
    if wish.action == "rollback" and not wish.release:
        raise UsageError("which release?", place="release", hint="an id, the beginning of one, or previous")
    return _hold(wish, keys, waiting)


def _hold(wish: Wish, keys: Keys, waiting: Waiting) -> Outcome:
    releases = keys.proof.releases
    target = _target(releases, wish.release) if wish.action == "rollback" else None
    reason = wish.reason or (f"rolled back to {target}" if target else "held")
    live = hold(releases, reason=reason, by=wish.by, clock=keys.clock)
    keys.control.call(
        "DisableStageTransition",
        {
            "pipelineName": keys.pipeline,
            "stageName": keys.front,
            "transitionType": "Inbound",
            "reason": reason[:REASON_CHARACTERS_MAX],
        },
    )
    if target is not None:
        live = roll_back(releases, target, reason=reason, by=wish.by, clock=keys.clock)
    return _shown(live, keys, waiting)


def _target(releases: Releases, named: str) -> ReleaseId:
    """The release a person names.

    Where one went back already, `previous` is where one went: asked twice, by a person or by a client that
    got no answer, it must not go forward again.
    """
    live = releases.live()
    went_back = live is not None and live.hold is not None and live.run != live.high_water.run
    if live is not None and named == PREVIOUS and went_back:
        return live.release
    return find_release(releases, named).id


def _lift(wish: Wish, keys: Keys, waiting: Waiting) -> Outcome:
    releases = keys.proof.releases
    live = releases.live()
    if live is None:
        raise ConflictError("nothing is live yet, so nothing is held")
    newest = keys.history.newest(NEWEST_RUNS)
    waits = waiting_with(newest, heads_of(keys.documents, keys.objects))
    left = _left_behind(live, keys) if waits is None else None
    if left is not None and live.hold is not None and not wish.again:
        raise ConflictError(
            f"nothing newer is known than {left.id}, which was rolled back from",
            hint='ship the mend first, or say "again": true to show it again',
        )
    if left is not None and wish.again:
        pointer = switched(live, left, high_water=live.high_water, at=keys.clock())
        releases.switch(pointer, expected_epoch=live.epoch)
        live = pointer
    else:
        lift(releases)
    if left is not None and wish.again:
        _open(keys)
        return _shown(live, keys, waiting)
    if waits is not None:
        _open(keys)
        return Outcome(release=live.release, held=False, why=f"run {waits.id} waits and goes on")
    try:
        started = keys.start(Ring(cause="the hold was lifted", again=True))
        if started.run is not None and keys.supersedes:
            _let_pass(newest, keys, waiting)
    finally:
        _open(keys)
    return Outcome(
        release=live.release, held=False, why=f"run {started.run} begins" if started.run else started.why
    )


def _open(keys: Keys) -> None:
    keys.control.call(
        "EnableStageTransition",
        {"pipelineName": keys.pipeline, "stageName": keys.front, "transitionType": "Inbound"},
    )


def _let_pass(before: Iterable[Past], keys: Keys, waiting: Waiting) -> None:
    """Wait until none of these runs waits behind its sources: a newer one takes their place, so one is built.

    Limit: after `FRONT_SECONDS` they go on, and two builds ship what one would.
    """
    until = waiting.elapsed_seconds() + FRONT_SECONDS
    older = [past.id for past in before if past.in_flight]
    while any(_waits_in_front(run, keys.history) for run in older):
        if waiting.elapsed_seconds() >= until or not waiting.wait(FRONT_PAUSE_SECONDS):
            return


def _waits_in_front(run: RunId, history: History) -> bool:
    detail = found(history, run)
    return detail is not None and detail.past.in_flight and detail.stages <= 1


def _left_behind(live: Live, keys: Keys) -> Release | None:
    """The kept release that a way back left, if no document is newer than what it shows."""
    mark = live.high_water
    if mark.run == live.run:
        return None
    for each in keys.objects:
        head = keys.documents.head(each)
        newest = max(
            (n for at, n in mark.generations.items() if head and at.endswith(f"/{head.key}")), default=-1
        )
        if head is not None and head.generation > newest:
            return None
    return next((kept for kept in keys.proof.releases.kept() if kept.run == mark.run), None)


def _shown(live: Live, keys: Keys, waiting: Waiting) -> Outcome:
    """Purge and prove, since no run will."""
    seen, why = show_at_once(
        live,
        proof=keys.proof,
        edge=keys.edge,
        ledger=keys.proof.ledger,
        waiting=waiting,
        within_seconds=min(PROOF_SECONDS, keys.proof.within_seconds),
    )
    if not seen:
        keys.proof.ledger.unseen(live.release, why)  # what was given up on is looked at again later
    return Outcome(release=live.release, held=live.hold is not None, seen=seen, why=why)
