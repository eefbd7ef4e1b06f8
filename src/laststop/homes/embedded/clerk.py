"""The only writer of messages: one per run, written again whenever its text would be another."""

from collections.abc import Callable, Mapping

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.ledger import active_versions
from laststop.homes.embedded.pointer import live_of
from laststop.homes.embedded.runs import RunRow, attempt_rows, kept_run, stage_rows
from laststop.homes.embedded.store.journal import Store, Transaction, View
from laststop.homes.embedded.store.statements import load
from laststop.notices.causes import causal_line, excerpt
from laststop.notices.clean import Hide, clean
from laststop.notices.story import LOG_LINES_MAX, FailedAction, Moved, Shown, Story, render, shown_between
from laststop.words import facts_pipeline, facts_site
from laststop.words.bill import Bill
from laststop.words.fact import Fact, RunFact
from laststop.words.facts_notices import MessageWritten
from laststop.words.ids import RunId
from laststop.words.instants import Instant, parse_instant, seconds_between

_SITE = load("site.sql")
_NOTICES = load("notices.sql")
BATCH = 200


class Clerk:
    """Reads the journal and keeps every run's message true.

    A run is told of from the moment it enters a stage with other work than reading sources; runs that are
    superseded while they wait are never told of.
    """

    NAME = "clerk"
    _FACTS: tuple[type[Fact], ...] = (
        facts_pipeline.StageEntered,
        facts_pipeline.StageRetried,
        facts_pipeline.RunFailed,
        facts_pipeline.RunStopped,
        facts_pipeline.RunSucceeded,
        facts_pipeline.RunCancelled,
        facts_pipeline.RunSuperseded,
        facts_site.ReleaseRefused,
        facts_site.ReleaseSeen,
        facts_site.ReleaseUnseen,
    )
    _ABOUT_RUNS = RunFact | facts_site.ReleaseRefused | facts_site.ReleaseSeen | facts_site.ReleaseUnseen

    def __init__(
        self,
        store: Store,
        *,
        project: str,
        page_url: Callable[[], str],
        clock: Callable[[], Instant],
        owners: Mapping[str, str] | None = None,
        hide: Hide = str,
        written: Callable[[], None] = lambda: None,
    ) -> None:
        """`page_url` is asked each time: the edge may have moved. `written` is called after a new text.

        `owners` leads from a type to a mention; `hide` takes secrets out of a text.
        """
        self._store = store
        self._project = project
        self._page_url = page_url
        self._clock = clock
        self._owners = owners or {}
        self._hide = hide
        self._written = written
        self._kinds = frozenset(str(each.__struct_config__.tag) for each in self._FACTS)

    def read(self) -> bool:
        """Write what has to be written anew; False when nothing happened."""
        with self._store.view() as view:
            facts = view.of_kinds(self._kinds, view.cursor(self.NAME), BATCH)
        if not facts:
            return False
        runs = dict.fromkeys(one.fact.run for one in facts if isinstance(one.fact, self._ABOUT_RUNS))
        with self._store.transaction() as transaction:
            texts = [self._write(transaction, run) for run in runs]
            transaction.move_cursor(self.NAME, facts[-1].seq)
        if any(texts):
            self._written()
        return True

    def _write(self, transaction: Transaction, run: RunId) -> bool:
        """The message as the run stands, if it reads otherwise than before; True when it does.

        Nothing is written while the run is not told of, or when it is no longer kept.
        """
        row = kept_run(transaction, run)
        if row is None or not _is_told_of(transaction, row):
            return False
        story = clean(self._story(transaction, row), self._hide)
        text = render(story)
        known = transaction.connection.execute(_NOTICES["message"], (run,)).fetchone()
        if known is not None and known[1] == text:
            return False
        transaction.append(
            MessageWritten(
                at=self._clock(),
                run=run,
                revision=known[0] + 1 if known else 1,
                text=text,
                story=msgspec.to_builtins(story),
            )
        )
        return True

    def _story(self, view: View, row: RunRow) -> Story:
        release = _release_of(view, row)
        listed = {found[0]: found for found in view.connection.execute(_SITE["listing"], (50,))}
        own = listed.get(release[0]) if release else None
        refused = view.connection.execute(_SITE["outcome"], (row.id,)).fetchone()
        live = live_of(view)
        proven = bool(own and own[4])
        failed = _failed(view, row) if row.status == "Failed" else None
        changes = _changes(view, row, release[0] if release else "")
        return Story(
            project=self._project,
            run=row.id,
            cause=row.cause,
            back_to=row.target,
            status=row.status,
            stage=row.stage,
            bill=row.bill,
            changes=changes,
            proven=proven,
            refused=msgspec.json.decode(refused[0])["reason"] if refused else "",
            unseen=own[7] if own else "",
            failed=failed,
            since_good=_since_good(view, row) if failed else (),
            serving=f"run {live.run[:8]}" if live else "nothing yet",
            on_site=bool(live and release and live.release == release[0]),
            held=bool(live and live.hold and release and live.release == release[0]),
            page_url=self._page_url(),
            lead_seconds=_lead_seconds(view, row, parse_instant(own[4])) if proven and own else None,
            recovered=row.status == "Succeeded" and _was_failing(view, row),
            owners=self._concerned(changes),
        )

    def _concerned(self, changes: tuple[Shown, ...]) -> tuple[str, ...]:
        """The owners of the types that change; when it is none of theirs, all of them."""
        touched = [self._owners[each.type] for each in changes if each.type in self._owners]
        return tuple(dict.fromkeys(touched or self._owners.values()))


def _release_of(view: View, row: RunRow) -> tuple[str, ...] | None:
    """The release a run made, or, after a rollback, the kept one with the bill it went back to."""
    made: tuple[str, ...] | None = view.connection.execute(_SITE["of_run"], (row.id,)).fetchone()
    if made is not None or row.target is None or row.bill is None:
        return made
    live = live_of(view)
    if live is None or live.bill.digest != row.bill.digest:
        return None
    found: tuple[str, ...] | None = view.connection.execute(_SITE["one"], (live.release,)).fetchone()
    return found


def _is_told_of(view: View, row: RunRow) -> bool:
    """Whether it entered a stage behind the sources, or ended by itself before.

    Of runs of other pipelines than the flow's nobody is told: they release nothing, and have their events.
    """
    if view.connection.execute(_NOTICES["of_flow"], (row.id,)).fetchone() is None:
        return False
    entered = sum(stage.entered_at is not None for stage in stage_rows(view, row.id))
    return entered > (row.target is None) or not (row.live or row.status == "Superseded")


def _changes(view: View, row: RunRow, release: str) -> tuple[Shown, ...]:
    """What the run's documents show otherwise than the release before it."""
    if row.bill is None:
        return ()
    previous = view.connection.execute(_SITE["previous"], (release,)).fetchone() if release else None
    live = live_of(view)
    before: Bill | None = None
    if previous is not None and previous[0]:
        kept = view.connection.execute(_SITE["one"], (previous[0],)).fetchone()
        before = msgspec.json.decode(kept[2], type=Bill) if kept else None
    elif not release and live is not None:
        before = live.bill
    try:
        old = active_versions(view, before) if before is not None else {}
        new = active_versions(view, row.bill)
    except NotFoundError:
        return ()  # the documents of an old run are gone; its message keeps what it said of them
    return shown_between(old, new)


def _failed(view: View, row: RunRow) -> FailedAction | None:
    """The newest failed attempt, with the lines of its log that tell why."""
    found = [each for each in attempt_rows(view, row.id) if each.failure is not None]
    if not found or found[-1].failure is None:
        return None
    attempt, failure = found[-1], found[-1].failure
    if not failure.lines:
        return FailedAction(
            stage=attempt.stage, action=attempt.action, attempt=attempt.attempt, failure=failure
        )
    cause = causal_line(failure.lines, command=failure.command, exit_status=failure.exit_status)
    lines = excerpt(failure.lines, cause, limit=LOG_LINES_MAX)
    return FailedAction(
        stage=attempt.stage,
        action=attempt.action,
        attempt=attempt.attempt,
        failure=msgspec.structs.replace(failure, lines=lines),
        cause=failure.cause or (cause.line if cause and failure.message not in cause.line else ""),
    )


def _since_good(view: View, row: RunRow) -> tuple[Moved, ...]:
    """The sources that stand elsewhere than in the newest run before that ended well."""
    found = view.connection.execute(_NOTICES["last_good"], (row.ordinal,)).fetchone()
    if row.bill is None or found is None:
        return ()
    good = msgspec.json.decode(found[0], type=Bill)
    before = {each.action: each for each in good.revisions}
    return tuple(
        Moved(
            location=each.location,
            before=before[each.action].id if each.action in before else "",
            after=each.id,
            summary=each.summary,
        )
        for each in row.bill.revisions
        if each.action not in before or before[each.action].id != each.id
    )


def _was_failing(view: View, row: RunRow) -> bool:
    """Whether this run failed before it went on, or the one before it that was to change the site did."""
    if view.connection.execute(_NOTICES["failed_before"], (row.id,)).fetchone():
        return True
    last = view.connection.execute(_NOTICES["last_outcome"], (row.ordinal,)).fetchone()
    return last is not None and last[0] == "Failed"


def _lead_seconds(view: View, row: RunRow, seen_at: Instant) -> float | None:
    """From the oldest change the run's proof settled to the proof."""
    oldest = view.connection.execute(
        "SELECT min(recorded_at) FROM verdict WHERE run = ?", (row.id,)
    ).fetchone()
    return seconds_between(parse_instant(oldest[0]), seen_at) if oldest and oldest[0] else None
