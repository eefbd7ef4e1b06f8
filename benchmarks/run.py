"""One command for every benchmark: `python benchmarks/run.py [NAME...] [--quick] [--json] [--check]`."""

import argparse
import importlib
import sys
import time
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a script, Python knows only this folder
    sys.path.insert(0, str(ROOT))

from benchmarks.machine import Machine, this_machine  # noqa: E402
from benchmarks.pairing import Comparison  # noqa: E402
from benchmarks.report import text_of  # noqa: E402

BENCHMARKS = {
    "durable-run": "benchmarks.durable_run",
    "first-run": "benchmarks.first_run",
    "command-line": "benchmarks.command_line",
    "change-to-live": "benchmarks.change_to_live",
    "edge-hit": "benchmarks.edge_hit",
}
"""Name -> module with `run(quick=...)`, which gives the comparisons to show."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. Units: `took_seconds` for everything together."""

    machine: Machine
    quick: bool
    took_seconds: float
    comparisons: tuple[Comparison, ...]


def main(words: list[str] | None = None) -> int:
    """Run what was asked for; 1 when `--check` finds a goal missed."""
    asked = _parser().parse_args(words)
    began = time.monotonic()
    machine = this_machine()
    comparisons: list[Comparison] = []
    if not asked.json:
        sys.stdout.write(machine.text + "\n")
    for name in asked.names or BENCHMARKS:
        for comparison in importlib.import_module(BENCHMARKS[name]).run(quick=asked.quick):
            comparisons.append(comparison)
            if not asked.json:
                sys.stdout.write("\n" + text_of(comparison))
                sys.stdout.flush()
    took_seconds = round(time.monotonic() - began, 1)
    if asked.json:
        results = Results(
            machine=machine, quick=asked.quick, took_seconds=took_seconds, comparisons=tuple(comparisons)
        )
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(results), indent=2).decode() + "\n")
    else:
        sys.stdout.write(f"\ntook {took_seconds:.0f} s\n")
    missed = any(row.met is False for comparison in comparisons for row in comparison.rows)
    return 1 if asked.check and missed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description="laststop beside its peers, in interleaved rounds. Read the ratios: absolute figures"
        " belong to one machine on one day. Peers come with: pip install -e '.[bench]'",
    )
    names = ", ".join(BENCHMARKS)
    parser.add_argument("names", nargs="*", metavar="NAME", type=_name, help=f"of {names}; default: all")
    parser.add_argument("--quick", action="store_true", help="few rounds, about a minute with every peer")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--check", action="store_true", help="exit 1 when a goal is missed")
    return parser


def _name(word: str) -> str:
    if word not in BENCHMARKS:
        raise argparse.ArgumentTypeError(f"no benchmark is called {word}; there are {', '.join(BENCHMARKS)}")
    return word


if __name__ == "__main__":
    sys.exit(main())
