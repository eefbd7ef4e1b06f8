"""Decides runs: at most one for all that is new, pinned to the newest documents, in the documents' order.

Whoever rings waits a moment for others, then takes a lease by a conditional write. Inside the lease the
documents' heads are read and a run is begun pinned to them, so the order of runs is the order of heads,
whatever the order, repetition or loss of the bells. Who comes while somebody else holds the lease leaves a
mark on it and goes; the holder gives the lease back only while there is no such mark, else it looks again.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Final

import msgspec

from laststop.catalog.ports.documents import Documents
from laststop.errors import ConflictError, InvariantError, TransientError
from laststop.functions.history import History, Past
from laststop.functions.ports import Waiting
from laststop.functions.start_ports import Causes, Refusals, Starter, StartMark, StartMarks
from laststop.site.live import Live
from laststop.site.releases import Releases
from laststop.words.digests import digest_of
from laststop.words.ids import RunId
from laststop.words.instants import Instant

COALESCE_SECONDS: Final = 3.0
LEASE_SECONDS: Final = 60.0
MARGIN_SECONDS: Final = 30.0
"""Before the lease ends nothing is begun any more; the call that begins a run is bounded by less."""
WRITES_MAX: Final = 20
NEWEST_RUNS: Final = 5
NAMED_MAX: Final = 5
"""Documents that a cause names."""


class Ring(msgspec.Struct, frozen=True, kw_only=True):
    """A bell; by default it asks for a look whether there are new documents, which then are the run's cause.

    `again`: a run is wanted even with the documents of the last one, if the site lacks them.
    `about` is a run that ended, `anyway` a person's wish that only a hold refuses.
    """

    cause: str
    again: bool = False
    about: RunId | None = None
    anyway: bool = False


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a bell; `run` only when one was begun."""

    why: str
    run: RunId | None = None


class Starting(msgspec.Struct, frozen=True, kw_only=True):
    """The ports a decision works through; `objects` are the document objects a run is pinned to.

    `caller` is a name nobody else has, for the lease.
    """

    marks: StartMarks
    starter: Starter
    causes: Causes
    refusals: Refusals
    documents: Documents
    releases: Releases
    history: History
    objects: tuple[str, ...]
    clock: Callable[[], Instant]
    caller: str


def start(
    ring: Ring, *, ports: Starting, waiting: Waiting, coalesce_seconds: float = COALESCE_SECONDS
) -> Started:
    """Look whether a run is wanted, and begin it.

    Limit: who is killed inside the lease keeps others waiting until it ends; what rang meanwhile is answered
    by the next bell, at the latest by the sweep.
    Raises: TransientError when others keep writing the mark, ControlError as CodePipeline says.
    """
    waiting.wait(coalesce_seconds)
    mark = _take(ring, ports)
    if mark is None:
        return Started(why="somebody else is deciding, and will look again")
    wish = ring
    while True:
        mark, decided = _decide(wish, mark, ports)
        left = _give_back(mark, ports)
        if left is None:
            return decided
        wish, mark = Ring(cause="a bell rang meanwhile"), left


def _take(ring: Ring, ports: Starting) -> StartMark | None:
    """The mark with the lease taken, or None after leaving a mark on somebody else's."""
    for _ in range(WRITES_MAX):
        before = ports.marks.get()
        now = ports.clock()
        theirs = before.lease_until is not None and before.lease_until > now and before.holder != ports.caller
        if theirs:
            asked = ring.again or ring.anyway
            if before.dirty and (before.again or not asked):
                return None
            after = _next(before, dirty=True, again=before.again or asked)
        else:
            until = now + timedelta(seconds=LEASE_SECONDS)
            after = _next(before, holder=ports.caller, lease_until=until, dirty=False)
        try:
            ports.marks.put(after, expected=before)
        except ConflictError:
            continue
        return None if theirs else after
    raise TransientError("others kept writing the mark of the newest run", hint="it is tried again by itself")


def _give_back(mark: StartMark, ports: Starting) -> StartMark | None:
    """Let go of the lease; if somebody rang, keep it and give the mark as it is to be looked at again."""
    if not mark.dirty:
        free = _next(mark, holder="", lease_until=None, again=False)
        try:
            ports.marks.put(free, expected=mark)
        except ConflictError:
            pass  # somebody rang, or the lease had ended
        else:
            return None
    for _ in range(WRITES_MAX):
        left = ports.marks.get()
        if left.holder != ports.caller:
            return None  # the lease had ended, and somebody else looks
        until = ports.clock() + timedelta(seconds=LEASE_SECONDS)
        held = _next(left, dirty=False, lease_until=until)
        try:
            ports.marks.put(held, expected=left)
        except ConflictError:
            continue
        return held
    raise TransientError("others kept writing the mark of the newest run", hint="it is tried again by itself")


def _decide(wish: Ring, mark: StartMark, ports: Starting) -> tuple[StartMark, Started]:
    """Begin a run if one is wanted; gives the mark as it is after that."""
    live = ports.releases.live()
    if live is not None and live.hold is not None:
        return mark, Started(why=f"held: {live.hold.reason}")
    heads = heads_of(ports.documents, ports.objects)
    fresh = wish.about is not None and wish.about != mark.answered and ports.refusals.wants_fresh(wish.about)
    again = wish.again or mark.again
    shown = live is not None and shows(live, heads.values())  # a run that others began may have brought them
    if heads != mark.heads and not shown:
        attempt = 1
    elif wish.anyway or ((fresh or again) and _is_owed(heads, live, ports, fresh=fresh)):
        attempt = mark.attempt + 1
    else:
        return mark, Started(why="the site or the newest run has the newest documents")
    _check_lease(mark, ports.clock())
    cause = wish.cause if wish.again or wish.anyway else _because(heads, mark) or wish.cause
    run = ports.starter.start(heads, token_of(heads, attempt))
    ports.causes.note(run, cause)
    after = _next(
        mark,
        heads=heads,
        attempt=attempt,
        run=run,
        answered=wish.about if fresh else mark.answered,
        again=False,
    )
    return _noted(after, mark, ports), Started(why=cause, run=run)


def _because(heads: Mapping[str, str], mark: StartMark) -> str:
    """Which documents are newer than those of the newest run; empty when none is."""
    news = [name for name, version in sorted(heads.items()) if mark.heads.get(name) != version]
    if not news:
        return ""
    rest = len(news) - NAMED_MAX
    return f"new documents: {', '.join(news[:NAMED_MAX])}{f' and {rest} more' if rest > 0 else ''}"


def heads_of(documents: Documents, objects: Iterable[str]) -> dict[str, str]:
    """The newest version of every document object.

    Raises: InvariantError when one was never written: the base step of the infrastructure writes it.
    """
    heads = {}
    for name in objects:
        head = documents.head(name)
        if head is None:
            raise InvariantError(f"the first document of {name} was never written")
        heads[name] = head.version_id
    return heads


def token_of(heads: Mapping[str, str], attempt: int) -> str:
    """CodePipeline's request token: a repeat of the very same wish gives the very same run.

    Source: `ClientRequestToken` in botocore's CodePipeline model (1.43): up to 128 letters, digits, dashes.
    """
    named = "\n".join(f"{name}\t{version}" for name, version in sorted(heads.items()))
    return digest_of(f"{named}\n{attempt}".encode())


def _noted(after: StartMark, before: StartMark, ports: Starting) -> StartMark:
    """Write the decision; whoever left a mark on the lease meanwhile keeps it."""
    while True:
        try:
            ports.marks.put(after, expected=before)
        except ConflictError:
            left = ports.marks.get()
            if left.holder != ports.caller:
                raise
            before = left
            after = msgspec.structs.replace(
                after, revision=left.revision + 1, dirty=left.dirty, again=left.again
            )
        else:
            return after


def _is_owed(heads: Mapping[str, str], live: Live | None, ports: Starting, *, fresh: bool) -> bool:
    """Whether the documents of the newest run are to be tried again.

    Not while a run is under way, and not after one that failed: that waits for a person or something new.
    """
    runs = ports.history.newest(NEWEST_RUNS)
    if any(run.in_flight for run in runs):
        return False
    if fresh:
        return True
    if runs and runs[0].status == "Failed":
        return False
    return live is None or not shows(live, heads.values())


def shows(live: Live, versions: Iterable[str]) -> bool:
    """Whether the live release was built from all these versions of documents."""
    built_from = {revision.id for revision in live.bill.revisions}
    return built_from.issuperset(versions)


def waiting_with(runs: Iterable[Past], heads: Mapping[str, str]) -> Past | None:
    """The run under way that holds these documents, if one does."""
    wanted = set(heads.values())
    return next((run for run in runs if run.in_flight and wanted <= set(run.sources.values())), None)


def _check_lease(mark: StartMark, now: Instant) -> None:
    """Raises: TransientError when so little of the lease is left that another could decide beside us."""
    if mark.lease_until is None or now + timedelta(seconds=MARGIN_SECONDS) > mark.lease_until:
        raise TransientError("deciding took too long; it is tried again by itself")


def _next(mark: StartMark, **changes: object) -> StartMark:
    """The mark with changes, one revision on."""
    return msgspec.structs.replace(mark, revision=mark.revision + 1, **changes)
