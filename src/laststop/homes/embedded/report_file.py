"""The test reports of one attempt, in a file beside its log; they go when the log goes."""

import contextlib
from pathlib import Path

import msgspec

from laststop.build.reports.report import TestReport

_decoder = msgspec.json.Decoder(tuple[TestReport, ...])


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
