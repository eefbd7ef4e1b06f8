"""Following a run or a change until it has ended: a live tree on a terminal, lines elsewhere."""

import sys
import time
from typing import TYPE_CHECKING

import click
import msgspec

from laststop.cli.live import LOOK_SECONDS, live
from laststop.cli.output import coloured, talk
from laststop.cli.store import NOT_SERVING
from laststop.console.stages import Drawn, StageBox, stage_boxes
from laststop.homes.embedded.lock import holder_of
from laststop.homes.embedded.runs import AttemptRow, RunRow, attempt_rows, newest_runs, run_row, stage_rows
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.trace import trace
from laststop.homes.shared.tracing import Step, Trace
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words.ids import RunId
from laststop.words.instants import seconds_between
from laststop.words.verdicts import VerdictKind

if TYPE_CHECKING:
    from rich.tree import Tree

    from laststop.cli.live import Draw

NAME_WIDTH = 25
FINAL = frozenset(kind.value for kind in VerdictKind if kind.final)
ENDED_WELL = frozenset({"Succeeded", "Superseded"})


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is at one moment; `waits` is what keeps all of it."""

    row: RunRow
    attempts: tuple[AttemptRow, ...]
    boxes: tuple[StageBox, ...]
    waits: str


def look_at_run(home: EmbeddedHome, pipeline: str, run: RunId) -> RunView:
    """A run now."""
    with home.store.view() as view:
        return _run_view(home, view, pipeline, run_row(view, run))


def _run_view(home: EmbeddedHome, view: View, pipeline: str, row: RunRow) -> RunView:
    attempts = attempt_rows(view, row.id)
    drawn = Drawn(run=row, stages=stage_rows(view, row.id), attempts=attempts)
    idle = row.live and holder_of(home.folders.lock) is None
    return RunView(
        row=row,
        attempts=attempts,
        boxes=stage_boxes(view.state(pipeline), drawn),
        waits=NOT_SERVING if idle else "",
    )


def follow_run(home: EmbeddedHome, pipeline: str, run: RunId) -> int:
    """Show a run until it has ended; 0 when it ended well."""
    told: set[tuple[str, str, int]] = set()
    waits = ""
    with live(sys.stdout) as draw:
        while True:
            seen = look_at_run(home, pipeline, run)
            if draw is not None:
                draw(tree_of(seen))
            else:
                if not told and seen.attempts:
                    click.echo(f"run {seen.row.id}  {seen.row.cause}")
                for attempt in seen.attempts:
                    _tell_attempt(attempt, told)
                if seen.waits != waits and (waits := seen.waits):
                    talk(f"  waits: {waits}")
            if not seen.row.live:
                break
            time.sleep(LOOK_SECONDS)
    if draw is None:
        click.echo(f"run {run[:8]} {coloured(seen.row.status)}")
    if seen.row.status == "Failed":
        talk(f"why: laststop run show {run[:8]}")
    return 0 if seen.row.status in ENDED_WELL else 1


def _tell_attempt(attempt: AttemptRow, told: set[tuple[str, str, int]]) -> None:
    """A line for each attempt that has ended, once."""
    key = (attempt.stage, attempt.action, attempt.attempt)
    if attempt.ended_at is None or key in told:
        return
    told.add(key)
    name = f"{attempt.stage} / {attempt.action}".ljust(NAME_WIDTH)
    took = seconds_between(attempt.started_at, attempt.ended_at)
    why = (attempt.failure.cause or attempt.failure.message) if attempt.failure else attempt.summary
    status = coloured(attempt.status.ljust(10), attempt.status)
    click.echo(f"  {name}  {status} {took:8.3f} s  {why}".rstrip())


def tree_of(seen: RunView) -> "Tree":
    """The picture of a run."""
    from laststop.cli.pictures import run_tree

    return run_tree(seen.row, seen.boxes, clock(), waits=seen.waits)


def look_at_change(home: EmbeddedHome, pipeline: str, name: str, version: str | None) -> Trace:
    """A change now.

    Raises: NotFoundError when the catalog has no such version.
    """
    with home.store.view() as view:
        return trace(
            view,
            name,
            version,
            policy=home.policy,
            locations=home.locations,
            state=view.state(pipeline),
            serving=holder_of(home.folders.lock) is not None,
        )


def follow_change(home: EmbeddedHome, pipeline: str, name: str, version: str | None) -> int:
    """Show a change until its verdict is final, or it failed; 0 when it did not."""
    lines = ChangeLines()
    with live(sys.stdout) as draw:
        while True:
            found = look_at_change(home, pipeline, name, version)
            version = found.version
            ended = _ended(found)
            if draw is not None:
                draw_change(draw, home, pipeline, found, ended=ended)
            else:
                lines.tell(found, ended=ended)
            if ended:
                break
            time.sleep(LOOK_SECONDS)
    return 0 if found.verdict in FINAL and found.verdict != VerdictKind.REJECTED else 1


def _ended(found: Trace) -> bool:
    """Whether nothing more comes: a final verdict is told once it is written, not when it is foreseen."""
    if found.verdict in FINAL:
        return found.steps[-1].at is not None
    return found.verdict is None or found.verdict == VerdictKind.FAILED


def draw_change(draw: "Draw", home: EmbeddedHome, pipeline: str, found: Trace, *, ended: bool) -> None:
    """The picture of a change; until it has ended, with the run that is under way."""
    from laststop.cli.pictures import change_tree

    carrier = None
    if not ended:
        with home.store.view() as view:
            under_way = [row for row in newest_runs(view, 1) if row.live]
            seen = [_run_view(home, view, pipeline, row) for row in under_way]
        carrier = tree_of(seen[0]) if seen else None
    draw(change_tree(found, carrier))


class ChangeLines:
    """Each step once, and each new reason for waiting once."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self._told = 0
        self._waits = ""

    def tell(self, found: Trace, *, ended: bool) -> None:
        """What is new since the last time."""
        done = [step for step in found.steps if step.at is not None]
        if not self._told:
            click.echo(f"{found.algorithm} {found.version}")
        for step in done[self._told :]:
            click.echo(step_line(step))
        self._told = max(self._told, len(done))
        waiting = found.steps[-1].waiting_because or ""
        if ended and found.verdict not in FINAL:
            talk(f"  {waiting or 'it failed'}")
        elif waiting and waiting != self._waits:
            talk(f"  waits: {waiting}")
            self._waits = waiting


def step_line(step: Step) -> str:
    """One step with its time, or with what it waits for."""
    name = step.name.ljust(NAME_WIDTH)
    if step.at is None:
        return f"  {name}  waits: {step.waiting_because}"
    return f"  {name}  {step.at[11:23]}  {step.took_seconds or 0:8.3f} s"
