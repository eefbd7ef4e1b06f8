"""RollbackStage: what the target had is looked up here, because the rules look nothing up."""

from laststop.homes.embedded.codepipeline.call import Order
from laststop.homes.embedded.codepipeline.rows import (
    AttemptRow,
    ExecutionRow,
    definition,
    execution_row,
    succeeded_attempts,
    succeeded_in,
)
from laststop.pipeline.inputs import Rollback
from laststop.pipeline.state import StageSuccess
from laststop.pipeline.wire.executions import ExecutionNamed
from laststop.pipeline.wire.stages import RollbackStage
from laststop.words.ids import RunId


def roll_back(order: Order, asked: RollbackStage) -> ExecutionNamed:
    """A new execution of this one stage, with what the target had."""
    order.stage(asked.pipeline_name, asked.stage_name)
    target = execution_row(order.view, asked.target_pipeline_execution_id)
    known = target is not None and target.pipeline == asked.pipeline_name
    run = order.draw()
    order.decide(
        asked.pipeline_name,
        Rollback(
            run=run,
            stage=asked.stage_name,
            target=RunId(asked.target_pipeline_execution_id),
            past=_past(order, target, asked.stage_name) if target is not None and known else None,
            known=known,
            by=order.by,
        ),
    )
    return ExecutionNamed(pipeline_execution_id=run)


def _past(order: Order, target: ExecutionRow, stage: str) -> StageSuccess | None:
    """What a run had when it came to a stage in which it succeeded; None when it did not."""
    declaration = definition(order.view, target.pipeline, target.version)
    names = [each.name for each in declaration.stages] if declaration else []
    if declaration is None or stage not in names or not succeeded_in(order.view, target.id, stage):
        return None
    before = names[: names.index(stage)]
    made = [row for row in succeeded_attempts(order.view, target) if row.key.stage in before]
    spaces = {(s.name, a.name): a.namespace for s in declaration.stages for a in s.actions if a.namespace}
    return StageSuccess(
        run=target.id,
        version=target.version,
        bill=target.bill,
        variables=target.variables,
        artifacts=tuple({each.name: each for row in made for each in row.artifacts}.values()),
        outputs={spaces[_at(row)]: row.variables for row in made if _at(row) in spaces},
        rollback=target.type == "ROLLBACK",
    )


def _at(row: AttemptRow) -> tuple[str, str]:
    return (row.key.stage, row.key.action)
