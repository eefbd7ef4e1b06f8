"""The rules that apply by themselves: runs go on in their stages, stages follow stages, locks pass on."""

from laststop.pipeline.draft import Draft
from laststop.pipeline.inside import go_on
from laststop.words import facts_pipeline as f


def settle(draft: Draft) -> None:
    """Apply the rules until none applies: who is inside goes on first, which makes room for who waits."""
    moved = True
    while moved:
        before = len(draft.facts)
        for run in draft.state.in_order():
            if run.live and run.inside:
                go_on(draft, run.id)
        _stop_waiting(draft)
        for stage in draft.declaration.stages[::-1]:
            _admit(draft, stage.name)
        _admit_freely(draft)
        moved = len(draft.facts) > before


def _stop_waiting(draft: Draft) -> None:
    """A run that is asked to stop while it waits stops at once."""
    for run in draft.state.in_order():
        if run.status == "Stopping" and not run.inside:
            draft.tell(f.RunStopped, run=run.id)


def _admit(draft: Draft, stage: str) -> None:
    """Let the first that waits in, when the stage is free and its transition open."""
    now = draft.state.stage(stage)
    if not now.inbound or now.occupant is not None or not now.enabled:
        return
    run = draft.state.runs[now.inbound[0]]
    if not run.dormant:
        draft.tell(f.StageEntered, run=run.id, stage=stage)


def _admit_freely(draft: Draft) -> None:
    """Runs in PARALLEL mode ask for no lock; a closed transition holds them like all others."""
    for run in draft.state.in_order():
        waits = run.status == "InProgress" and not run.inside and not run.dormant
        if waits and not run.locks and draft.state.stage(run.stage).enabled:
            draft.tell(f.StageEntered, run=run.id, stage=run.stage)
