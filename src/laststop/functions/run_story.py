"""The story of a run, read from the pipeline, the ledger and the documents; nothing of it is remembered."""

from collections.abc import Mapping
from typing import Final

import msgspec

from laststop.errors import NotFoundError
from laststop.functions.history import Broken, Detail, History, Past, found
from laststop.functions.ports import BillVersions, Waiting
from laststop.functions.start_ports import Causes
from laststop.functions.verdict_ports import Proofs
from laststop.notices.causes import causal_line, excerpt
from laststop.notices.story import LOG_LINES_MAX, FailedAction, Moved, Shown, Story, shown_between
from laststop.site.live import Live, Release
from laststop.site.releases import Releases
from laststop.words.ids import RunId
from laststop.words.instants import seconds_between

EARLIER_RUNS: Final = 50
FIRST_RUN: Final = "CreatePipeline"
"""The trigger of the run that begins when the pipeline is made; its failure is nobody's concern."""
LOG_PAUSE_SECONDS: Final = 2.0
LOG_WITHIN_SECONDS: Final = 20.0
"""A build's last lines come after its end; so long they are waited for."""
_ENDED_WELL: Final = "Succeeded"
_BY_A_SOURCE: Final = frozenset({"CloudWatchEvent", "PollForSourceChanges", "Webhook", "WebhookV2"})
"""Triggers of runs that a source began by itself."""


class Archives(msgspec.Struct, frozen=True, kw_only=True):
    """Where a story is read from; `owners` leads from a type to a mention."""

    project: str
    history: History
    proofs: Proofs
    causes: Causes
    releases: Releases
    bill_versions: BillVersions
    page_url: str = ""
    owners: Mapping[str, str] = {}


def story_of(run: RunId, archives: Archives, waiting: Waiting) -> Story | None:
    """The story as it stands, or None while there is nothing to tell.

    A run is told of from the moment it enters a stage behind its sources, or ends badly before.
    """
    detail = found(archives.history, run)
    if detail is None or not _is_told_of(detail):
        return None
    live = archives.releases.live()
    release = archives.proofs.release_of(run)
    on_site = live is not None and release is not None and live.release == release.id
    note = archives.proofs.note(release.id) if release is not None else None
    changes = _changes(detail, release, live, archives)
    earlier = _earlier(detail, archives.history)
    broken = detail.broken if detail.past.status == "Failed" else None
    seen_at = note.seen_at if note else None
    return Story(
        project=archives.project,
        run=run,
        cause=_cause(detail, archives.causes),
        status=detail.past.status,
        stage=detail.stage,
        bill=detail.bill,
        changes=changes,
        proven=seen_at is not None,
        refused=archives.proofs.refusal(run),
        unseen=note.unseen if note else "",
        failed=_failed(broken, archives.history, waiting) if broken else None,
        since_good=_since_good(detail, earlier, archives.history) if broken else (),
        serving=f"run {live.run[:8]}" if live else "nothing yet",
        on_site=on_site,
        page_url=archives.page_url,
        lead_seconds=seconds_between(detail.past.started_at, seen_at) if seen_at else None,
        recovered=detail.past.status == _ENDED_WELL and _was_failing(detail, earlier),
        owners=_concerned(changes, archives.owners),
    )


def _is_told_of(detail: Detail) -> bool:
    if detail.past.trigger.startswith(FIRST_RUN) and detail.past.status == "Failed":
        return False
    return detail.stages > 1 or not (detail.past.in_flight or detail.past.status == "Superseded")


def _cause(detail: Detail, causes: Causes) -> str:
    """Why it runs; one that a source began by itself is told with what its commits say."""
    run, told = detail.past.id, detail.past.cause
    if detail.past.trigger not in _BY_A_SOURCE:
        return causes.of((run,)).get(run, told)
    if detail.bill is None:
        return told
    said = [each.summary for each in detail.bill.revisions if each.generation is None and each.summary]
    return ": ".join([told, *([", ".join(said)] if said else [])])


def _changes(
    detail: Detail, release: Release | None, live: Live | None, archives: Archives
) -> tuple[Shown, ...]:
    """What the run's documents show otherwise than what was live before."""
    if detail.bill is None:
        return ()
    previous = archives.proofs.before(release.id) if release else None
    before = previous.bill if previous else (live.bill if live and release is None else None)
    try:
        old = archives.bill_versions.active(before) if before else {}
        new = archives.bill_versions.active(detail.bill)
    except NotFoundError:
        return ()  # the documents of an old run are gone; its message keeps what it said of them
    return shown_between(old, new)


def _failed(broken: Broken, history: History, waiting: Waiting) -> FailedAction:
    """The newest failed attempt, with the lines of its log that tell why."""
    failure = broken.failure
    lines = failure.lines or _log(broken, history, waiting)
    cause = causal_line(lines, command=failure.command, exit_status=failure.exit_status)
    shown = excerpt(lines, cause, limit=LOG_LINES_MAX) if lines else ()
    first = cause.line if cause and failure.message not in cause.line else ""
    return FailedAction(
        stage=broken.stage,
        action=broken.action,
        attempt=broken.attempt,
        failure=msgspec.structs.replace(failure, lines=shown),
        cause=failure.cause or first,
    )


def _log(broken: Broken, history: History, waiting: Waiting) -> tuple[str, ...]:
    if not broken.external_id:
        return ()
    until = waiting.elapsed_seconds() + LOG_WITHIN_SECONDS
    while not (lines := history.log(broken.external_id)):
        if waiting.elapsed_seconds() >= until or not waiting.wait(LOG_PAUSE_SECONDS):
            break
    return lines


def _earlier(detail: Detail, history: History) -> tuple[Past, ...]:
    """The runs begun before this one, the newest first."""
    return tuple(
        past
        for past in history.newest(EARLIER_RUNS)
        if past.started_at < detail.past.started_at and past.id != detail.past.id
    )


def _since_good(detail: Detail, earlier: tuple[Past, ...], history: History) -> tuple[Moved, ...]:
    """The sources that stand elsewhere than in the newest run before that ended well."""
    last = next((past for past in earlier if past.status == _ENDED_WELL), None)
    good = found(history, last.id) if last else None
    if detail.bill is None or good is None or good.bill is None:
        return ()
    before = {each.action: each for each in good.bill.revisions}
    return tuple(
        Moved(
            location=each.location,
            before=before[each.action].id if each.action in before else "",
            after=each.id,
            summary=each.summary,
        )
        for each in detail.bill.revisions
        if each.action not in before or before[each.action].id != each.id
    )


def _was_failing(detail: Detail, earlier: tuple[Past, ...]) -> bool:
    """Whether this run failed before it went on, or the one before it that ended with a verdict did."""
    if detail.broken is not None:
        return True
    last = next((past for past in earlier if past.status in (_ENDED_WELL, "Failed")), None)
    return last is not None and last.status == "Failed"


def _concerned(changes: tuple[Shown, ...], owners: Mapping[str, str]) -> tuple[str, ...]:
    """The owners of the types that change; when it is none of theirs, all of them."""
    touched = [owners[each.type] for each in changes if each.type in owners]
    return tuple(dict.fromkeys(touched or owners.values()))
