"""Ending a run before its time."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import Refused, Stop
from laststop.pipeline.refusals import REASON_MAX, too_long
from laststop.words import facts_pipeline as f


def stop(draft: Draft, asked: Stop) -> Refused | None:
    """Nothing further of a run begins; what is in progress is waited for, or abandoned.

    A run that is waited for may still be abandoned; asking for the same twice is refused.
    """
    run = draft.state.runs.get(asked.run)
    if run is None or not run.live:
        return Refused(
            code="PipelineExecutionNotStoppableException", message=f"run {asked.run} is not in progress"
        )
    if long := too_long("the reason", asked.reason, REASON_MAX):
        return long
    if (run.status == "Stopping" or run.outdated) and not asked.abandon:
        return Refused(
            code="DuplicatedStopRequestException", message=f"run {asked.run} is already being stopped"
        )
    draft.tell(f.RunStopping, run=run.id, abandon=asked.abandon, reason=asked.reason)
    if asked.abandon:
        draft.abandon(run.actions.get(run.stage, {}), run.id, run.stage)
    return None
