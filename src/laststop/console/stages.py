"""A run drawn over its pipeline: every stage and action with its state, and why what is idle waits."""

from collections.abc import Mapping

import msgspec

from laststop.console.status import failed_status
from laststop.homes.embedded.runs import AttemptRow, RunRow, StageRow
from laststop.pipeline.declaration import Stage
from laststop.pipeline.state import State
from laststop.words.bill import Bill
from laststop.words.ids import RunId
from laststop.words.instants import Instant

_KINDS = {
    "S3": "document",
    "CodeStarSourceConnection": "repository",
    "CodeBuild": "build",
    "Lambda": "function",
    "Manual": "approval",
    "Commands": "commands",
}


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One box of the graph; `fresh` marks an input the last good run did not have, `shows` what is in it."""

    name: str
    kind: str
    status: str
    detail: str = ""
    waits: str = ""
    attempt: int = 1
    began_at: Instant | None = None
    ended_at: Instant | None = None
    fresh: bool = False
    shows: tuple[str, ...] = ()


class StageBox(msgspec.Struct, frozen=True, kw_only=True):
    """A stage; actions that run side by side stand in one group. `queue` waits to enter."""

    name: str
    status: str
    waits: str
    groups: tuple[tuple[Node, ...], ...]
    queue: tuple[RunId, ...] = ()


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: a run, what happened in it, and what its sources are compared with.

    `before` is the bill of the last good run; `newest` leads from source action to its newest known revision,
    `shows` to what its document says.
    """

    run: RunRow | None = None
    stages: tuple[StageRow, ...] = ()
    attempts: tuple[AttemptRow, ...] = ()
    before: Bill | None = None
    newest: Mapping[str, str] = {}
    shows: Mapping[str, tuple[str, ...]] = {}


def stage_boxes(state: State, drawn: Drawn) -> tuple[StageBox, ...]:
    """All declared stages, in order."""
    declared = state.declaration.stages if state.declaration else ()
    boxes = []
    previous = ""
    for stage in declared:
        boxes.append(_box(state, drawn, stage, previous))
        previous = stage.name
    return tuple(boxes)


def _box(state: State, drawn: Drawn, stage: Stage, previous: str) -> StageBox:
    row = next((each for each in drawn.stages if each.stage == stage.name), None)
    entered = row is not None and row.status != "Waiting"
    waits = "" if entered else _stage_waits(state, drawn.run, stage.name, previous)
    groups = []
    unfinished: list[str] = []
    for order in stage.run_orders:
        group = tuple(
            _node(drawn, stage, action.name, waits or _after(unfinished))
            for action in stage.actions
            if action.run_order == order
        )
        unfinished = [node.name for node in group if node.status != "Succeeded"] or unfinished
        groups.append(group)
    return StageBox(
        name=stage.name,
        status=row.status if row else _unreached(drawn.run),
        waits=waits,
        groups=tuple(groups),
        queue=tuple(
            run.id for run in state.waiting(stage.name) if drawn.run is None or run.id != drawn.run.id
        ),
    )


def _node(drawn: Drawn, stage: Stage, name: str, waits: str) -> Node:
    tried = [each for each in drawn.attempts if (each.stage, each.action) == (stage.name, name)]
    declared = stage.action(name)
    provider = declared.action_type_id.provider if declared else ""
    kind = _KINDS.get(provider, provider)
    if not tried:
        return Node(name=name, kind=kind, status=_unreached(drawn.run), waits=waits)
    last = max(tried, key=lambda each: each.attempt)
    return Node(
        name=name,
        kind=kind,
        status=failed_status(last.failure) if last.status == "Failed" else last.status,
        detail=_detail(drawn, last),
        waits=_newer(drawn, name),
        attempt=last.attempt,
        began_at=last.started_at,
        ended_at=last.ended_at,
        fresh=_fresh(drawn, name),
        shows=drawn.shows.get(name, ()),
    )


def _unreached(run: RunRow | None) -> str:
    return "Idle" if run is None or run.live else "NotReached"


def _stage_waits(state: State, run: RunRow | None, stage: str, previous: str) -> str:
    """Why a stage that the run has not entered is idle."""
    if run is None:
        return "no run yet"
    if not run.live:
        return f"the run ended at {run.stage}"
    if run.stage != stage:
        return f"waits for {previous}" if previous else "waits for the run"
    now = state.stage(stage)
    if not now.enabled:
        return f"the way into {stage} is closed: {now.disabled_reason or 'no reason given'}"
    if now.occupant is not None and now.occupant != run.id:
        return f"run {now.occupant} is inside"
    return "about to begin"


def _after(unfinished: list[str]) -> str:
    return f"waits for {', '.join(unfinished)}" if unfinished else "about to begin"


def _detail(drawn: Drawn, attempt: AttemptRow) -> str:
    if attempt.failure is not None:
        return attempt.failure.message
    revision = drawn.run.bill.of(attempt.action) if drawn.run and drawn.run.bill else None
    if revision is not None and attempt.provider.startswith("Source/"):
        if revision.generation is not None:
            return f"generation {revision.generation}"
        return f"{revision.id[:8]} {revision.summary}".strip()
    return attempt.summary


def _fresh(drawn: Drawn, action: str) -> bool:
    """Whether an input is another one than in the last good run."""
    now = drawn.run.bill.of(action) if drawn.run and drawn.run.bill else None
    was = drawn.before.of(action) if drawn.before else None
    return now is not None and was is not None and now.id != was.id


def _newer(drawn: Drawn, action: str) -> str:
    """Whether a source has moved on since the run read it."""
    now = drawn.run.bill.of(action) if drawn.run and drawn.run.bill else None
    newest = drawn.newest.get(action, "")
    return "something newer stands here: the next run takes it" if now and newest not in ("", now.id) else ""
