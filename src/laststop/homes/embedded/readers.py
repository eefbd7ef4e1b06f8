"""Readers of the journal: each has a cursor, and moves it in the transaction of its effect."""

from collections.abc import Callable

import msgspec

from laststop.catalog.record import encode_record
from laststop.catalog.standing import counting
from laststop.errors import InvariantError
from laststop.functions.publish import Policy, Shelf, publish
from laststop.homes.embedded.documents import StoredDocuments, StoredPublications, StoredStandings
from laststop.homes.embedded.ledger import OpenChange, holding_run, open_changes, proven_release
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.store.journal import Store, Transaction, View
from laststop.homes.embedded.versions import StoredVersions, change_of
from laststop.notices.judge import Holding, Proven, covers, judge
from laststop.words import facts_catalog, facts_pipeline, facts_site
from laststop.words.fact import Fact
from laststop.words.facts_notices import VerdictSettled
from laststop.words.ids import RunId
from laststop.words.instants import Instant
from laststop.words.verdicts import Verdict, VerdictKind

STREAM_ARN = "arn:aws:dynamodb:local:000000000000:table/catalog/stream/embedded"
REGION = "local"
BATCH = 1000


def shelf_of(
    transaction: Transaction, locations: dict[str, str], clock: Callable[[], Instant], *, because: str = ""
) -> Shelf:
    """The publishing ports bound to one transaction; `because` as in `StoredDocuments`."""
    return Shelf(
        versions=StoredVersions(transaction, clock),
        documents=StoredDocuments(transaction, locations, clock, because=because),
        standings=StoredStandings(transaction, clock),
        publications=StoredPublications(transaction, clock),
    )


class PublishReader:
    """Feeds the catalog's changes to `publish`, as the records a DynamoDB stream would carry."""

    NAME = "publish"

    def __init__(
        self, store: Store, policy: Policy, locations: dict[str, str], clock: Callable[[], Instant]
    ) -> None:
        """`locations` leads from document object to `bucket/key`."""
        self._store = store
        self._policy = policy
        self._locations = locations
        self._clock = clock

    def read(self) -> bool:
        """Deal with one batch; False when there was nothing new."""
        kinds = (_kind(facts_catalog.ChangeRecorded),)
        with self._store.view() as view:
            if not view.of_kinds(kinds, view.cursor(self.NAME), 1):
                return False
        with self._store.transaction() as transaction:
            facts = transaction.of_kinds(kinds, transaction.cursor(self.NAME), BATCH)
            if not facts:
                return False
            records = [
                encode_record(change_of(one), arn=STREAM_ARN, region=REGION, columns=self._policy.columns)
                for one in facts
            ]
            shelf = shelf_of(transaction, self._locations, self._clock)
            publish(msgspec.json.encode({"Records": records}), shelf=shelf, policy=self._policy)
            transaction.move_cursor(self.NAME, facts[-1].seq)
        return True


class JudgeReader:
    """Settles verdicts whenever something happened that may settle them."""

    NAME = "judge"
    _FACTS: tuple[type[Fact], ...] = (
        facts_catalog.ChangesPublished,
        facts_pipeline.BillClosed,
        facts_pipeline.RunFailed,
        facts_pipeline.RunStopped,
        facts_pipeline.RunCancelled,
        facts_pipeline.RunSucceeded,
        facts_pipeline.StageRetried,
        facts_site.ReleaseSeen,
    )

    def __init__(
        self, store: Store, policy: Policy, locations: dict[str, str], clock: Callable[[], Instant]
    ) -> None:
        """`locations` leads from document object to `bucket/key`."""
        self._store = store
        self._policy = policy
        self._locations = locations
        self._clock = clock
        self._kinds = frozenset(_kind(each) for each in self._FACTS)

    def read(self) -> bool:
        """Judge what is open, if anything happened since; False when nothing did."""
        with self._store.view() as view:
            cursor = view.cursor(self.NAME)
            facts = view.of_kinds(self._kinds, cursor, BATCH)
            if not facts:
                return False
        with self._store.transaction() as transaction:
            self._settle(transaction)
            transaction.move_cursor(self.NAME, facts[-1].seq)
        return True

    def _settle(self, transaction: Transaction) -> None:
        """Write every verdict that is another one than before, one fact for those that read alike."""
        judged: dict[tuple[VerdictKind, str, RunId | None], list[int]] = {}
        bench = Bench(transaction, self._policy, self._locations)
        for each in open_changes(transaction):
            verdict = bench.judge(each)
            if verdict.kind != each.kind or (verdict.kind is VerdictKind.FAILED and verdict.run != each.run):
                judged.setdefault((verdict.kind, verdict.reason, verdict.run), []).append(each.seq)
        for (kind, reason, run), changes in judged.items():
            transaction.append(
                VerdictSettled(at=self._clock(), verdict=kind, reason=reason, changes=tuple(changes), run=run)
            )


class Bench:
    """Everything the judge looks at, read once per sitting."""

    def __init__(self, view: View, policy: Policy, locations: dict[str, str]) -> None:
        """Reads only, through one consistent view."""
        self._view = view
        self._policy = policy
        self._locations = locations
        self._proven: Proven | None = proven_release(view, locations)
        live = live_of(view)
        self._waits = f"held: {live.hold.reason}" if live and live.hold else "waits for a run"
        self._holding: dict[tuple[str, int], Holding | None] = {}
        self._counts: dict[str, frozenset[str]] = {}

    def judge(self, each: OpenChange) -> Verdict:
        """The verdict on one change as things stand."""
        change = each.change
        settled = self._proven is not None and covers(self._proven, change)
        return judge(
            change,
            counts=settled and change.version in self._counting(change.algorithm),
            proven=self._proven,
            holding=self._held(change.object, change.generation),
            waits=self._waits,
            allow_prereleases=self._policy.allow_prereleases,
        )

    def _held(self, object_: str, generation: int) -> Holding | None:
        key = (object_, generation)
        if key not in self._holding:
            location = self._locations.get(object_)
            self._holding[key] = holding_run(self._view, location, generation) if location else None
        return self._holding[key]

    def _counting(self, algorithm: str) -> frozenset[str]:
        if algorithm not in self._counts:
            rows = StoredVersions(self._view, _no_clock).of(algorithm)
            known = StoredStandings(self._view, _no_clock).of(algorithm)
            self._counts[algorithm] = frozenset(
                row.version for row in counting(rows, known, self._policy.phases)
            )
        return self._counts[algorithm]


def _no_clock() -> Instant:
    raise InvariantError("the judge writes no catalog")


def _kind(fact: type[Fact]) -> str:
    return str(fact.__struct_config__.tag)
