"""The front door: `--version` and the top-level `--help` answer before anything else is imported."""

import sys
from pathlib import Path

from laststop import __version__

HELP_FILE = Path(__file__).parent / "cli" / "help.txt"


def main() -> None:
    """Run the command line and end the process with its exit code."""
    words = sys.argv[1:]
    if words == ["--version"]:
        sys.stdout.write(f"laststop {__version__}\n")
        return
    if words in ([], ["--help"], ["-h"]):
        sys.stdout.write(HELP_FILE.read_text(encoding="utf-8"))
        return
    from laststop.cli.app import run

    sys.exit(run(words))


if __name__ == "__main__":
    main()
