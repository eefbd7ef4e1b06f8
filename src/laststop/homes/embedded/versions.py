"""The catalog's table in the store: every write appends a change."""

from collections.abc import Callable
from typing import Any

import msgspec

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.change import Change, Image, change_between, image_of_pin, image_of_row
from laststop.catalog.ports.versions import AlgorithmPage
from laststop.catalog.version import PIN, VersionRow
from laststop.errors import ConflictError
from laststop.homes.embedded.store.journal import Transaction, View
from laststop.homes.embedded.store.statements import load
from laststop.words.facts import Recorded
from laststop.words.facts_catalog import ChangeRecorded, sequence_number
from laststop.words.instants import Instant

_SQL = load("catalog.sql")


class StoredVersions:
    """The `Versions` port inside one transaction, or, read-only, inside one view."""

    def __init__(self, view: View, clock: Callable[[], Instant]) -> None:
        """Writing needs a `Transaction`; `clock` stamps the changes."""
        self._view = view
        self._clock = clock

    def get(self, algorithm: str, version: str) -> VersionRow | None:
        """The row of a version, or None."""
        image = self._image(algorithm, version)
        return None if image is None or version == PIN else _row(algorithm, version, image)

    def of(self, algorithm: str) -> Algorithm:
        """Everything under one name."""
        rows, pin = [], None
        for version, text in self._view.connection.execute(_SQL["of_algorithm"], (algorithm,)):
            image = _decode(text)
            if version == PIN:
                pin = image.pin
            else:
                rows.append(_row(algorithm, version, image))
        return Algorithm(name=algorithm, versions=tuple(rows), pin=pin)

    def put(self, row: VersionRow, *, expected: VersionRow | None) -> None:
        """Write a row if what stands is still `expected`."""
        before = self._image(row.algorithm, row.version)
        stands = None if before is None else (before.type, before.phase)
        wanted = None if expected is None else (expected.type, expected.phase)
        if stands != wanted:
            raise ConflictError(
                "somebody else changed it meanwhile",
                place=f"{row.algorithm} {row.version}",
                hint="look again",
            )
        self._record(row.algorithm, row.version, before, image_of_row(row))

    def remove(self, algorithm: str, version: str) -> None:
        """Delete a version's row."""
        self._record(algorithm, version, self._image(algorithm, version), None)

    def scan(self, after: str | None = None, *, limit: int = 100) -> AlgorithmPage:
        """A page of whole algorithms, by name."""
        rows = self._view.connection.execute(_SQL["names"], (after or "", limit)).fetchall()
        names = [name for (name,) in rows]
        return AlgorithmPage(
            algorithms=tuple(self.of(name) for name in names),
            after=names[-1] if len(names) == limit else None,
        )

    def pin(self, algorithm: str, version: str | None) -> None:
        """Point the algorithm's pin at a version, or remove it."""
        self._record(algorithm, PIN, self._image(algorithm, PIN), image_of_pin(version))

    def _image(self, algorithm: str, version: str) -> Image | None:
        row = self._view.connection.execute(_SQL["one"], (algorithm, version)).fetchone()
        return _decode(row[2]) if row else None

    def _record(self, algorithm: str, version: str, old: Image | None, new: Image | None) -> None:
        """Append the change from one image to the other, unless there is none."""
        change = change_between(
            sequence_number=0, algorithm=algorithm, version=version, old=old, new=new, at=self._clock()
        )
        if change is None:
            return
        if not isinstance(self._view, Transaction):
            raise TypeError("a view only reads")
        self._view.append(
            ChangeRecorded(
                at=change.at,
                algorithm=algorithm,
                version=version,
                event=change.event,
                old=_plain(old),
                new=_plain(new),
            )
        )


_decode = msgspec.json.Decoder(Image).decode


def _plain(image: Image | None) -> dict[str, Any] | None:
    return None if image is None else msgspec.to_builtins(image)


def _row(algorithm: str, version: str, image: Image) -> VersionRow:
    return VersionRow(
        algorithm=algorithm,
        version=version,
        type=image.type,
        phase=image.phase,
        attributes=image.attributes,
    )


def change_of(recorded: Recorded) -> Change:
    """The stream's view of a recorded change: its place in the journal is its sequence number."""
    fact = recorded.fact
    if not isinstance(fact, ChangeRecorded):
        raise TypeError(f"{fact.kind} is no change")
    return Change(
        sequence_number=sequence_number(recorded.seq),
        event=fact.event,
        algorithm=fact.algorithm,
        version=fact.version,
        old=None if fact.old is None else msgspec.convert(fact.old, Image),
        new=None if fact.new is None else msgspec.convert(fact.new, Image),
        at=fact.at,
    )
