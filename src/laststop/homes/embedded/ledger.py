"""The ledger of the site and of the verdicts, in the store."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from laststop.catalog.document_zip import unpack
from laststop.errors import NotFoundError
from laststop.homes.embedded.pointer import live_of, release_of
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.notices.judge import Holding, Proven, Published
from laststop.site.fence import Held, Overtaken, Unchanged
from laststop.site.live import Release
from laststop.site.versions import Versions
from laststop.words.bill import Bill
from laststop.words.facts_site import EdgePurged, ReleaseRefused, ReleaseSeen, ReleaseUnseen
from laststop.words.failure import Failure
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant
from laststop.words.verdicts import VerdictKind

_SITE = load("site.sql")
_NOTICES = load("notices.sql")
_CATALOG = load("catalog.sql")


class StoredSiteLedger:
    """The `SiteLedger` port over the store."""

    def __init__(self, store: Store, clock: Callable[[], Instant]) -> None:
        """Each call is a transaction of its own."""
        self._store = store
        self._clock = clock

    def refused(self, run: RunId, judgement: Overtaken | Unchanged | Held) -> None:
        """Note why the site did not move."""
        fresh = isinstance(judgement, Overtaken) and judgement.fresh_run_wanted
        outcome, reason = _refusal(judgement)
        fact = ReleaseRefused(
            at=self._clock(), run=run, outcome=outcome, reason=reason, fresh_run_wanted=fresh
        )
        with self._store.transaction() as transaction:
            transaction.append(fact)

    def unpurged(self) -> tuple[ReleaseId, ...]:
        """The release last purged and every one switched to since."""
        with self._store.view() as view:
            return _since(view, "last_purged")

    def unproven(self) -> tuple[ReleaseId, ...]:
        """The release last proven and every one switched to since; before any proof, all that ever were."""
        with self._store.view() as view:
            return _since(view, "last_seen") or _ever_switched(view)

    def purged(self, release: ReleaseId, paths: tuple[str, ...], reference: str, edges: int) -> None:
        """Note a purge that every edge confirmed."""
        with self._store.transaction() as transaction:
            transaction.append(
                EdgePurged(at=self._clock(), release=release, paths=paths, reference=reference, edges=edges)
            )

    def seen(self, release: ReleaseId, edges: tuple[str, ...], pages: int) -> None:
        """Note the proof, unless it is there already."""
        with self._store.transaction() as transaction:
            if not owes_proof(transaction, release):
                return
            run = release_of(transaction, release).run
            transaction.append(
                ReleaseSeen(at=self._clock(), release=release, run=run, edges=edges, pages=pages)
            )

    def unseen(self, release: ReleaseId, reason: str) -> None:
        """Note that the bound is over."""
        with self._store.transaction() as transaction:
            run = release_of(transaction, release).run
            transaction.append(ReleaseUnseen(at=self._clock(), release=release, run=run, reason=reason))


def _refusal(
    judgement: Overtaken | Unchanged | Held,
) -> tuple[Literal["overtaken", "unchanged", "held"], str]:
    match judgement:
        case Overtaken():
            return "overtaken", judgement.reason
        case Unchanged(run=carrier):
            return "unchanged", f"already carried by run {carrier}"
        case Held(reason=reason):
            return "held", reason


def _since(view: View, last: str) -> tuple[ReleaseId, ...]:
    """A release and what was switched to since; a way back may be among them, and be the release itself."""
    row = view.connection.execute(_SITE[last]).fetchone()
    if row is None or row[0] is None:
        return ()
    release, epoch = row
    newer = [found[0] for found in view.connection.execute(_SITE["switched_since"], (epoch,))]
    return tuple(ReleaseId(each) for each in dict.fromkeys((*newer, release)))


def owes_proof(view: View, release: ReleaseId) -> bool:
    """Whether a release is live and was not seen since it was switched to."""
    return view.connection.execute(_SITE["owes_proof"], (release,)).fetchone() is not None


def _ever_switched(view: View) -> tuple[ReleaseId, ...]:
    """Everything an edge may still show of a site that was never proven."""
    return tuple(ReleaseId(found[0]) for found in view.connection.execute(_SITE["switched_since"], (0,)))


class StoredBillVersions:
    """The `BillVersions` port over the store."""

    def __init__(self, store: Store) -> None:
        """Reads only."""
        self._store = store

    def active(self, bill: Bill) -> Versions:
        """Type -> algorithm -> version, as the bill's documents name them."""
        with self._store.view() as view:
            return active_versions(view, bill)


def active_versions(view: View, bill: Bill) -> Versions:
    """What the documents of a bill name active.

    Raises: NotFoundError when a document of the bill is no longer kept.
    """
    shown: Versions = {}
    for revision in bill.revisions:
        if revision.generation is None:
            continue
        row = view.connection.execute(_CATALOG["content"], (revision.id,)).fetchone()
        if row is None:
            raise NotFoundError(f"generation {revision.generation} of {revision.location} is no longer kept")
        document = unpack(revision.location, row[0])
        for type_, entries in document.types.items():
            shown[type_] = {name: entry.version for name, entry in entries.items()}
    return shown


class OpenChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change without a final verdict."""

    seq: int
    change: Published
    kind: VerdictKind
    run: RunId | None


def open_changes(view: View) -> list[OpenChange]:
    """Changes without a final verdict, the oldest first."""
    return [_open(row) for row in view.connection.execute(_NOTICES["open"])]


def _open(row: tuple[Any, ...]) -> OpenChange:
    seq, algorithm, version, type_, object_, generation, kind, run = row
    return OpenChange(
        seq=seq,
        change=Published(
            algorithm=algorithm, version=version, type=type_, object=object_, generation=generation
        ),
        kind=VerdictKind(kind),
        run=RunId(run) if run else None,
    )


def proven_release(view: View, locations: dict[str, str]) -> Proven | None:
    """What the newest proven release shows; `locations` leads from object to location."""
    row = view.connection.execute(_SITE["live"]).fetchone()
    if row is None or row[8] is None:
        return None
    release: Release = release_of(view, ReleaseId(row[8]))
    generations = release.bill.generations
    return Proven(
        release=release.id,
        run=release.run,
        generations={o: generations[at] for o, at in locations.items() if at in generations},
        active={
            name: version
            for algorithms in active_versions(view, release.bill).values()
            for name, version in algorithms.items()
        },
    )


def holding_run(view: View, location: str, generation: int) -> Holding | None:
    """The newest run whose bill holds a generation of a document."""
    row = view.connection.execute(_NOTICES["holding"], (location, generation)).fetchone()
    if row is None:
        return None
    run, status, stage, _ = row
    failure = failure_text(view, RunId(run)) if status == "Failed" else ""
    return Holding(run=RunId(run), status=status, waits=_waits(view, run, status, stage), failure=failure)


def failure_text(view: View, run: RunId) -> str:
    """`Build / build: npm run build: exit status 1`, of the newest failed attempt."""
    row = view.connection.execute(_NOTICES["failure"], (run,)).fetchone()
    if row is None or row[2] is None:
        return f"run {run} failed"
    failure = msgspec.json.decode(row[2], type=Failure)
    return f"run {run} failed at {row[0]} / {row[1]}: {failure.message}"


def _waits(view: View, run: str, status: str, stage: str) -> str:
    if status in ("InProgress", "Stopping"):
        return f"run {run} is at {stage}"
    refused = view.connection.execute(_SITE["outcome"], (run,)).fetchone()
    if refused is not None:
        return f"run {run} changed nothing: {msgspec.json.decode(refused[0])['reason']}"
    live = live_of(view)
    row = view.connection.execute(_SITE["of_run"], (run,)).fetchone()
    if live is not None and row is not None and live.release == row[0]:
        return "deployed, not yet visible at every edge"
    return ""
