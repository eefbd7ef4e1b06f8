"""Every operation by its name: the only place that knows which there are."""

from typing import Final

from laststop.homes.embedded.codepipeline import executions, stages
from laststop.homes.embedded.codepipeline.operation import Operation, writing
from laststop.pipeline.wire import executions as asked_of_executions
from laststop.pipeline.wire import stages as asked_of_stages

OPERATIONS: Final[dict[str, Operation]] = {
    "StartPipelineExecution": writing(
        executions.start,
        asked_of_executions.StartPipelineExecution,
        asked_of_executions.ExecutionNamed,
        "Starts an execution. The same request token starts it once.",
    ),
    "StopPipelineExecution": writing(
        executions.stop,
        asked_of_executions.StopPipelineExecution,
        asked_of_executions.ExecutionNamed,
        "Ends an execution after what is in progress, or, abandoned, at once.",
    ),
    "RetryStageExecution": writing(
        stages.retry,
        asked_of_stages.RetryStageExecution,
        asked_of_executions.ExecutionNamed,
        "Lets a failed or stopped execution go on in its stage.",
    ),
    "EnableStageTransition": writing(
        stages.enable, asked_of_stages.EnableStageTransition, None, "Opens the way into a stage."
    ),
    "DisableStageTransition": writing(
        stages.disable, asked_of_stages.DisableStageTransition, None, "Closes the way into a stage."
    ),
}
