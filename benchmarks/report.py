"""A comparison as a table for people."""

from collections.abc import Sequence

from benchmarks.pairing import Comparison, Row

_HEAD = ("", "min", "median", "max", "laststop is", "goal", "")
_WHOLE = 1000.0
"""From here on decimals are noise."""


def text_of(comparison: Comparison) -> str:
    """The table, with who was left out below it."""
    better = f"{comparison.better} is better"
    lines = [f"{comparison.title}: {comparison.unit}, {better}, {comparison.rounds} rounds"]
    rows = [_HEAD, *(_cells(row, comparison) for row in comparison.rows)]
    lines += _aligned(rows)
    lines += [f"  left out: {each.name}: {each.reason}" for each in comparison.skipped]
    return "\n".join(lines) + "\n"


def _cells(row: Row, comparison: Comparison) -> tuple[str, ...]:
    bound = "at most" if comparison.better == "lower" else "at least"
    return (
        row.name,
        _figure(row.minimum),
        _figure(row.median),
        _figure(row.maximum),
        f"{row.ratio:.2f} x" if row.ratio is not None else "",
        f"{bound} {row.goal:g} x" if row.goal is not None else "",
        {True: "met", False: "MISSED", None: ""}[row.met],
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.2f}"


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Names to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  " + "   ".join(cells).rstrip())
    return lines
