"""One version of an algorithm, and what putting it means."""

from collections.abc import Collection

import msgspec

from laststop.catalog.attributes import Attributes, checked_attributes, identical
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.names import check_name, did_you_mean
from laststop.catalog.phases import UPLOADED, Phases, check_phase
from laststop.errors import ConflictError, NotFoundError, UsageError

PIN = "#active"
"""The sort key of an algorithm's pin; no version may start with `#`."""


class VersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the catalog.

    `type` and `phase` are empty where an existing table has none. `released` is what the home that stores
    the row knows by itself: since it was last retired, it has been in a release phase. A table that others
    write does not keep this; there it is False, and standings tell (see `standing.counting`).
    """

    algorithm: str
    version: str
    type: str
    phase: str
    attributes: Attributes = {}
    released: bool = False


class WantedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants a version to be; None keeps what stands."""

    algorithm: str
    version: str
    type: str | None = None
    phase: str | None = None
    attributes: Attributes | None = None


def decide_put(
    existing: VersionRow | None,
    wanted: WantedVersion,
    *,
    types: Collection[str],
    phases: Phases,
    columns: Columns = OWN_COLUMNS,
) -> VersionRow | None:
    """The row to write, or None when it stands as wanted already (so a repeat writes no change).

    A new version needs a type; its phase is `UPLOADED` unless named. Given attributes replace all of the
    old ones.
    Raises: UsageError for a name, type or attribute that cannot be used; NotFoundError for a new version
    without a type; ConflictError when the version's type would change, which is fixed for its life.
    """
    check_name(wanted.algorithm, "algorithm")
    check_name(wanted.version, "version")
    place = f"{wanted.algorithm} {wanted.version}"
    phase = (
        check_phase(wanted.phase) if wanted.phase is not None else existing.phase if existing else UPLOADED
    )
    type_ = _settled_type(existing, wanted, place)
    if type_ not in types and not phases.retires(phase):  # retiring is the way out of a wrong type
        raise UsageError(f'the project has no type "{type_}"', place=place, hint=did_you_mean(type_, types))
    if wanted.attributes is not None:
        attributes = checked_attributes(wanted.attributes, columns.reserved)
    else:
        attributes = existing.attributes if existing else {}
    released_before = existing is not None and (existing.released or phases.releases(existing.phase))
    row = VersionRow(
        algorithm=wanted.algorithm,
        version=wanted.version,
        type=type_,
        phase=phase,
        attributes=attributes,
        released=not phases.retires(phase) and (released_before or phases.releases(phase)),
    )
    return None if existing is not None and _same_item(existing, row) else row


def _settled_type(existing: VersionRow | None, wanted: WantedVersion, place: str) -> str:
    """The type the row will have."""
    if existing is None or not existing.type:
        if wanted.type is None:
            raise NotFoundError(
                "there is no such version, and a new one needs a type"
                if existing is None
                else "the version has no type yet",
                place=place,
                hint=f"laststop catalog put {wanted.algorithm} {wanted.version} --type TYPE",
            )
        return wanted.type
    if wanted.type is not None and wanted.type != existing.type:
        raise ConflictError(
            f'is of type "{existing.type}" and cannot become "{wanted.type}"',
            place=place,
            hint="a version's type is fixed for its life; retire it and put a new version",
        )
    return existing.type


def _same_item(left: VersionRow, right: VersionRow) -> bool:
    """Whether two rows are the same item of the table (`released` is no part of it)."""
    return (left.type, left.phase) == (right.type, right.phase) and identical(
        left.attributes, right.attributes
    )
