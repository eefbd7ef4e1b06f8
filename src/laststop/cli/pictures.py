"""Runs and changes as trees for a terminal: every action with its state, its time, and why it waits."""

from rich.text import Text
from rich.tree import Tree

from laststop.console.stages import Node, StageBox
from laststop.console.status import mark_of
from laststop.homes.embedded.runs import RunRow
from laststop.homes.shared.tracing import Step, Trace
from laststop.words.instants import Instant, seconds_between

NAME_WIDTH = 24
STATUS_WIDTH = 12
COLOURS = {"good": "green", "busy": "yellow", "bad": "red", "system": "red", "halted": "magenta"}
"""Tone of a status -> colour; the word beside it says the same."""


def run_tree(row: RunRow, boxes: tuple[StageBox, ...], now: Instant, *, waits: str = "") -> Tree:
    """A run over its pipeline; `waits` is what keeps all of it, a server for instance."""
    label = _text(("run ", "dim"), f"{row.id[:8]}  ", _status(row.status))
    label = _timed(label, row.started_at, row.ended_at, now).append(f"  {_plain(row.cause)}")
    tree = Tree(label)
    if waits:
        tree.add(Text(f"waits: {waits}", style="yellow"))
    for box in boxes:
        branch = tree.add(_stage(box, row))
        for node in (node for group in box.groups for node in group):
            branch.add(_node(node, now, told=box.waits))
    return tree


def change_tree(found: Trace, carrier: Tree | None = None) -> Tree:
    """A change's steps, and beneath them the run that carries it."""
    label = _text((f"{found.algorithm} {found.version}", "bold"), "  ", _status(found.verdict or "none"))
    tree = Tree(label)
    for step in found.steps:
        tree.add(_step(step))
    if carrier is not None:
        tree.add(carrier)
    return tree


def _stage(box: StageBox, row: RunRow) -> Text:
    label = _text((box.name.ljust(NAME_WIDTH + 4), "bold"), _status(box.status))
    if box.waits and row.live:
        label.append(f"  {box.waits}", style="dim")
    if box.queue:
        label.append(f"  {', '.join(f'run {run[:8]}' for run in box.queue)} before it", style="dim")
    return label


def _node(node: Node, now: Instant, *, told: str) -> Text:
    """One action; what the whole stage waits for is told there."""
    label = _text(node.name.ljust(NAME_WIDTH), _status(node.status))
    label = _timed(label, node.began_at, node.ended_at, now)
    if node.attempt > 1:
        label.append(f"  attempt {node.attempt}", style="dim")
    if node.waits and node.waits != told and node.began_at is None:
        label.append(f"  {node.waits}", style="dim")
    elif node.detail:
        label.append(f"  {_plain(node.detail)}", style="red" if "Failed" in node.status else "dim")
    return label


def _step(step: Step) -> Text:
    name = step.name.ljust(NAME_WIDTH + 4)
    if step.at is None:
        return _text(name, (f"waits: {_plain(step.waiting_because or '')}", "yellow"))
    return _text(name, (step.at[11:23], "dim"), f"  {step.took_seconds or 0:8.3f} s")


def _status(status: str) -> tuple[str, str]:
    mark = mark_of(status)
    return mark.word.ljust(STATUS_WIDTH), COLOURS.get(mark.tone, "dim")


def _timed(label: Text, began: Instant | None, ended: Instant | None, now: Instant) -> Text:
    if began is not None:
        took = max(0.0, seconds_between(began, ended or now))
        label.append(f"  {took:8.3f} s" if ended else f"  {took:6.1f}   s")
    return label


def _text(*parts: str | tuple[str, str]) -> Text:
    """One line, cut where the terminal ends."""
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")


def _plain(text: str) -> str:
    """One line, and nothing in it that a terminal would act on."""
    return "".join(mark if mark.isprintable() else " " for mark in text)
