"""Importing many versions: first every line is checked, then they are written in small steps."""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from laststop.catalog.names import check_name
from laststop.catalog.version import WantedVersion, decide_put
from laststop.cli.catalog_home import CatalogHome
from laststop.cli.foreseen import Foreseen
from laststop.cli.output import talk
from laststop.cli.progress import progress
from laststop.errors import LaststopError, NotFoundError, UsageError
from laststop.functions.publish import Policy

STEP_LINES = 1000
PAUSE_SECONDS = 0.01
"""Between two transactions: SQLite's lock is unfair; without a pause other writers wait to the end."""
LINE_BYTES_MAX = 4 * 1024 * 1024
"""More than the largest attributes take, with every character escaped."""
KEYS = ("algorithm", "version", "type", "phase")


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were read, and how many changed the catalog."""

    lines: int
    changed: int


def import_file(home: CatalogHome, source: Path, *, from_line: int, ring: Callable[[], object]) -> Imported:
    """Validate every line, then write them, `STEP_LINES` at a time; repeating it is harmless.

    Raises: UsageError naming the first line that cannot be used; nothing was written then.
    """
    with _readable(source) as path:
        total = _validate(home, path)
        return _write(home, path, total, from_line, ring)


@contextmanager
def _readable(source: Path) -> Iterator[Path]:
    """The file itself, or standard input kept in a temporary one, because it is read twice."""
    if str(source) != "-":
        if not source.is_file():
            raise NotFoundError(f"there is no file {source}", hint="use - to read standard input")
        yield source
        return
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield Path(kept.name)


def _lines(path: Path) -> Iterator[tuple[int, WantedVersion]]:
    """Each line as a wanted version; blank lines are passed over.

    Raises: UsageError naming the line.
    """
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(LINE_BYTES_MAX + 1), b""), start=1):
            if len(line) > LINE_BYTES_MAX:
                raise UsageError(
                    f"is longer than {LINE_BYTES_MAX} bytes",
                    place=f"line {number}",
                    hint="nothing was written",
                )
            if not line.strip():
                continue
            try:
                yield number, _wanted(line)
            except LaststopError as error:
                raise UsageError(
                    str(error), place=f"line {number}", hint=error.hint or "nothing was written"
                ) from error


def _wanted(line: bytes) -> WantedVersion:
    try:
        item = msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"is no JSON object ({error})", hint="nothing was written") from error
    for key in KEYS:
        if key in item and not isinstance(item[key], str):
            raise UsageError(f'"{key}" must be text', hint="nothing was written")
    for key in ("algorithm", "version"):
        if key not in item:
            raise UsageError(f'"{key}" is missing', hint="nothing was written")
    attributes = {key: value for key, value in item.items() if key not in KEYS}
    return WantedVersion(
        algorithm=item["algorithm"],
        version=item["version"],
        type=item.get("type"),
        phase=item.get("phase"),
        attributes=attributes,
    )


def _validate(home: CatalogHome, path: Path) -> int:
    """Decide every line by the catalog and the lines before it, and write nothing; gives their number."""
    policy = home.policy
    total = 0
    with (
        home.reading() as standing,
        Foreseen(standing) as versions,
        progress("checking") as advance,
    ):
        for number, wanted in _lines(path):
            _foresee(versions, wanted, policy, number)
            total += 1
            advance(total)
    return total


def _foresee(versions: Foreseen, wanted: WantedVersion, policy: Policy, number: int) -> None:
    """What a line would do; an error names the line."""
    try:
        check_name(wanted.algorithm, "algorithm")
        check_name(wanted.version, "version")
        before = versions.get(wanted.algorithm, wanted.version)
        after = decide_put(before, wanted, types=policy.types, phases=policy.phases, columns=policy.columns)
    except LaststopError as error:
        place = f"line {number}: {error.place}" if error.place else f"line {number}"
        raise UsageError(error.message, place=place, hint=error.hint or "nothing was written") from error
    if after is not None:
        versions.put(after)


def _write(home: CatalogHome, path: Path, total: int, from_line: int, ring: Callable[[], object]) -> Imported:
    done, changed, place = 0, 0, from_line
    step: list[WantedVersion] = []
    try:
        with progress("writing", total) as advance:
            for number, wanted in _lines(path):
                if number < from_line:
                    continue
                step.append(wanted)
                if len(step) == STEP_LINES:
                    changed += home.put_all(step)
                    done += len(step)
                    step, place = [], number + 1
                    advance(done)
                    ring()
                    time.sleep(PAUSE_SECONDS)
            changed += home.put_all(step)
            done += len(step)
            advance(done)
    except BaseException:
        talk(f"interrupted; everything before line {place} is written, go on with --from-line {place}")
        raise
    return Imported(lines=done, changed=changed)
