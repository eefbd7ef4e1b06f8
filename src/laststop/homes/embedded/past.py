"""What the tables know of earlier runs that the rules ask for: targets of rollbacks, request tokens."""

import msgspec

from laststop.homes.embedded.runs import AttemptRow, attempt_rows
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.state import StageSuccess
from laststop.words.bill import Bill
from laststop.words.ids import RunId

_SQL = load("runs.sql")


def stage_success(view: View, run: RunId, stage: str) -> StageSuccess | None:
    """What a run had when it succeeded in a stage; None when it did not, or is no longer kept.

    Limit: as long as retention keeps the run, and, for the artifacts themselves, their blobs.
    """
    row = view.connection.execute(_SQL["past"], (run, stage)).fetchone()
    if row is None:
        return None
    version, variables, bill, execution_type, declaration = row
    newest = _newest_succeeded(view, run, stage)
    return StageSuccess(
        run=run,
        version=version,
        bill=msgspec.json.decode(bill, type=Bill) if bill else Bill(),
        variables=msgspec.json.decode(variables, type=dict[str, str]),
        artifacts=tuple({a.name: a for each in newest for a in each.artifacts}.values()),
        outputs=_outputs(newest, declaration),
        rollback=execution_type == "ROLLBACK",
    )


def _newest_succeeded(view: View, run: RunId, stage: str) -> list[AttemptRow]:
    """The newest attempt at each action of the other stages, as far as it succeeded."""
    newest = {(each.stage, each.action): each for each in attempt_rows(view, run) if ":" not in each.action}
    return [each for each in newest.values() if each.stage != stage and each.status == "Succeeded"]


def _outputs(attempts: list[AttemptRow], declaration: str | None) -> dict[str, dict[str, str]]:
    """Namespace -> key -> value."""
    if declaration is None:
        return {}
    pipeline = msgspec.json.decode(declaration, type=Pipeline)
    namespaces = {(s.name, a.name): a.namespace for s in pipeline.stages for a in s.actions if a.namespace}
    return {
        namespaces[each.stage, each.action]: each.variables
        for each in attempts
        if (each.stage, each.action) in namespaces
    }


def run_with_token(view: View, pipeline: str, token: str) -> RunId | None:
    """The run that was started under a client's request token; None once retention let go of it."""
    row = view.connection.execute(_SQL["with_token"], (pipeline, token)).fetchone()
    return RunId(row[0]) if row else None
