"""Executions: started and stopped."""

from laststop.homes.embedded.codepipeline.call import Order
from laststop.homes.embedded.runs import kept_run
from laststop.pipeline.inputs import Start, Stop
from laststop.pipeline.overrides import SourceOverride
from laststop.pipeline.wire import executions as wire
from laststop.words.ids import RunId, derived_id


def start(order: Order, asked: wire.StartPipelineExecution) -> wire.ExecutionNamed:
    """A start under a request token that was used is done already: its answer may have been lost."""
    token = asked.client_request_token
    run = RunId(derived_id(RunId(asked.name), "start", token)) if token else order.draw()
    order.state(asked.name)
    if kept_run(order.view, run) is None:
        order.decide(
            asked.name,
            Start(
                run=run,
                cause=f"{order.by} asked for it",
                variables={each.name: each.value for each in asked.variables},
                revisions=tuple(
                    SourceOverride(
                        action_name=each.action_name,
                        revision_type=each.revision_type,
                        revision_value=each.revision_value,
                    )
                    for each in asked.source_revisions
                ),
                token=token or "",
                detail=order.by,
            ),
        )
    return wire.ExecutionNamed(pipeline_execution_id=run)


def stop(order: Order, asked: wire.StopPipelineExecution) -> wire.ExecutionNamed:
    """Nothing more begins; abandoned, what is in progress counts as ended at once."""
    run = RunId(asked.pipeline_execution_id)
    order.decide(asked.pipeline_name, Stop(run=run, abandon=asked.abandon, reason=asked.reason))
    return wire.ExecutionNamed(pipeline_execution_id=run)
