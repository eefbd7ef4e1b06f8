"""The test reports of a build: files found as the buildspec says, read with care, told without secrets.

A report never fails a build: the command that ran the tests decides, as in CodeBuild.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from laststop.build.buildspec import Buildspec, ReportGroup
from laststop.build.reports.formats import COVERAGE_FORMATS, cases_of
from laststop.build.reports.report import TestCase, TestReport, report_of
from laststop.build.selection import matching
from laststop.errors import LaststopError
from laststop.homes.embedded.builder.tree import tree_below

FILE_BYTES_MAX: Final = 10 * 1024 * 1024
FILES_MAX: Final = 1000
"""Of one report group."""
_CASES_READ_MAX: Final = 200_000

Say = Callable[[str], None]


def read_reports(
    spec: Buildspec, source: Path, *, masked: Callable[[str], str], say: Say
) -> tuple[TestReport, ...]:
    """One report per group of the buildspec that names tests. `source` is where its paths begin."""
    reports = []
    for group in spec.reports:
        if group.file_format in COVERAGE_FORMATS:
            say(f"report {group.name}: {group.file_format} is accepted, and not shown")
            continue
        report = _read(group, source, masked)
        for fault in report.faults:
            say(f"report {group.name}: {fault}")
        say(f"report {group.name}: {report.total} tests, {report.failed + report.errors} of them bad")
        reports.append(report)
    return tuple(reports)


def _read(group: ReportGroup, source: Path, masked: Callable[[str], str]) -> TestReport:
    cases: list[TestCase] = []
    faults: list[str] = []
    files = _files(group, source, faults)
    if not files and not faults:
        faults.append(f"no file matches {', '.join(group.files)}")
    for name in files:
        try:
            content = _content(source / name)
            cases.extend(_masked(case, masked) for case in cases_of(group.file_format, content))
        except LaststopError as error:
            faults.append(masked(f"{name} {error.message}"))
        except OSError as error:
            faults.append(f"{name} cannot be read ({error.strerror})")
        if len(cases) > _CASES_READ_MAX:
            faults.append(f"more than {_CASES_READ_MAX} tests; the other files are not read")
            break
    return report_of(group.name, group.file_format, cases, files=len(files), faults=tuple(faults))


def _files(group: ReportGroup, source: Path, faults: list[str]) -> tuple[str, ...]:
    """The files of a group, relative to the source; links out of it are not followed."""
    base = group.base_directory.strip().strip("/")
    prefix = f"{base}/" if base not in ("", ".") else ""
    try:
        tree = tree_below(source, base if prefix else "", (source,))
    except (LaststopError, OSError) as error:
        faults.append(f"its files cannot be listed: {error}")
        return ()
    inside = [path.removeprefix(prefix) for path in tree.files if path.startswith(prefix)]
    found = [f"{prefix}{path}" for path in matching(inside, group.files)]
    if len(found) > FILES_MAX:
        faults.append(f"{len(found)} files match; the first {FILES_MAX} are read")
    return tuple(found[:FILES_MAX])


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise _TooLargeError(f"has more than {FILE_BYTES_MAX} bytes")
    return content


class _TooLargeError(LaststopError):
    """A file nobody should read whole."""


def _masked(case: TestCase, masked: Callable[[str], str]) -> TestCase:
    return msgspec.structs.replace(
        case, suite=masked(case.suite), name=masked(case.name), message=masked(case.message)
    )
