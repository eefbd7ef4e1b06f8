"""Running a stage again with what an earlier run had there: a way back."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.inputs import Refused, Rollback
from laststop.pipeline.refusals import no_stage
from laststop.pipeline.state import Run, StageSuccess
from laststop.words import facts_pipeline as f
from laststop.words.facts_pipeline import TriggerType
from laststop.words.ids import RunId, derived_id


def roll_back(draft: Draft, asked: Rollback) -> Refused | None:
    """A new run of this one stage, of type ROLLBACK, with the target's revisions, variables and artifacts."""
    stage = draft.declaration.stage(asked.stage)
    if stage is None:
        return no_stage(asked.stage)
    why_not = _why_no_stage(draft, asked.stage)
    if why_not:
        return Refused(code="UnableToRollbackStageException", message=why_not)
    newest = draft.state.stage(asked.stage).success
    past = newest if newest is not None and newest.run == asked.target else asked.past
    refused = _why_no_target(draft, asked, past)
    if refused is not None or past is None:
        return refused
    _run(draft, past, run=asked.run, stage=asked.stage, trigger="ManualRollback", detail=asked.by)
    return None


def _why_no_stage(draft: Draft, name: str) -> str:
    """Why nothing can be rolled back in a stage; nothing when it can."""
    if draft.declaration.execution_mode == "PARALLEL":
        return "runs in PARALLEL mode cannot be rolled back"
    if draft.declaration.stages[0].name == name:
        return f"{name} reads the sources; it cannot be rolled back"
    occupant = draft.state.stage(name).occupant
    return f"{name} is in progress: run {occupant} is inside" if occupant else ""


def _why_no_target(draft: Draft, asked: Rollback, past: StageSuccess | None) -> Refused | None:
    if past is None and not asked.known:
        return Refused(code="PipelineExecutionNotFoundException", message=f"there is no run {asked.target}")
    if past is None:
        return Refused(
            code="UnableToRollbackStageException",
            message=f"run {asked.target} did not succeed in {asked.stage}",
        )
    if past.rollback:
        return Refused(
            code="UnableToRollbackStageException",
            message=f"run {asked.target} is itself a rollback; name the run it went back to",
        )
    if past.version != draft.state.version:
        return Refused(
            code="PipelineExecutionOutdatedException",
            message=f"run {asked.target} is of version {past.version} of the pipeline,"
            f" which is now at version {draft.state.version}",
        )
    return None


def roll_back_by_itself(draft: Draft, run: Run, stage: str) -> None:
    """After a failure: back to what last succeeded in the stage; nothing happens when nothing did.

    A rollback that fails is not rolled back in turn. The new run's id follows from the failed one's.
    """
    past = draft.state.stage(stage).success
    if past is None or run.is_rollback or run.outdated or past.run == run.id or not run.locks:
        return
    number = str(draft.state.ordinal + 1)
    new = RunId(derived_id(run.id, "rollback", stage, number))
    _run(draft, past, run=new, stage=stage, trigger="AutomatedRollback", detail=run.id)


def _run(
    draft: Draft, past: StageSuccess, *, run: RunId, stage: str, trigger: TriggerType, detail: str
) -> None:
    """It enters at once: neither those that wait nor a closed transition stand in a way back."""
    how = "by itself" if trigger == "AutomatedRollback" else "by hand"
    draft.tell(
        f.RunStarted,
        run=run,
        cause=f"{stage} goes back to run {past.run}, {how}",
        pipeline_version=draft.state.version,
        automatic=trigger == "AutomatedRollback",
        variables=past.variables,
        trigger=trigger,
        detail=detail,
        execution_type="ROLLBACK",
        target=past.run,
        artifacts=past.artifacts,
        outputs=past.outputs,
    )
    draft.tell(f.BillClosed, run=run, bill=past.bill)
    draft.tell(f.StageEntered, run=run, stage=stage)
