"""The whole flow as one graph: catalog, stages, edge."""

import msgspec

from laststop.console.stages import Drawn, Node, StageBox, stage_boxes
from laststop.console.standing import Standing
from laststop.homes.embedded.ledger import open_changes
from laststop.homes.embedded.runs import RunRow, attempt_rows, newest_runs, run_row, stage_rows
from laststop.homes.embedded.store.journal import View
from laststop.pipeline.starts import may_begin
from laststop.pipeline.state import State
from laststop.words.bill import Bill
from laststop.words.verdicts import VerdictKind

LOOK_BACK = 10
"""So many runs are searched for the bill to compare with."""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    """The graph, with the states of one run."""

    run: RunRow | None
    catalog: Node
    stages: tuple[StageBox, ...]
    edge: Node


def flow_of(view: View, state: State, standing: Standing | None, heads: Bill) -> Flow:
    """The flow of the run under way, or else of the latest; `heads` are the newest revisions."""
    run = _current(view, state)
    return Flow(
        run=run,
        catalog=_catalog(view, state, standing),
        stages=stage_boxes(state, drawn(view, run, {each.action: each.id for each in heads.revisions})),
        edge=edge_node(standing),
    )


def drawn(view: View, run: RunRow | None, newest: dict[str, str]) -> Drawn:
    """A run with everything its drawing needs."""
    if run is None:
        return Drawn()
    earlier = newest_runs(view, LOOK_BACK, run.ordinal)
    return Drawn(
        run=run,
        stages=stage_rows(view, run.id),
        attempts=attempt_rows(view, run.id),
        before=next((each.bill for each in earlier if each.bill is not None), None),
        newest=newest,
    )


def edge_node(standing: Standing | None) -> Node:
    """Where readers are."""
    if standing is None:
        return Node(name="edge", kind="readers", status="Idle", waits="nothing is live yet")
    detail = f"serves run {standing.run}"
    if standing.hold is not None:
        reason = f"held: {standing.hold.reason}"
        return Node(name="edge", kind="readers", status="Held", detail=detail, waits=reason)
    if standing.kind == "seen":
        return Node(name="edge", kind="readers", status="Seen", detail=detail, ended_at=standing.seen_at)
    waits = f"not yet visible: {standing.reason}" if standing.reason else "deployed, waits to be seen"
    return Node(name="edge", kind="readers", status="Unseen", detail=detail, waits=waits)


def _current(view: View, state: State) -> RunRow | None:
    """The run that is furthest, or else the latest."""
    under_way = [run for run in state.runs.values() if run.live]
    if under_way:
        return run_row(view, min(under_way, key=lambda run: run.ordinal).id)
    return next(iter(newest_runs(view, 1)), None)


def _catalog(view: View, state: State, standing: Standing | None) -> Node:
    changes = open_changes(view)
    failed = sum(each.kind is VerdictKind.FAILED for each in changes)
    pending = len(changes) - failed
    status = "Failed" if failed else "Open" if pending else "Settled"
    counted = [f"{pending} on their way"] if pending else []
    counted += [f"{failed} failed"] if failed else []
    return Node(
        name="catalog",
        kind="changes",
        status=status,
        detail=", ".join(counted) or "every change has its verdict",
        waits=_next_run(state, standing),
    )


def _next_run(state: State, standing: Standing | None) -> str:
    """What the wanted run waits for; empty when none is wanted."""
    if state.wanted is None:
        return ""
    held = f"the site is held: {standing.hold.reason}" if standing and standing.hold else ""
    return f"the next run ({state.wanted}): {held or may_begin(state) or 'about to begin'}"
