"""What is asked of one stage."""

from laststop.homes.embedded.codepipeline.call import Order
from laststop.pipeline.inputs import Retry, SetTransition
from laststop.pipeline.wire import stages as wire
from laststop.pipeline.wire.executions import ExecutionNamed
from laststop.words.ids import RunId


def retry(order: Order, asked: wire.RetryStageExecution) -> ExecutionNamed:
    """The same execution goes on in its stage."""
    run = RunId(asked.pipeline_execution_id)
    order.decide(asked.pipeline_name, Retry(run=run, stage=asked.stage_name, mode=asked.retry_mode))
    return ExecutionNamed(pipeline_execution_id=run)


def enable(order: Order, asked: wire.EnableStageTransition) -> None:
    """The way into a stage opens."""
    _transition(order, asked, enabled=True, reason="")


def disable(order: Order, asked: wire.DisableStageTransition) -> None:
    """The way into a stage closes."""
    _transition(order, asked, enabled=False, reason=asked.reason)


def _transition(
    order: Order,
    asked: wire.EnableStageTransition | wire.DisableStageTransition,
    *,
    enabled: bool,
    reason: str,
) -> None:
    order.stage(asked.pipeline_name, asked.stage_name)
    order.decide(
        asked.pipeline_name,
        SetTransition(
            stage=asked.stage_name,
            enabled=enabled,
            direction=asked.transition_type,
            reason=reason,
            by=order.by,
        ),
    )
