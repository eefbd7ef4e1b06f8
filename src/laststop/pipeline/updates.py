"""A pipeline that is updated while it runs."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.due import APPROVAL
from laststop.pipeline.inputs import Declare, Delete
from laststop.pipeline.state import Run
from laststop.words import facts_pipeline as f
from laststop.words.facts_gates import GATES


def declare(draft: Draft, asked: Declare) -> None:
    """A changed declaration: the next version, and one fresh run of it is asked for.

    Runs that wait are cancelled at once. Runs inside a stage end as soon as what they have in progress has:
    its approvals and conditions are taken back, for nobody's answer could still count. Runs in PARALLEL mode
    go on by the declaration they started with.
    Source: AWS CodePipeline user guide, "Edit a pipeline"; that approvals are taken back follows from their
        tokens becoming invalid. CodePipeline starts nothing by itself after an update.
    """
    state = draft.state
    if state.declaration == asked.declaration:
        return
    first = state.declaration is None
    for run in state.in_order():
        if run.live and run.locks:
            _take_back(draft, run)
    draft.declare(asked.declaration)
    cause = "the pipeline was created" if first else "the pipeline's declaration changed"
    draft.tell(f.StartWanted, cause=cause, trigger="CreatePipeline" if first else "StartPipelineExecution")


def delete(draft: Draft, _: Delete) -> None:
    """Nobody waits for what is in progress any more; what stays of the pipeline is in the journal."""
    for run in draft.state.in_order():
        if run.live:
            draft.tell(f.RunCancelled, run=run.id)
    draft.tell(f.PipelineDeleted)


def _take_back(draft: Draft, run: Run) -> None:
    if not run.inside:
        draft.tell(f.RunCancelled, run=run.id)
        return
    if run.outdated:
        return
    draft.tell(f.RunOutdated, run=run.id)
    asked = {name: a for name, a in run.in_stage(run.stage).items() if a.provider == APPROVAL}
    rules = {name: a for gate in GATES for name, a in run.at_gate(run.stage, gate).items()}
    draft.abandon(asked | rules, run.id, run.stage)
