"""Rebuilding the tables from the journal: a test of every projection, and a repair."""

import sqlite3

from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.store.projection import project
from laststop.pipeline.evolve import evolve
from laststop.pipeline.state import State
from laststop.words.fact import RunFact
from laststop.words.facts_pipeline import PipelineFact

_NOT_REBUILT = ("fact", "cursor", "declared_file", "token", "hook_delivery", "sqlite_sequence")


def tables(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that follows from the facts, in order."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    return {
        name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608
        for name in sorted(names)
        if name not in _NOT_REBUILT
    }


def differences(store: Store) -> list[str]:
    """Where the tables are not what the facts say; empty when `replay(facts) == tables`.

    Limit: a journal that was compacted no longer tells everything.
    """
    rebuilt = Store(None)
    try:
        with store.view() as view, rebuilt.transaction() as target:
            states: dict[str, State] = {}
            seq = 0
            while facts := view.after(seq):
                for recorded in facts:
                    project(target.connection, recorded.seq, recorded.fact)
                    if isinstance(recorded.fact, PipelineFact | RunFact):
                        name = recorded.fact.pipeline
                        states[name] = evolve(states.get(name, State(pipeline=name)), recorded.fact)
                seq = facts[-1].seq
            for state in states.values():
                target.save_state(state)
            have, want = tables(view.connection), tables(target.connection)
            return [
                f"{name}: {len(have[name])} rows kept, {len(want[name])} follow from the facts"
                f"; first difference {_first(have[name], want[name])}"
                for name in have
                if have[name] != want[name]
            ]
    finally:
        rebuilt.close()


def _first(have: list[tuple[object, ...]], want: list[tuple[object, ...]]) -> str:
    for kept, follows in zip(have, want, strict=False):
        if kept != follows:
            return f"{kept!r:.300} instead of {follows!r:.300}"
    return "is in their number"
