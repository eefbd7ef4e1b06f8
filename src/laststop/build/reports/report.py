"""What the tests of a build said, whatever format their files have."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

import msgspec

CaseStatus = Literal["SUCCEEDED", "FAILED", "ERROR", "SKIPPED", "UNKNOWN"]
"""As CodeBuild's `TestCase` has it."""

CASES_MAX: Final = 10_000
"""Of one report group; what follows is counted, and not kept."""
MESSAGE_CHARACTERS_MAX: Final = 2000
NAME_CHARACTERS_MAX: Final = 300
_BAD: Final = ("FAILED", "ERROR")


class TestCase(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One test, and how it ended. Units: `seconds` it took, 0 when the file does not say."""

    __test__ = False  # no test class, whatever its name suggests to a collector

    suite: str
    name: str
    status: CaseStatus
    seconds: float = 0.0
    message: str = ""


class TestReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One report group of a buildspec: counts of all its cases, bad ones first among those kept.

    `faults` are files that could not be read, and why.
    """

    __test__ = False

    group: str
    format: str
    files: int = 0
    succeeded: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    unknown: int = 0
    seconds: float = 0.0
    cases: tuple[TestCase, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """All cases."""
        return self.succeeded + self.failed + self.errors + self.skipped + self.unknown

    @property
    def bad(self) -> tuple[TestCase, ...]:
        """The cases that failed or broke, of those kept."""
        return tuple(case for case in self.cases if case.status in _BAD)


def report_of(
    group: str, format_: str, cases: Iterable[TestCase], *, files: int, faults: tuple[str, ...] = ()
) -> TestReport:
    """A report from its cases, in their order but for the bad ones, which come first."""
    every = list(cases)
    count = {status: sum(case.status == status for case in every) for status in get_args(CaseStatus)}
    kept = sorted(every, key=lambda case: case.status not in _BAD)[:CASES_MAX]
    return TestReport(
        group=group,
        format=format_,
        files=files,
        succeeded=count["SUCCEEDED"],
        failed=count["FAILED"],
        errors=count["ERROR"],
        skipped=count["SKIPPED"],
        unknown=count["UNKNOWN"],
        seconds=round(sum(case.seconds for case in every), 3),
        cases=tuple(kept),
        faults=faults,
    )
