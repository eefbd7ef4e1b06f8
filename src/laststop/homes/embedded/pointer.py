"""The live pointer and the kept releases, as a view of the store shows them."""

from typing import Any

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.store.journal import View
from laststop.homes.embedded.store.statements import load
from laststop.site.live import HighWater, Hold, Live, Release
from laststop.words.bill import Bill
from laststop.words.ids import Digest, ReleaseId, RunId
from laststop.words.instants import parse_instant

_SQL = load("site.sql")


def live_of(view: View) -> Live | None:
    """The pointer as a view sees it."""
    row = view.connection.execute(_SQL["live"]).fetchone()
    if row is None:
        return None
    release, run, bill, epoch, mark, switched_at, hold, _, _ = row
    return Live(
        release=ReleaseId(release),
        run=RunId(run),
        bill=msgspec.json.decode(bill, type=Bill),
        epoch=epoch,
        high_water=msgspec.json.decode(mark, type=HighWater),
        switched_at=parse_instant(switched_at),
        hold=msgspec.json.decode(hold, type=Hold) if hold else None,
    )


def release_of(view: View, release: ReleaseId) -> Release:
    """A kept release.

    Raises: NotFoundError when it is not kept.
    """
    row = view.connection.execute(_SQL["one"], (release,)).fetchone()
    if row is None:
        raise NotFoundError(
            f"release {release} is not kept", hint="laststop release list names those that are"
        )
    return release_from(row)


def release_from(row: tuple[Any, ...]) -> Release:
    """A release from its row: id, run, bill, manifest, stored_at."""
    identity, run, bill, manifest, stored_at = row
    return Release(
        id=ReleaseId(identity),
        run=RunId(run),
        bill=msgspec.json.decode(bill, type=Bill),
        manifest=Digest(manifest),
        stored_at=parse_instant(stored_at),
    )
