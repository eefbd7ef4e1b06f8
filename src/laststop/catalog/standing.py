"""Whether a version counts: evidence of release and retirement that no table keeps.

A row in a release phase counts, a retired one does not, and the row says so. A row in any other phase may be
in its first tests or in a re-test, and only its past tells them apart. The past arrives as change records,
repeated, reordered and with gaps; sequence numbers order the records of one item, so the highest of each kind
is all that must be kept, and keeping the highest is the same in every order and however often it is done.
"""

from collections.abc import Iterable

import msgspec

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.change import Change
from laststop.catalog.phases import Phases
from laststop.catalog.version import VersionRow
from laststop.errors import InvariantError


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The latest moments at which a version was seen released, and seen retired or absent.

    Units: sequence numbers of the change stream, of this item only; 0 = never seen.
    """

    algorithm: str
    version: str
    released: int = 0
    retired: int = 0


def merge(left: Standing, right: Standing) -> Standing:
    """What both know together; commutative, associative and idempotent."""
    if (left.algorithm, left.version) != (right.algorithm, right.version):
        raise InvariantError(f"standings of {left.version} and {right.version} were mixed")
    return Standing(
        algorithm=left.algorithm,
        version=left.version,
        released=max(left.released, right.released),
        retired=max(left.retired, right.retired),
    )


def merged(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """One standing per version, in the order of names."""
    known: dict[tuple[str, str], Standing] = {}
    for standing in standings:
        key = (standing.algorithm, standing.version)
        known[key] = merge(known[key], standing) if key in known else standing
    return tuple(known[key] for key in sorted(known))


def evidence(change: Change, phases: Phases) -> Standing | None:
    """What one change record proves about its version, or None when it proves nothing.

    Both images are evidence: the new one of the moment of the change, the old one of the moment before. So
    the record that starts a re-test still tells of a release whose own record was lost, and the insert of a
    version that was deleted and put again ends the standing of the first.
    """
    if change.is_pin:
        return None
    now, before = change.sequence_number, change.sequence_number - 1
    seen = ((now, change.new), (before, change.old))
    standing = Standing(
        algorithm=change.algorithm,
        version=change.version,
        released=max((at for at, image in seen if image and phases.releases(image.phase)), default=0),
        retired=max((at for at, image in seen if image is None or phases.retires(image.phase)), default=0),
    )
    return standing if standing.released or standing.retired else None


def counts(row_phase: str, standing: Standing | None, phases: Phases) -> bool:
    """Whether a version counts, from its row's phase and what is known of its past.

    Limit: a release or a retirement that came and went while nothing listened, so that neither its own
    record nor the next one of the version was ever read, leaves no trace.
    """
    if phases.retires(row_phase):
        return False
    if phases.releases(row_phase):
        return True
    return standing is not None and standing.released > standing.retired


def counting(algorithm: Algorithm, standings: Iterable[Standing], phases: Phases) -> tuple[VersionRow, ...]:
    """The rows of an algorithm that count: the input of `active`."""
    known = {each.version: each for each in merged(standings) if each.algorithm == algorithm.name}
    return tuple(
        row
        for row in algorithm.versions
        if (row.released and not phases.retires(row.phase))
        or counts(row.phase, known.get(row.version), phases)
    )
