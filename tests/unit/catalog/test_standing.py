from datetime import UTC, datetime

import msgspec
import pytest

from laststop.catalog.algorithm import Algorithm
from laststop.catalog.change import Image, change_between
from laststop.catalog.phases import Phases
from laststop.catalog.standing import Standing, counting, counts, evidence, merge, merged
from laststop.catalog.version import PIN, VersionRow
from laststop.errors import InvariantError

PHASES = Phases()
RELEASED, RETEST, RETIRED, UPLOADED = (
    "PACKAGE_TESTS_COMPLETE",
    "PACKAGE_TESTS_RUNNING",
    "RETIRED",
    "UPLOADED",
)


def standing(released=0, retired=0, version="1.0"):
    return Standing(algorithm="ospf", version=version, released=released, retired=retired)


def proved(old, new, sequence_number=10):
    images = [phase and Image(type="routing", phase=phase) for phase in (old, new)]
    return evidence(
        change_between(
            sequence_number=sequence_number,
            algorithm="ospf",
            version="1.0",
            old=images[0],
            new=images[1],
            at=datetime(2026, 11, 23, tzinfo=UTC),
        ),
        PHASES,
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (UPLOADED, RELEASED, standing(released=10)),
        (RELEASED, RETIRED, standing(released=9, retired=10)),
        (RELEASED, RETEST, standing(released=9)),  # also if the record of the release was lost
        (RETIRED, UPLOADED, standing(retired=9)),
        (RETIRED, RELEASED, standing(released=10, retired=9)),
        (RELEASED, None, standing(released=9, retired=10)),
        (RETEST, None, standing(retired=10)),
        (None, UPLOADED, standing(retired=9)),  # what had this name before is gone
        (None, RELEASED, standing(released=10, retired=9)),
        (UPLOADED, RETEST, None),
    ],
)
def test_both_images_of_a_record_are_evidence(old, new, expected):
    assert proved(old, new) == expected


def test_the_first_record_of_all_proves_nothing_about_the_time_before():
    assert proved(None, UPLOADED, sequence_number=1) is None


def test_a_pin_is_no_evidence():
    pin = change_between(
        sequence_number=3,
        algorithm="ospf",
        version=PIN,
        old=None,
        new=Image(pin="1.0"),
        at=datetime(2026, 11, 23, tzinfo=UTC),
    )
    assert evidence(pin, PHASES) is None


@pytest.mark.parametrize(
    ("phase", "known", "expected"),
    [
        (RELEASED, None, True),
        (RELEASED, standing(released=1, retired=2), True),
        (RETIRED, standing(released=2, retired=1), False),
        (RETEST, None, False),
        (RETEST, standing(released=2, retired=1), True),
        (RETEST, standing(released=1, retired=2), False),
        (RETEST, standing(released=2, retired=2), False),
        (UPLOADED, standing(released=1), True),
    ],
)
def test_a_version_counts_from_its_release_until_it_is_retired(phase, known, expected):
    assert counts(phase, known, PHASES) is expected


def test_standings_of_different_versions_never_mix():
    with pytest.raises(InvariantError):
        merge(standing(), standing(version="2.0"))


def test_one_standing_per_version_remains():
    given = [
        standing(released=3),
        standing(retired=2),
        standing(released=1, version="0.9"),
        standing(released=3),
    ]
    assert merged(given) == (standing(released=1, version="0.9"), standing(released=3, retired=2))


def test_the_rows_that_count_are_chosen_by_phase_home_and_evidence():
    rows = {
        "1": (RELEASED, False),
        "2": (RETEST, True),  # the home knows
        "3": (RETEST, False),  # the evidence knows
        "4": (RETEST, False),
        "5": (RETIRED, True),
    }
    algorithm = Algorithm(
        name="ospf",
        versions=tuple(
            VersionRow(algorithm="ospf", version=version, type="routing", phase=phase, released=released)
            for version, (phase, released) in rows.items()
        ),
    )
    foreign = msgspec.structs.replace(standing(released=9, version="4"), algorithm="bgp")
    chosen = counting(algorithm, [standing(released=5, version="3"), foreign], PHASES)
    assert [row.version for row in chosen] == ["1", "2", "3"]
