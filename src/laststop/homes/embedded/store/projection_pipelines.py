"""What the end of a pipeline, and its tags, do to the tables."""

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from laststop.homes.embedded.store.projection_notices import forget_messages
from laststop.homes.embedded.store.statements import load
from laststop.words import facts_tags as t
from laststop.words.fact import Fact
from laststop.words.facts_pipeline import PipelineDeleted

_SQL = load("projection.sql")
Execute = Callable[..., sqlite3.Cursor]


def _deleted(execute: Execute, _: int, fact: PipelineDeleted) -> None:
    runs = json.dumps([run for (run,) in execute(_SQL["runs_of_pipeline"], (fact.pipeline,)).fetchall()])
    forget_messages(execute, runs)
    for statement in ("forget_attempts", "forget_conditions", "forget_stages", "forget_runs"):
        execute(_SQL[statement], (runs,))
    execute(_SQL["forget_definitions"], (fact.pipeline,))
    execute(_SQL["forget_tags"], (fact.pipeline,))


def _tagged(execute: Execute, _: int, fact: t.PipelineTagged) -> None:
    for key, value in fact.tags.items():
        execute(_SQL["put_tag"], (fact.pipeline, key, value))


def _untagged(execute: Execute, _: int, fact: t.PipelineUntagged) -> None:
    execute(_SQL["remove_tags"], (fact.pipeline, json.dumps(fact.keys)))


PIPELINES: dict[type[Fact], Callable[[Execute, int, Any], None]] = {
    PipelineDeleted: _deleted,
    t.PipelineTagged: _tagged,
    t.PipelineUntagged: _untagged,
}
