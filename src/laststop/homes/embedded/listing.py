"""What people and scripts see of catalog, runs and releases: one value per line of a list."""

from typing import Any

import msgspec

from laststop.errors import UsageError
from laststop.functions.publish import Policy
from laststop.homes.embedded.ledger import OpenChange
from laststop.homes.embedded.readers import Bench
from laststop.homes.embedded.runs import RunRow
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.notices.judge import Published
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import Instant, instant_text, parse_instant
from laststop.words.verdicts import VerdictKind

_CATALOG = load("catalog.sql")
_NOTICES = load("notices.sql")
_SITE = load("site.sql")


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version with the verdict on its newest change; no verdict while it was never released."""

    algorithm: str
    version: str
    type: str
    phase: str
    verdict: str | None
    reason: str
    run: str | None


class RunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run; `bill` leads from source action to revision."""

    id: str
    pipeline: str
    status: str
    cause: str
    bill: dict[str, str]
    started_at: str
    ended_at: str | None


class ReleaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A kept release."""

    id: str
    run: str
    live: bool
    switched_at: str


def version_lines(
    view: View,
    policy: Policy,
    locations: dict[str, str],
    *,
    algorithm: str | None = None,
    only: str | None = None,
    type_: str | None = None,
    after: tuple[str, str] = ("", ""),
    limit: int | None = None,
) -> list[VersionLine]:
    """The catalog, by algorithm and version; what is still open is judged as things stand now.

    `only` asks for one version of each algorithm; at most `limit` lines come, those behind `after`, an
    algorithm and a version.
    """
    bench = Bench(view, policy, locations)
    begin = after if algorithm is None else max(after, (algorithm, ""))
    page = (*begin, algorithm or LAST_NAME, type_, only, -1 if limit is None else limit)
    rows = view.connection.execute(_CATALOG["listing"], page).fetchall()
    unread = _unread(view, policy)
    lines = []
    for name, version, kind, phase, verdict, reason, run, seq, object_, generation in rows:
        if (name, version) in unread:
            verdict, reason, run = "pending", NOT_READ, None  # noqa: PLW2901
        elif verdict in (VerdictKind.PENDING, VerdictKind.FAILED):
            change = Published(
                algorithm=name, version=version, type=kind, object=object_, generation=generation
            )
            judged = bench.judge(OpenChange(seq=seq, change=change, kind=VerdictKind(verdict), run=None))
            verdict, reason, run = judged.kind.value, judged.reason, judged.run  # noqa: PLW2901
        lines.append(
            VersionLine(
                algorithm=name,
                version=version,
                type=kind,
                phase=phase,
                verdict=verdict,
                reason=reason or "",
                run=run,
            )
        )
    return lines


LAST_NAME = "\U0010ffff"
"""Behind every name; it cannot be printed, so it is none."""
NOT_READ = "recorded, and not published yet"


def place_behind(line: VersionLine) -> str:
    """The text that asks for what follows a line."""
    return f"{line.algorithm}/{line.version}"


def read_place(text: str, where: str) -> tuple[str, str]:
    """An algorithm and a version out of `NAME/VERSION`; neither can have a slash.

    Raises: UsageError naming `where` it stands.
    """
    algorithm, slash, version = text.partition("/")
    if not (algorithm and slash and version):
        raise UsageError(f"{text[:80]!r} is no NAME/VERSION", place=where)
    return algorithm, version


def _unread(view: View, policy: Policy) -> set[tuple[str, str]]:
    """Versions with changes into a release phase that publishing has not read."""
    phases = msgspec.json.encode(sorted(policy.phases.release)).decode()
    rows = view.connection.execute(_CATALOG["unread"], (phases,))
    return {(algorithm, version) for algorithm, version in rows}


def run_line(row: RunRow) -> RunLine:
    """A run as scripts see it."""
    revisions = row.bill.revisions if row.bill else ()
    return RunLine(
        id=row.id,
        pipeline=row.pipeline,
        status=row.status,
        cause=row.cause,
        bill={revision.action: revision.id for revision in revisions},
        started_at=instant_text(row.started_at),
        ended_at=instant_text(row.ended_at) if row.ended_at else None,
    )


class ReleaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A release that was live at some time and is kept."""

    id: ReleaseId
    run: RunId
    live: bool
    switched_at: Instant
    seen_at: Instant | None
    files: int
    size_bytes: int
    unseen_reason: str

    @property
    def line(self) -> ReleaseLine:
        """As scripts see it."""
        return ReleaseLine(
            id=self.id, run=self.run, live=self.live, switched_at=instant_text(self.switched_at)
        )


def release_rows(view: View, limit: int = 50) -> tuple[ReleaseRow, ...]:
    """Releases that were switched to, the newest first."""
    live = view.connection.execute(_SITE["live_release"]).fetchone()
    rows = view.connection.execute(_SITE["listing"], (limit,))
    return tuple(_release(row, live[0] if live else None) for row in rows)


def _release(row: tuple[Any, ...], live: str | None) -> ReleaseRow:
    identity, run, _, switched_at, seen_at, files, size_bytes, unseen = row
    return ReleaseRow(
        id=ReleaseId(identity),
        run=RunId(run),
        live=identity == live,
        switched_at=parse_instant(switched_at),
        seen_at=parse_instant(seen_at) if seen_at else None,
        files=files,
        size_bytes=size_bytes,
        unseen_reason=unseen,
    )
