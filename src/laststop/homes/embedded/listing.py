"""What people and scripts see of catalog, runs and releases: one value per line of a list."""

from typing import Any

import msgspec

from laststop.functions.publish import Policy
from laststop.homes.embedded.ledger import OpenChange
from laststop.homes.embedded.readers import Bench
from laststop.homes.embedded.runs import RunRow
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.homes.shared.listing import NOT_READ, ReleaseRow, RunLine, VersionLine
from laststop.notices.judge import Published
from laststop.words.ids import ReleaseId, RunId
from laststop.words.instants import instant_text, parse_instant
from laststop.words.verdicts import VerdictKind

_CATALOG = load("catalog.sql")
_NOTICES = load("notices.sql")
_SITE = load("site.sql")


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
