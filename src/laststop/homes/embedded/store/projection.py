"""What each fact does to the tables: the only code that writes them, used by every append and by replay."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import msgspec

from laststop.catalog.document import Entry, empty, with_entries, with_types
from laststop.catalog.document_zip import pack, unpack
from laststop.homes.embedded.store.projection_notices import NOTICES, forget_messages
from laststop.homes.embedded.store.projection_pipeline import PIPELINE
from laststop.homes.embedded.store.projection_pipelines import PIPELINES
from laststop.homes.embedded.store.statements import load
from laststop.words import facts_catalog as c
from laststop.words import facts_site as s
from laststop.words.fact import Fact
from laststop.words.instants import Instant, instant_text

_SQL = load("projection.sql")


def project(connection: sqlite3.Connection, seq: int, fact: Fact) -> None:
    """Bring the tables to where they stand after a fact; facts without a table change none."""
    apply = _PROJECT.get(type(fact))
    if apply is not None:
        apply(connection.execute, seq, fact)


Execute = Callable[..., sqlite3.Cursor]


def digits(number: int) -> str:
    """A stream sequence number in a width at which text order is number order."""
    return f"{number:040d}"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _change(execute: Execute, seq: int, fact: c.ChangeRecorded) -> None:
    if fact.new is None:
        execute(_SQL["remove_version"], (fact.algorithm, fact.version))
        return
    kind, phase = str(fact.new.get("type", "")), str(fact.new.get("phase", ""))
    at = instant_text(fact.at)
    execute(_SQL["put_version"], (fact.algorithm, fact.version, kind, phase, _json(fact.new), at, seq))


def _standings(execute: Execute, _: int, fact: c.StandingsNoted) -> None:
    for mark in fact.marks:
        execute(
            _SQL["note_standing"],
            (mark.algorithm, mark.version, digits(mark.released), digits(mark.retired)),
        )


def _published(execute: Execute, _: int, fact: c.ChangesPublished) -> None:
    at = instant_text(fact.at)
    for change in fact.changes:
        execute(
            _SQL["add_verdict"],
            (
                change.seq,
                change.algorithm,
                change.version,
                change.type,
                fact.object,
                fact.generation,
                instant_text(change.recorded_at),
                at,
            ),
        )


def _set_aside(execute: Execute, _: int, fact: c.RecordSetAside) -> None:
    execute(
        _SQL["set_aside"], (digits(fact.sequence_number), fact.reason, fact.record, instant_text(fact.at))
    )


def _document(execute: Execute, seq: int, fact: c.DocumentReplaced) -> None:
    """The facts carry what changed; the content follows from the one before."""
    row = execute(_SQL["current_content"], (fact.object,)).fetchone()
    document = unpack(fact.object, row[0]) if row else empty(fact.object, fact.types)
    changes = {
        (entry.type, entry.algorithm): Entry(version=entry.version, attributes=entry.attributes)
        if entry.version is not None
        else None
        for entry in fact.entries
    }
    document = with_entries(with_types(document, fact.types), changes)
    content = pack(msgspec.structs.replace(document, generation=fact.generation))
    execute(
        _SQL["put_document_version"],
        (
            fact.version_id,
            fact.object,
            fact.location,
            fact.generation,
            fact.etag,
            fact.size_bytes,
            instant_text(fact.at),
            seq,
            content,
        ),
    )
    execute(_SQL["put_document"], (fact.object, fact.location, fact.generation, fact.version_id))


def _source(execute: Execute, _: int, fact: c.SourceMoved) -> None:
    execute(_SQL["move_source"], (fact.location, fact.revision, fact.summary, instant_text(fact.at)))


def _ref(execute: Execute, _: int, fact: c.RefPushed) -> None:
    execute(_SQL["move_source"], (fact.subject, fact.revision, "", instant_text(fact.at)))


def _stored(execute: Execute, _: int, fact: s.ReleaseStored) -> None:
    execute(
        _SQL["store_release"],
        (
            fact.release,
            fact.run,
            _json(fact.bill),
            fact.manifest,
            fact.files,
            fact.size_bytes,
            instant_text(fact.at),
        ),
    )


def _switched(execute: Execute, _: int, fact: s.ReleaseSwitched) -> None:
    at = instant_text(fact.at)
    hold = _hold(fact.at, fact.hold_reason, fact.hold_by) if fact.hold_reason else None
    execute(_SQL["switch_release"], (fact.epoch, fact.previous, at, fact.release))
    execute(
        _SQL["switch_live"],
        (fact.release, fact.run, _json(fact.bill), fact.epoch, _json(fact.mark), at, hold),
    )


def _marked(execute: Execute, _: int, fact: s.HighWaterRaised) -> None:
    execute(_SQL["mark_live"], (fact.epoch, _json(fact.mark)))


def _hold(at: Instant, reason: str, by: str) -> str:
    return _json({"reason": reason, "since": at, "by": by})


def _purged(execute: Execute, _: int, fact: s.EdgePurged) -> None:
    execute(_SQL["purged"], (instant_text(fact.at), fact.release))
    execute(_SQL["live_purged"], (fact.release,))


def _seen(execute: Execute, _: int, fact: s.ReleaseSeen) -> None:
    execute(_SQL["seen"], (instant_text(fact.at), fact.release))
    execute(_SQL["live_seen"], (fact.release,))


def _unseen(execute: Execute, _: int, fact: s.ReleaseUnseen) -> None:
    execute(_SQL["unseen"], (fact.reason, fact.release))


def _removed(execute: Execute, _: int, fact: s.ReleaseRemoved) -> None:
    execute(_SQL["release_removed"], (instant_text(fact.at), fact.release))


def _forgotten(execute: Execute, _: int, fact: s.Forgotten) -> None:
    runs, documents = json.dumps(fact.runs), json.dumps(fact.documents)
    forget_messages(execute, runs)
    for statement in ("forget_attempts", "forget_conditions", "forget_stages", "forget_runs"):
        execute(_SQL[statement], (runs,))
    execute(_SQL["forget_documents"], (documents,))


def _held(execute: Execute, _: int, fact: s.HoldSet) -> None:
    execute(_SQL["hold"], (fact.epoch, _hold(fact.at, fact.reason, fact.by)))


def _lifted(execute: Execute, _: int, fact: s.HoldLifted) -> None:
    execute(_SQL["hold"], (fact.epoch, None))


_PROJECT: dict[type[Fact], Callable[[Execute, int, Any], None]] = {
    c.ChangeRecorded: _change,
    c.StandingsNoted: _standings,
    c.ChangesPublished: _published,
    c.RecordSetAside: _set_aside,
    c.DocumentReplaced: _document,
    c.SourceMoved: _source,
    c.RefPushed: _ref,
    **PIPELINE,
    **PIPELINES,
    s.ReleaseStored: _stored,
    s.ReleaseSwitched: _switched,
    s.HighWaterRaised: _marked,
    s.EdgePurged: _purged,
    s.ReleaseSeen: _seen,
    s.ReleaseUnseen: _unseen,
    s.ReleaseRemoved: _removed,
    s.Forgotten: _forgotten,
    s.HoldSet: _held,
    s.HoldLifted: _lifted,
    **NOTICES,
}
