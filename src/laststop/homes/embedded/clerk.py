"""The only writer of messages: one per run, written again whenever its text would be another."""

from collections.abc import Callable

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.ledger import active_versions
from laststop.homes.embedded.releases import live_of
from laststop.homes.embedded.runs import RunRow, attempt_rows, kept_run, stage_rows
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.notices.story import FailedAction, Shown, Story, render
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
        facts_site.ReleaseSeen,
        facts_site.ReleaseUnseen,
    )

    def __init__(
        self,
        store: Store,
        *,
        project: str,
        page_url: Callable[[], str],
        clock: Callable[[], Instant],
    ) -> None:
        """`page_url` is asked each time: the edge may have moved."""
        self._store = store
        self._project = project
        self._page_url = page_url
        self._clock = clock
        self._kinds = frozenset(str(each.__struct_config__.tag) for each in self._FACTS)

    def read(self) -> bool:
        """Write what has to be written anew; False when nothing happened."""
        with self._store.view() as view:
            facts = view.of_kinds(self._kinds, view.cursor(self.NAME), BATCH)
        if not facts:
            return False
        runs = dict.fromkeys(
            one.fact.run
            for one in facts
            if isinstance(one.fact, RunFact | facts_site.ReleaseSeen | facts_site.ReleaseUnseen)
        )
        with self._store.transaction() as transaction:
            for run in runs:
                text = self._text(transaction, run)
                written = transaction.connection.execute(_NOTICES["message"], (run,)).fetchone()
                if text and (written is None or written[1] != text):
                    revision = written[0] + 1 if written else 1
                    transaction.append(
                        MessageWritten(at=self._clock(), run=run, revision=revision, text=text)
                    )
            transaction.move_cursor(self.NAME, facts[-1].seq)
        return True

    def _text(self, view: View, run: RunId) -> str:
        """The message as the run stands; empty while it is not told of, or when the run is no longer kept."""
        row = kept_run(view, run)
        if row is None or not _is_told_of(view, row):
            return ""
        return render(self._story(view, row))

    def _story(self, view: View, row: RunRow) -> Story:
        release = view.connection.execute(_SITE["of_run"], (row.id,)).fetchone()
        listed = {found[0]: found for found in view.connection.execute(_SITE["listing"], (50,))}
        own = listed.get(release[0]) if release else None
        refused = view.connection.execute(_SITE["outcome"], (row.id,)).fetchone()
        proven = bool(own and own[4])
        return Story(
            project=self._project,
            run=row.id,
            cause=row.cause,
            status=row.status,
            stage=row.stage,
            bill=row.bill,
            changes=_changes(view, row, release[0] if release else ""),
            proven=proven,
            refused=msgspec.json.decode(refused[0])["reason"] if refused else "",
            unseen=own[7] if own else "",
            failed=_failed(view, row) if row.status == "Failed" else None,
            serving=_serving(view),
            page_url=self._page_url(),
            lead_seconds=_lead_seconds(view, row, parse_instant(own[4])) if proven and own else None,
        )


def _is_told_of(view: View, row: RunRow) -> bool:
    """Whether it entered a stage behind the sources, or ended by itself before."""
    entered = sum(stage.entered_at is not None for stage in stage_rows(view, row.id))
    return entered > 1 or not (row.live or row.status == "Superseded")


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
    was = {name: version for each in old.values() for name, version in each.items()}
    now = {name: version for each in new.values() for name, version in each.items()}
    return tuple(
        Shown(algorithm=name, before=was.get(name, ""), after=now.get(name, ""))
        for name in sorted(was.keys() | now.keys())
        if was.get(name) != now.get(name)
    )


def _failed(view: View, row: RunRow) -> FailedAction | None:
    found = [each for each in attempt_rows(view, row.id) if each.failure is not None]
    if not found or found[-1].failure is None:
        return None
    return FailedAction(stage=found[-1].stage, action=found[-1].action, failure=found[-1].failure)


def _serving(view: View) -> str:
    live = live_of(view)
    return f"run {live.run[:8]}" if live else "nothing yet"


def _lead_seconds(view: View, row: RunRow, seen_at: Instant) -> float | None:
    """From the oldest change the run's proof settled to the proof."""
    oldest = view.connection.execute(
        "SELECT min(recorded_at) FROM verdict WHERE run = ?", (row.id,)
    ).fetchone()
    return seconds_between(parse_instant(oldest[0]), seen_at) if oldest and oldest[0] else None
