"""What people and CI jobs do to the catalog: each reads, decides by the catalog's rules, and writes once."""

import msgspec

from laststop.catalog.algorithm import decide_pin
from laststop.catalog.names import check_name
from laststop.catalog.ports.versions import Versions
from laststop.catalog.version import VersionRow, WantedVersion, decide_put
from laststop.errors import NotFoundError
from laststop.functions.publish import Policy


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A version after a write; `changed` is False when it stood so already."""

    row: VersionRow
    changed: bool


def put_version(versions: Versions, wanted: WantedVersion, policy: Policy) -> Written:
    """Make a version what is wanted.

    Raises: UsageError, NotFoundError or ConflictError as `decide_put` says; nothing was written then.
    """
    check_name(wanted.algorithm, "algorithm")
    check_name(wanted.version, "version")
    before = versions.get(wanted.algorithm, wanted.version)
    after = decide_put(before, wanted, types=policy.types, phases=policy.phases, columns=policy.columns)
    if after is None:
        return Written(row=_standing(before, wanted), changed=False)
    versions.put(after, expected=before)
    return Written(row=after, changed=True)


def set_phase(versions: Versions, algorithm: str, version: str, phase: str, policy: Policy) -> Written:
    """Move a version that exists to another phase.

    Raises: NotFoundError when there is no such version; else as `put_version`.
    """
    require_version(versions, algorithm, version)
    wanted = WantedVersion(algorithm=algorithm, version=version, phase=phase)
    return put_version(versions, wanted, policy)


def require_version(versions: Versions, algorithm: str, version: str) -> VersionRow:
    """The row of a version that exists.

    Raises: NotFoundError naming those that do; UsageError for a text that is no name.
    """
    check_name(algorithm, "algorithm")
    check_name(version, "version")
    found = versions.get(algorithm, version)
    if found is None:
        known = [row.version for row in versions.of(algorithm).versions]
        raise NotFoundError(
            f"{algorithm} has no version {version}" if known else f'there is no algorithm "{algorithm}"',
            hint=f"it has {', '.join(sorted(known)[-5:])}"
            if known
            else f"put it first: laststop catalog put {algorithm} {version} --type TYPE",
        )
    return found


def activate(versions: Versions, algorithm: str, version: str | None, policy: Policy) -> bool:
    """Pin an algorithm to a version, or, with None, let it follow the highest; False when it did already.

    Raises: NotFoundError or UsageError as `decide_pin` says.
    """
    check_name(algorithm, "algorithm")
    everything = versions.of(algorithm)
    if not everything.versions:
        raise NotFoundError(f'there is no algorithm "{algorithm}"', hint="see: laststop catalog list")
    if not decide_pin(everything, version, phases=policy.phases):
        return False
    versions.pin(algorithm, version)
    return True


def _standing(before: VersionRow | None, wanted: WantedVersion) -> VersionRow:
    if before is None:
        raise NotFoundError("there is no such version", place=f"{wanted.algorithm} {wanted.version}")
    return before
