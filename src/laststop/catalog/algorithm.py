"""An algorithm: everything the catalog holds under one name."""

import msgspec

from laststop.catalog.names import did_you_mean
from laststop.catalog.phases import Phases
from laststop.catalog.version import VersionRow
from laststop.errors import NotFoundError, UsageError


class UnusableRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row that cannot be read, with the reason; it never hides the algorithm's other rows."""

    version: str
    reason: str


class Algorithm(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of one algorithm and its pin, read in one consistent look.

    `versions` is in no promised order. A name the catalog does not know has no versions and no pin.
    """

    name: str
    versions: tuple[VersionRow, ...] = ()
    pin: str | None = None
    unusable: tuple[UnusableRow, ...] = ()

    def version(self, text: str) -> VersionRow | None:
        """The row of that version."""
        return next((row for row in self.versions if row.version == text), None)


def decide_pin(algorithm: Algorithm, version: str | None, *, phases: Phases) -> bool:
    """Whether pinning `version` (None: to none) changes anything.

    A version that does not count yet may be pinned: the pin takes effect when it does.
    Raises: NotFoundError for a version the algorithm does not have; UsageError for a retired one.
    """
    if version is None:
        return algorithm.pin is not None
    place = f"{algorithm.name} {version}"
    row = algorithm.version(version)
    if row is None:
        known = [each.version for each in algorithm.versions]
        raise NotFoundError("there is no such version", place=place, hint=did_you_mean(version, known))
    if phases.retires(row.phase):
        raise UsageError(
            "is retired, and a pin on it would never take effect",
            place=place,
            hint="pin another version, or --auto to follow the highest",
        )
    return algorithm.pin != version
