"""What people and scripts see of catalog and releases on AWS: one value per line."""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from laststop.catalog.algorithm import Algorithm
from laststop.functions.settle import Court, judged
from laststop.homes.aws.fan_out import each
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.publications import ChangeRow, open_changes, settled_changes
from laststop.homes.aws.table import Table
from laststop.homes.aws.verdicts import open_change
from laststop.homes.shared.listing import NOT_READ, ReleaseRow, VersionLine
from laststop.words.verdicts import VerdictKind

_ALGORITHMS: Final = 100
"""Read at once; the settled changes of each are a query."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An algorithm, its lines in the order of its versions' texts, and its changes, the oldest first."""

    algorithm: Algorithm
    lines: tuple[VersionLine, ...]
    changes: tuple[ChangeRow, ...]


class Listing:
    """Reads catalog and ledger together; open changes are judged as things stand now.

    Limit: a version that was released again since its last verdict shows that verdict until `publish` has
    read the record, since nobody but the stream knows of it.
    """

    def __init__(self, court: Court, ledger: Table) -> None:
        """`court` judges; `ledger` is its table."""
        self._court = court
        self._ledger = ledger

    def of(self, name: str) -> Told:
        """One algorithm; a name the catalog does not know has no lines."""
        (told,) = self._tell([self._court.versions.of(name)], tuple(open_changes(self._ledger)))
        return told

    def lines(self, *, type_: str | None, after: tuple[str, str] | None, limit: int) -> list[VersionLine]:
        """At most `limit` lines, algorithm by algorithm in the table's own order, those behind `after`."""
        opened = tuple(open_changes(self._ledger))
        found: list[VersionLine] = []
        for told in self._all(after, opened):
            name = told.algorithm.name
            begun = after is not None and after[0] == name
            found += [
                line
                for line in told.lines
                if type_ in (None, line.type)
                and not (begun and after is not None and line.version <= after[1])
            ]
            if len(found) >= limit:
                break
        return found[:limit]

    def _all(self, after: tuple[str, str] | None, opened: tuple[ChangeRow, ...]) -> Iterator[Told]:
        """Every algorithm, from the one that an earlier look ended in."""
        place = None
        if after is not None:
            place = after[0]
            yield from self._tell([self._court.versions.of(place)], opened)
        while True:
            page = self._court.versions.scan(place, limit=_ALGORITHMS)
            yield from self._tell(page.algorithms, opened)
            if page.after is None:
                return
            place = page.after

    def _tell(self, algorithms: Iterable[Algorithm], opened: tuple[ChangeRow, ...]) -> Iterator[Told]:
        found = list(algorithms)
        settled = each(lambda one: tuple(settled_changes(self._ledger, one.name)), found)
        for algorithm, rows in zip(found, settled, strict=True):
            mine = [*rows, *(row for row in opened if row.algorithm == algorithm.name)]
            mine.sort(key=lambda row: row.sequence)
            yield Told(algorithm=algorithm, lines=tuple(self._lines(algorithm, mine)), changes=tuple(mine))

    def _lines(self, algorithm: Algorithm, changes: Iterable[ChangeRow]) -> Iterator[VersionLine]:
        newest = {row.version: row for row in changes}
        waiting = [open_change(row) for row in newest.values() if not row.verdict.final]
        verdicts = {one.change.version: verdict for one, verdict in judged(self._court, waiting)}
        for row in sorted(algorithm.versions, key=lambda row: row.version):
            verdict: str | None = None
            reason, run = "", None
            if row.version in verdicts:
                now = verdicts[row.version]
                verdict, reason, run = now.kind.value, now.reason, now.run
            elif row.version in newest:
                final = newest[row.version]
                verdict, reason, run = final.verdict.value, final.reason, final.run
            elif self._court.policy.phases.releases(row.phase):
                verdict, reason = VerdictKind.PENDING.value, NOT_READ
            yield VersionLine(
                algorithm=row.algorithm,
                version=row.version,
                type=row.type,
                phase=row.phase,
                verdict=verdict,
                reason=reason,
                run=run,
            )


def release_rows(pointer: Pointer) -> tuple[ReleaseRow, ...]:
    """Releases that were switched to and are kept, the newest first."""
    live = pointer.live()
    return tuple(
        ReleaseRow(
            id=row.id,
            run=row.run,
            live=live is not None and live.release == row.id,
            switched_at=row.switched_at,
            seen_at=row.seen_at,
            files=row.files,
            size_bytes=row.size_bytes,
            unseen_reason=row.unseen,
        )
        for row in pointer.releases()
        if row.switched_at is not None and row.removed_at is None
    )
