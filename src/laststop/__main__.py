"""The front door: `--version` and the top-level `--help` answer before anything else is imported."""

import sys

from laststop import __version__
from laststop.cli.streams import spoken

HELP_FILE = __file__.removesuffix("__main__.py") + "cli/help.txt"


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(spoken(_answer))


def _answer() -> int:
    words = sys.argv[1:]
    if words == ["--version"]:
        sys.stdout.write(f"laststop {__version__}\n")
        return 0
    if words in ([], ["--help"], ["-h"]):
        with open(HELP_FILE, encoding="utf-8") as file:  # noqa: PTH123 pathlib would cost a fifth of the time
            sys.stdout.write(file.read())
        return 0
    from laststop.cli.app import run

    return run(words)


if __name__ == "__main__":
    main()
