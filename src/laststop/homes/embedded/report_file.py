"""The test reports of one attempt, in a file beside its log; they go when the log goes."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from laststop.build.reports.report import TestReport
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.runs import AttemptRow
from laststop.words.ids import AttemptKey, RunId

SHOWN_CASES = 50
"""Bad cases of one report that are shown; the file has the rest."""

_decoder = msgspec.json.Decoder(tuple[TestReport, ...])


class AttemptReports(msgspec.Struct, frozen=True, kw_only=True):
    """What the tests of one attempt said; of the cases only bad ones are shown, and not too many."""

    stage: str
    action: str
    attempt: int
    reports: tuple[TestReport, ...]


def reports_of(folders: Folders, run: RunId, attempts: Iterable[AttemptRow]) -> tuple[AttemptReports, ...]:
    """The reports of a run's attempts, in the order they began; those that made none are left out."""
    found = []
    for each in attempts:
        key = AttemptKey(run=run, stage=each.stage, action=each.action, attempt=each.attempt)
        reports = read_reports(folders.reports(key))
        if reports:
            shown = tuple(
                msgspec.structs.replace(report, cases=report.bad[:SHOWN_CASES]) for report in reports
            )
            found.append(
                AttemptReports(stage=each.stage, action=each.action, attempt=each.attempt, reports=shown)
            )
    return tuple(found)


def write_reports(path: Path, reports: tuple[TestReport, ...]) -> None:
    """Keep reports in place of earlier ones of this attempt; without any, none stay.

    Raises: OSError when the disk does not take them.
    """
    if not reports:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(msgspec.json.encode(reports))
    part.replace(path)


def read_reports(path: Path) -> tuple[TestReport, ...]:
    """The reports of an attempt; none when it made none, or they are no longer kept."""
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):  # DecodeError: torn by a power cut
        return _decoder.decode(path.read_bytes())
    return ()
