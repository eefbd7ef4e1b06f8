"""The whole flow as one graph: catalog, stages, edge."""

import msgspec

from laststop.console.since import VersionChange, last_good, since
from laststop.console.stages import Drawn, Node, StageBox, stage_boxes
from laststop.console.standing import Standing
from laststop.homes.embedded.ledger import active_versions, open_changes
from laststop.homes.embedded.runs import RunRow, attempt_rows, newest_runs, run_row, stage_rows
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.starts import may_begin
from laststop.pipeline.state import State
from laststop.words.bill import Bill, Revision
from laststop.words.verdicts import VerdictKind

_SQL = load("console.sql")

NAMED = 3
"""So many algorithms are named in a document's box; the others are counted."""


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
    good = last_good(view, run)
    before = good.bill if good else None
    return Drawn(
        run=run,
        stages=stage_rows(view, run.id),
        attempts=attempt_rows(view, run.id),
        before=before,
        newest=newest,
        shows=_shows(view, run.bill or Bill(), before or Bill()),
    )


def _shows(view: View, bill: Bill, before: Bill) -> dict[str, tuple[str, ...]]:
    """Source action -> what its document shows otherwise than in the last good run, or else how much."""
    return {
        revision.action: _inside(view, revision, before.of(revision.action))
        for revision in bill.revisions
        if revision.generation is not None
    }


def _inside(view: View, now: Revision, was: Revision | None) -> tuple[str, ...]:
    changes = since(view, Bill(revisions=(was,) if was else ()), Bill(revisions=(now,))).versions
    if changes is None:
        return ()
    if was is None or not changes:
        count = sum(len(names) for names in active_versions(view, Bill(revisions=(now,))).values())
        return (f"{count} algorithm{'' if count == 1 else 's'}",)
    named = tuple(_change(each) for each in changes[:NAMED])
    return (*named, f"and {len(changes) - NAMED} more") if len(changes) > NAMED else named


def _change(change: VersionChange) -> str:
    if not change.before:
        return f"{change.algorithm} {change.after}, new"
    return f"{change.algorithm} {change.before} → {change.after or 'not shown'}"


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
    return Node(name="edge", kind="readers", status=standing.status, detail=detail, waits=waits)


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
        detail=", ".join(counted) or ("every change has its verdict" if _any(view) else "no change so far"),
        waits=_next_run(state, standing),
    )


def _any(view: View) -> bool:
    return view.connection.execute(_SQL["any_change"]).fetchone() is not None


def _next_run(state: State, standing: Standing | None) -> str:
    """What the wanted run waits for; empty when none is wanted."""
    if state.wanted is None:
        return ""
    held = f"the site is held: {standing.hold.reason}" if standing and standing.hold else ""
    return f"the next run ({state.wanted}): {held or may_begin(state) or 'about to begin'}"
