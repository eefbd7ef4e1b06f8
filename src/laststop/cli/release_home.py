"""The site that a command is about, in either home."""

import getpass
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from laststop.cli.store import NOT_SERVING, tell_server
from laststop.functions.way_back import find_release, lift, roll_back, show_at_once
from laststop.homes.embedded.listing import release_rows
from laststop.homes.shared.listing import ReleaseRow
from laststop.homes.shared.patience import OwnPatience
from laststop.site.releases import Releases
from laststop.wiring.embedded import EmbeddedHome, clock
from laststop.words.ids import ReleaseId, RunId

SEEN_WITHIN_SECONDS: Final = 10.0


class WentBack(msgspec.Struct, frozen=True, kw_only=True):
    """A way back: where to, and whether readers were seen to get it; `why` is what that waits for."""

    release: ReleaseId
    run: RunId
    seen: bool
    why: str


class ReleaseHome(Protocol):
    """What `laststop release` needs of a home."""

    @property
    def releases(self) -> Releases:
        """The kept releases and the pointer."""
        ...

    def rows(self) -> Sequence[ReleaseRow]:
        """Releases that were switched to and are kept, the newest first."""
        ...

    def roll_back(self, release: str, reason: str) -> WentBack:
        """Switch to a kept release, and hold the site there.

        Raises: NotFoundError when it is not kept, ConflictError when nothing is live yet.
        """
        ...

    def lift(self, *, again: bool) -> str:
        """Let changes flow again; says what comes of it.

        Raises: ConflictError when only what was rolled back from would ship, and `again` is not given.
        """
        ...


class StoredSite:
    """The embedded home's."""

    def __init__(self, home: EmbeddedHome) -> None:
        """`home` is open as long as this is used."""
        self._home = home

    @property
    def releases(self) -> Releases:
        """On disk."""
        return self._home.releases

    def rows(self) -> Sequence[ReleaseRow]:
        """From one view."""
        with self._home.store.view() as view:
            return release_rows(view)

    def roll_back(self, release: str, reason: str) -> WentBack:
        """At once, and looked at for ten seconds; the server looks again."""
        home = self._home
        target = find_release(home.releases, release)
        pointer = roll_back(home.releases, target.id, reason=reason, by=who(), clock=clock)
        tell_server(home)
        seen, why = show_at_once(
            pointer,
            proof=home.proof(),
            edge=home.edges,
            ledger=home.ledger,
            waiting=OwnPatience(),
            within_seconds=SEEN_WITHIN_SECONDS if home.edges.urls() else 0.0,
        )
        tell_server(home)
        return WentBack(release=target.id, run=target.run, seen=seen, why=why)

    def lift(self, *, again: bool) -> str:
        """The newest state ships once; `again` is not asked for here."""
        del again
        if not lift(self._home.releases):
            return "nothing is held"
        waits = "" if tell_server(self._home) else f"\n{NOT_SERVING}"
        return f"the hold is lifted; the newest state ships now{waits}"


def who() -> str:
    """Who asks, as this machine knows them; a nameless account is told by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "an unnamed account"
