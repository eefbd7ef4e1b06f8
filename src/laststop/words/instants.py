"""Points in time: always aware, always UTC."""

from datetime import UTC, datetime

Instant = datetime


def instant_text(at: Instant) -> str:
    """ISO 8601 in UTC with milliseconds, the form of every surface: `2026-11-23T17:33:11.123Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> Instant:
    """Read what `instant_text` wrote, or any ISO 8601 text that names its offset.

    Raises: ValueError when the text is no instant or names no offset.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} names no offset from UTC")
    return at.astimezone(UTC)


def seconds_between(start: Instant, end: Instant) -> float:
    """Seconds from `start` to `end`, to the millisecond; negative when `end` is earlier."""
    return round((end - start).total_seconds(), 3)
