"""Going on in a stage where a run failed or was stopped."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import Refused, Retry
from laststop.pipeline.refusals import full, no_stage
from laststop.pipeline.state import Run
from laststop.words import facts_pipeline as f


def retry(draft: Draft, asked: Retry) -> Refused | None:
    """The same run goes on in the same stage, with the revisions and variables it began with."""
    state = draft.state
    if draft.declaration.stage(asked.stage) is None:
        return no_stage(asked.stage)
    run = state.runs.get(asked.run)
    if (run is None or run.locks) and state.stage(asked.stage).latest not in (None, asked.run):
        return Refused(
            code="NotLatestPipelineExecutionException",
            message=f"run {asked.run} is not the latest that entered {asked.stage}",
        )
    why_not = "it has ended, or never was" if run is None else _not_retryable(draft, run, asked)
    if why_not:
        return Refused(
            code="StageNotRetryableException",
            message=f"{asked.stage} cannot be retried for run {asked.run}: {why_not}",
        )
    if run is not None and not run.live and (limit := full(state)):
        return limit
    draft.tell(f.StageRetried, run=asked.run, stage=asked.stage, mode=asked.mode)
    return None


def _not_retryable(draft: Draft, run: Run, asked: Retry) -> str:
    """Why a run cannot go on in a stage; nothing when it can.

    Failed actions may be retried while their siblings are at work; all actions only when none is.
    """
    if run.version != draft.state.version:
        return "the pipeline was updated since"
    if run.stage != asked.stage:
        return f"it is at {run.stage}"
    if not run.live:
        return ""
    if not run.inside:
        return "it waits there"
    if run.status == "Stopping":
        return "it is being stopped"
    if all(action.status != "Failed" for action in run.in_stage(asked.stage).values()):
        return "no action of it has failed"
    if any(each.status == "InProgress" for each in run.conditions.get(asked.stage, {}).values()):
        return "its condition is being examined"
    return "actions are in progress" if asked.mode == "ALL_ACTIONS" else ""
