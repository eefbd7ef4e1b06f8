"""What happens to a pipeline's sources, read as wishes for runs."""

from collections.abc import Iterator
from typing import Final

import msgspec

from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import AnyInput, Start, Want
from laststop.pipeline.overrides import SourceOverride
from laststop.pipeline.triggers import Happened, PullRequested, Pushed, firings, watched
from laststop.words import facts_catalog, facts_site
from laststop.words.facts import Recorded
from laststop.words.ids import RunId, derived_id

_SQL = load("journal.sql")
BATCH: Final = 1000
_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What to decide, and the place to move the cursor to once it is decided; 0 when nothing was read."""

    inputs: tuple[AnyInput, ...] = ()
    place: int = 0


class StartReader:
    """Turns news of one pipeline's sources into wishes: one for all that is new, or a run per trigger.

    Runs that triggers start have ids that follow from the fact, so that a repetition starts none again.
    """

    KINDS = frozenset(
        {
            "document.replaced",
            "source.moved",
            "source.pushed",
            "source.pull_request",
            "release.refused",
            "release.lifted",
        }
    )

    def __init__(self, store: Store, pipeline: str, *, flow: bool) -> None:
        """`flow`: the project's own pipeline, which alone answers to what happens to its releases."""
        self.name = "start" if flow else f"start:{pipeline}"
        self._store = store
        self._pipeline = pipeline
        self._flow = flow

    def read(self, declaration: Pipeline | None, *, held: bool) -> Wishes:
        """What is new since the last time; while the site is `held`, triggers only leave their mark.

        A pipeline that was just made begins with what happens from now on: its making starts a run.
        """
        with self._store.view() as view:
            if declaration is None:
                return Wishes()
            cursor = self._cursor(view)
            if cursor is None:
                return Wishes(place=view.newest())
            facts = view.of_kinds(self.KINDS, cursor, BATCH)
        if not facts:
            return Wishes()
        places = watched(declaration)
        causes = [cause for one in facts if (cause := self._cause(one, places))]
        starts = [each for one in facts for each in self._starts(one, declaration)]
        anyway = any(isinstance(one.fact, facts_site.HoldLifted) for one in facts) and self._flow
        if held and starts:
            causes.extend(start.cause for start in starts)
            starts = []
        wishes: list[AnyInput] = list(starts)
        if causes:
            rest = len(causes) - 1
            more = f", and {rest} more change{'s' if rest > 1 else ''}" if rest else ""
            wishes.append(Want(cause=causes[0] + more, anyway=anyway))
        return Wishes(inputs=tuple(wishes), place=facts[-1].seq)

    def _cursor(self, view: View) -> int | None:
        """How far it has read; None for a reader that never did. The flow's begins with the journal."""
        row = view.connection.execute(_SQL["cursor"], (self.name,)).fetchone()
        if row is None:
            return 0 if self._flow else None
        return int(row[0])

    def _cause(self, recorded: Recorded, places: frozenset[str]) -> str:
        """Why a fact asks for a run of the newest revisions; nothing when it does not."""
        match recorded.fact:
            case facts_catalog.DocumentReplaced(generation=0):
                return ""
            case facts_catalog.DocumentReplaced() as fact if fact.location in places:
                return _of_document(fact)
            case facts_catalog.SourceMoved(first=True):
                return ""
            case facts_catalog.SourceMoved(location=location, summary=summary, revision=revision) if (
                location in places
            ):
                return f"{location}: {revision[:8]} {summary}".strip()
            case facts_site.ReleaseRefused(fresh_run_wanted=True, run=run) if self._flow:
                return f"run {run} was overtaken and held something newer"
            case facts_site.HoldLifted() if self._flow:
                return "the hold was lifted"
            case _:
                return ""

    def _starts(self, recorded: Recorded, declaration: Pipeline) -> Iterator[Start]:
        happened = happened_of(recorded)
        if happened is None or not declaration.triggers:
            return
        for firing in firings(declaration, happened):
            pin = SourceOverride(
                action_name=firing.action, revision_type="COMMIT_ID", revision_value=firing.commit
            )
            yield Start(
                run=RunId(derived_id(RunId(self._pipeline), "trigger", str(recorded.seq), firing.action)),
                cause=_of_trigger(happened),
                revisions=(pin,),
                trigger="WebhookV2",
                detail=_of_trigger(happened)[:1024],
            )


def happened_of(recorded: Recorded) -> Happened | None:
    """A fact as triggers look at it; None for what is no push, and for what was found at the first look."""
    match recorded.fact:
        case facts_catalog.RefPushed(first=True):
            return None
        case facts_catalog.RefPushed() as push:
            return Pushed(
                repository=push.repository,
                commit=push.revision,
                branch=push.ref.removeprefix(_BRANCH) if push.ref.startswith(_BRANCH) else "",
                tag=push.ref.removeprefix(_TAG) if push.ref.startswith(_TAG) else "",
                created=not push.before,
                files=push.files,
            )
        case facts_catalog.PullRequestMoved() as asked:
            return PullRequested(
                repository=asked.repository,
                event=asked.event,
                commit=asked.revision,
                target=asked.target,
                source=asked.origin,
                files=asked.files,
            )
        case _:
            return None


def _of_document(fact: facts_catalog.DocumentReplaced) -> str:
    shown = ", ".join(f"{e.algorithm} {e.version or 'retired'}" for e in fact.entries[:3])
    more = f" and {len(fact.entries) - 3} more" if len(fact.entries) > 3 else ""  # noqa: PLR2004
    why = f"{fact.because}: " if fact.because else ""
    return f"{why}{fact.object}: {shown or 'its types were dealt anew'}{more}"


def _of_trigger(happened: Happened) -> str:
    if isinstance(happened, PullRequested):
        what = f"pull request {happened.event.lower()}: {happened.source or happened.commit[:8]}"
        return f"{happened.repository}@{happened.target}: {what}"
    where = happened.branch or happened.tag
    return f"{happened.repository}@{where}: {happened.commit[:8]} pushed"
