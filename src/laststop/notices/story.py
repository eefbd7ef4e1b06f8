"""The one message of a run: rendered from the run's real state, so it is right whenever it is written."""

import msgspec

from laststop.words.bill import Bill
from laststop.words.failure import Failure
from laststop.words.ids import RunId

LOG_LINES_MAX = 15


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One algorithm whose active version differs from what was proven before; empty means not shown."""

    algorithm: str
    before: str
    after: str


class FailedAction(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run failed, and why."""

    stage: str
    action: str
    failure: Failure


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the message says. `proven` is whether every edge was seen to show the run's release.

    Units: `lead_seconds` from the oldest change carried to the proof.
    """

    project: str
    run: RunId
    cause: str
    status: str
    stage: str = ""
    bill: Bill | None = None
    changes: tuple[Shown, ...] = ()
    proven: bool = False
    refused: str = ""
    unseen: str = ""
    failed: FailedAction | None = None
    serving: str = ""
    page_url: str = ""
    lead_seconds: float | None = None


def render(story: Story) -> str:
    """The text. The first line says how it stands; the rest what a reader needs then."""
    lines = [f"{story.project} {story.run[:8]}: {_headline(story)}", f"because {story.cause}"]
    lines += [_change(change) for change in story.changes]
    if story.failed is not None:
        lines += _failure(story.failed, story.run)
    if story.serving and not story.proven:
        lines.append(f"the site serves {story.serving}")
    if story.proven and story.lead_seconds is not None:
        lines.append(f"{story.lead_seconds:.1f} s from the change to the proof")
    if story.page_url:
        lines.append(story.page_url)
    if story.bill is not None:
        lines.append("built from " + ", ".join(f"{r.location} {_short(r.id)}" for r in story.bill.revisions))
    return "\n".join(lines)


def _headline(story: Story) -> str:
    if story.refused:
        return f"changed nothing, {story.refused}"
    match story.status:
        case "Succeeded" if story.proven:
            return "live, seen at the edge"
        case "Succeeded":
            return f"deployed, not yet visible{': ' + story.unseen if story.unseen else ''}"
        case "InProgress" | "Stopping":
            return f"under way, at {story.stage}"
        case other:
            return f"{other.lower()} at {story.stage}"


def _change(change: Shown) -> str:
    if not change.before:
        return f"  {change.algorithm} {change.after} (new)"
    if not change.after:
        return f"  {change.algorithm} {change.before} is no longer shown"
    return f"  {change.algorithm} {change.before} -> {change.after}"


def _failure(failed: FailedAction, run: RunId) -> list[str]:
    failure = failed.failure
    lines = [f"{failed.stage} / {failed.action}: {failure.message}"]
    if failure.command:
        status = f" (exit status {failure.exit_status})" if failure.exit_status is not None else ""
        lines.append(f"  {failure.phase}: {failure.command}{status}")
    lines += [f"  | {line}" for line in failure.lines[-LOG_LINES_MAX:]]
    lines.append(f"when the cause is gone: laststop run retry {run[:8]}")
    return lines


def _short(revision: str) -> str:
    return revision[:8]
