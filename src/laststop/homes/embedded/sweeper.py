"""The sweep: catalog, documents and live site compared, healed, and reported."""

from collections.abc import Callable

import msgspec

from laststop.catalog.document import Document
from laststop.catalog.record import encode_record
from laststop.engine.apply import apply
from laststop.functions.publish import Policy, publish, refresh
from laststop.functions.sweep import every_algorithm, healed, newest
from laststop.homes.embedded.documents import StoredDocuments
from laststop.homes.embedded.gate import StoredGate
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.readers import REGION, STREAM_ARN, PublishReader, shelf_of
from laststop.homes.embedded.runs import newest_runs
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.homes.embedded.versions import StoredVersions, change_of
from laststop.pipeline.inputs import Want
from laststop.words.facts_notices import SweepEnded
from laststop.words.instants import Instant

_SQL = load("care.sql")
BECAUSE = "the sweep found what was missed"
UNPUBLISHED_BATCH = 1000
SHOWN = 3
"""Sentences that a run's cause repeats; its message lists every change."""


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep looked at and healed; `held` when the site is held and nothing was asked for."""

    algorithms: int
    healed: tuple[str, ...] = ()
    run_wanted: bool = False
    held: str = ""


class Sweeper:
    """Heals by the same functions that work by events; run as often as you like.

    Concurrency: any process; each page of algorithms is a transaction of its own.
    """

    def __init__(
        self,
        *,
        store: Store,
        policy: Policy,
        locations: dict[str, str],
        pipeline: str,
        clock: Callable[[], Instant],
    ) -> None:
        """`pipeline` is the one that is asked for a run where the site is behind."""
        self._store = store
        self._policy = policy
        self._locations = locations
        self._pipeline = pipeline
        self._clock = clock

    def once(self) -> Swept:
        """One sweep over everything."""
        before = self._documents()
        republished = self._republish()
        count = 0
        with self._store.view() as view:
            versions = StoredVersions(view, self._clock)
            pages = list(every_algorithm(versions, self._reading(view), self._policy))
        for names in pages:
            with self._store.transaction() as transaction:
                shelf = shelf_of(transaction, self._locations, self._clock, because=BECAUSE)
                refresh(names, shelf=shelf, policy=self._policy)
            count += len(names)
        found = healed(before, self._documents())
        if republished:
            found = (f"{republished} changes had not been published", *found)
        wanted, held = self._ask_for_a_run(found)
        if found or wanted:
            with self._store.transaction() as transaction:
                transaction.append(SweepEnded(at=self._clock(), algorithms=count, healed=found))
        return Swept(algorithms=count, healed=found, run_wanted=wanted, held=held)

    def _documents(self) -> dict[str, Document]:
        with self._store.view() as view:
            return newest(self._reading(view), self._policy)

    def _reading(self, view: View) -> StoredDocuments:
        return StoredDocuments(view, self._locations, self._clock)

    def _republish(self) -> int:
        """Publish changes into a release phase that publishing passed without a trace; gives how many."""
        phases = msgspec.json.encode(sorted(self._policy.phases.release)).decode()
        done = 0
        while True:
            with self._store.transaction() as transaction:
                rows = transaction.connection.execute(
                    _SQL["unpublished"], (transaction.cursor(PublishReader.NAME), phases, UNPUBLISHED_BATCH)
                ).fetchall()
                facts = [fact for (seq,) in rows if (fact := transaction.one(seq)) is not None]
                if not facts:
                    return done
                columns = self._policy.columns
                records = [
                    encode_record(change_of(one), arn=STREAM_ARN, region=REGION, columns=columns)
                    for one in facts
                ]
                shelf = shelf_of(transaction, self._locations, self._clock, because=BECAUSE)
                publish(msgspec.json.encode({"Records": records}), shelf=shelf, policy=self._policy)
            done += len(facts)

    def _ask_for_a_run(self, found: tuple[str, ...]) -> tuple[bool, str]:
        """Want a run where the site lacks what its sources have and nothing is under way; not while held.

        A failed run with the very same heads waits for a person or for something new.
        """
        gate = StoredGate(self._store)
        with self._store.transaction() as transaction:
            live = live_of(transaction)
            if live is not None and live.hold is not None:
                return False, live.hold.reason
            state = transaction.state(self._pipeline)
            if state.declaration is None or state.wanted or any(r.live for r in newest_runs(transaction, 5)):
                return False, ""
            sources = [(a.name, a.action_type_id.text, a.configuration) for a in state.declaration.sources()]
            heads = gate.heads(sources)
            if live is not None and live.bill.digest == heads.digest:
                return False, ""
            last = newest_runs(transaction, 1)
            if last and last[0].status == "Failed" and (last[0].bill or heads).digest == heads.digest:
                return False, ""
            more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            cause = f"{BECAUSE}: {'; '.join(found[:SHOWN]) or 'the site lacks what its sources have'}{more}"
            applied = apply(transaction, state, Want(cause=cause, anyway=True), self._clock())
            transaction.save_state(applied.state)
        return True, ""
