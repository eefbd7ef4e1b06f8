"""Which version of an algorithm the page shows."""

from collections.abc import Iterable

from laststop.catalog.order import choice_key
from laststop.catalog.version import VersionRow


def active(
    rows: Iterable[VersionRow], pin: str | None, *, allow_prereleases: bool = False
) -> VersionRow | None:
    """The one version to show of the rows that count; None means that the algorithm leaves the document.

    A pinned version wins as long as it counts. A pin on a version that does not count (not released yet,
    retired, deleted) holds nothing back: the highest that counts is shown, and the pin takes effect by itself
    when its version counts. So a pin can be set ahead, and retiring a pinned version never empties the page.

    The answer depends on the set of rows alone: not on their order, nor on how often one is given.
    """
    candidates = {row.version: row for row in rows}
    if pin is not None and pin in candidates:
        return candidates[pin]
    best = max(
        candidates,
        key=lambda version: choice_key(version, allow_prereleases=allow_prereleases),
        default=None,
    )
    return None if best is None else candidates[best]
