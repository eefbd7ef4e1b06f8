"""What the one message of a run says: taken from the run's real state, so it is right whenever it is told."""

from collections.abc import Mapping
from typing import Literal

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
    type: str = ""


def shown_between(
    before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
) -> tuple[Shown, ...]:
    """What is shown otherwise: from type -> algorithm -> active version to the same later."""
    was = {name: version for names in before.values() for name, version in names.items()}
    now = {name: version for names in after.values() for name, version in names.items()}
    type_of = {name: type_ for shown in (before, after) for type_, names in shown.items() for name in names}
    return tuple(
        Shown(algorithm=name, before=was.get(name, ""), after=now.get(name, ""), type=type_of[name])
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    )


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One source that stands elsewhere than in the last good run; `before` is empty for a new one."""

    location: str
    before: str
    after: str
    summary: str = ""


class FailedAction(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run failed, and why; `cause` is the line of the log that says so first."""

    stage: str
    action: str
    failure: Failure
    attempt: int = 1
    cause: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A command to type, and when."""

    when: str
    command: str


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Something the owners are called for. `part` names it: the same call is made once."""

    kind: Literal["failure", "recovery"]
    part: str


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the message says.

    `more_changes` counts what `changes` has no room for; `proven` is whether every edge was seen to show the
    run's release, `on_site` whether the site serves it, `held` whether it is kept there. `since_good` is what
    a failed run had that the last good one had not, `back_to` the run that a rollback goes back to,
    `recovered` whether things were failing before, `owners` the mentions of those whom it concerns.

    Units: `lead_seconds` from the oldest change carried to the proof.
    """

    project: str
    run: RunId
    cause: str
    status: str
    back_to: RunId | None = None
    stage: str = ""
    bill: Bill | None = None
    changes: tuple[Shown, ...] = ()
    more_changes: int = 0
    proven: bool = False
    refused: str = ""
    unseen: str = ""
    failed: FailedAction | None = None
    since_good: tuple[Moved, ...] = ()
    serving: str = ""
    on_site: bool = False
    held: bool = False
    page_url: str = ""
    lead_seconds: float | None = None
    recovered: bool = False
    owners: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether the run has its verdict; a retry or a late look may still turn it."""
        return self.status not in ("InProgress", "Stopping")

    @property
    def quiet(self) -> bool:
        """Whether the run came to nothing that anybody waits to hear of: superseded, overtaken, stopped."""
        return bool(self.refused) or self.status in ("Superseded", "Stopped", "Cancelled")

    @property
    def call(self) -> Call | None:
        """What the owners are called for as it stands; a failure, and the first success after one."""
        if self.status == "Failed":
            where = f"{self.failed.action}/{self.failed.attempt}" if self.failed else ""
            return Call(kind="failure", part=f"failure/{self.failed.stage if self.failed else ''}/{where}")
        if self.status == "Succeeded" and self.proven and self.recovered and not self.refused:
            return Call(kind="recovery", part="recovery")
        return None

    @property
    def outcome(self) -> str:
        """What the run came to, in a word that differs whenever the verdict does; empty while under way."""
        if not self.ended:
            return ""
        if self.quiet:
            return "quiet"
        if self.call is not None:
            return self.call.part
        return "live" if self.proven else "unseen"


def render(story: Story) -> str:
    """The text. The first line says how it stands; the rest what a reader needs then."""
    lines = [headline(story), f"because {story.cause}"]
    lines += [f"  {line}" for line in change_lines(story)]
    if story.failed is not None:
        lines += _failure(story.failed)
        lines += [f"  {moved_line(moved)}" for moved in story.since_good]
        lines += [f"{step.when}: {step.command}" for step in next_steps(story)]
    if story.back_to is not None and story.held:
        lines.append("to let changes through again: laststop release lift")
    if story.serving and not story.proven:
        lines.append(f"the site serves {story.serving}")
    if story.proven and story.lead_seconds is not None:
        lines.append(lead_line(story.lead_seconds))
    if story.page_url:
        lines.append(story.page_url)
    if story.bill is not None:
        lines.append(bill_line(story.bill))
    return "\n".join(lines)


def headline(story: Story) -> str:
    """Which run, and how it stands."""
    return f"{story.project} {story.run[:8]}: {standing(story)}"


def standing(story: Story) -> str:
    """How the run stands, in a few words."""
    if story.refused:
        return f"changed nothing, {story.refused}"
    match story.status:
        case "Succeeded" if story.back_to is not None:
            seen = "seen at the edge" if story.proven else "not yet visible"
            held = "; the site is held there" if story.held else ""
            return f"went back to run {story.back_to[:8]}, {seen}{held}"
        case "Succeeded" if story.proven:
            return "live, seen at the edge"
        case "Succeeded":
            return f"deployed, not yet visible{': ' + story.unseen if story.unseen else ''}"
        case "InProgress" | "Stopping":
            return f"under way, at {story.stage}"
        case other:
            return f"{other.lower()} at {story.stage}"


def change_lines(story: Story) -> list[str]:
    """What is shown otherwise than before, algorithm by algorithm."""
    more = [f"and {story.more_changes} more"] if story.more_changes else []
    return [change_line(change) for change in story.changes] + more


def change_line(change: Shown) -> str:
    """`bgp 1.0 -> 1.1`."""
    if not change.before:
        return f"{change.algorithm} {change.after} (new)"
    if not change.after:
        return f"{change.algorithm} {change.before} is no longer shown"
    return f"{change.algorithm} {change.before} -> {change.after}"


def moved_line(moved: Moved) -> str:
    """`since the last good run: acme/frontend@main 1a2b3c4d -> 5e6f7a8b, fix the header`."""
    before = f"{_short(moved.before)} -> " if moved.before else ""
    summary = f", {moved.summary}" if moved.summary else ""
    return f"since the last good run: {moved.location} {before}{_short(moved.after)}{summary}"


def command_line(failure: Failure) -> str:
    """`BUILD: npm run build (exit status 2)`; empty when no command failed."""
    if not failure.command:
        return ""
    status = f" (exit status {failure.exit_status})" if failure.exit_status is not None else ""
    return f"{failure.phase}: {failure.command}{status}"


def failure_line(failed: FailedAction) -> str:
    """`Build / build-site: the command failed`."""
    again = f" (attempt {failed.attempt})" if failed.attempt > 1 else ""
    return f"{failed.stage} / {failed.action}{again}: {failed.failure.message}"


def next_steps(story: Story) -> tuple[Step, ...]:
    """The commands a failed run asks for."""
    steps = [Step(when="when the cause is gone", command=f"laststop run retry {story.run[:8]}")]
    if story.on_site:
        steps.append(
            Step(when="to go back to what was live before", command="laststop release rollback previous")
        )
    return tuple(steps)


def lead_line(lead_seconds: float) -> str:
    """How long the oldest change took."""
    return f"{lead_seconds:.1f} s from the change to the proof"


def bill_line(bill: Bill) -> str:
    """What the run was made of."""
    return "built from " + ", ".join(f"{r.location} {_short(r.id)}" for r in bill.revisions)


def _failure(failed: FailedAction) -> list[str]:
    lines = [failure_line(failed)]
    command = command_line(failed.failure)
    if command:
        lines.append(f"  {command}")
    if failed.cause:
        lines.append(f"  first cause: {failed.cause}")
    return lines + [f"  | {line}" for line in failed.failure.lines[-LOG_LINES_MAX:]]


def _short(revision: str) -> str:
    return revision[:8]
