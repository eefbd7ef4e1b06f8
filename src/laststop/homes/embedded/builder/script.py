"""What the builder says to its shell: the lines around a build's own commands.

They are written so that no option or error of a command's making disturbs them: silent under `set -x`, with
`command` before the special built-ins (whose errors would end a POSIX shell), `>|` for `set -C`.
"""

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path


class Script:
    """The text for one build's shell, whose files lie in `control`."""

    def __init__(self, control: Path) -> None:
        """Writes nothing; the shell will."""
        self.directory = control / "directory"
        """Where the shell stood when it last wrote down its state."""
        self.status = control / "status"
        """The pipe that tells how commands end."""
        self._exports = shlex.quote(str(control / "exports"))

    def command(self, path: Path, number: int) -> str:
        """Source the command in a file, then tell its number and status."""
        tell = f"printf '%s %s\\n' {number} \"$laststop_status\" >| {_quoted(self.status)}"
        return (
            f"command . {_quoted(path)} </dev/null\n"
            f"{{ laststop_status=$?; {self._note_state()} {tell}; }} 2>/dev/null\n"
        )

    def start(self, *, restored: bool) -> str:
        """The first words to a shell; `restored` when it takes the place of one that ended."""
        restore = f"[ ! -s {self._exports} ] || command . {self._exports} </dev/null 2>/dev/null\n"
        trap = shlex.quote(f"{{ {self._note_state()} }} 2>/dev/null")
        return f"{restore if restored else ''}trap {trap} EXIT\n"

    def _note_state(self) -> str:
        return f"command export -p >| {self._exports} || :; pwd -P >| {_quoted(self.directory)} || :;"


def assignments(variables: Mapping[str, str]) -> str:
    """Set and export variables."""
    return "".join(
        f"{{ export {name}={shlex.quote(value)}; }} 2>/dev/null\n" for name, value in variables.items()
    )


def writing_values(names: Iterable[str], directory: Path) -> str:
    """Write the value of each variable that is set into a file of its name."""
    return "".join(
        f'[ -z "${{{name}+x}}" ] || printf \'%s\' "${name}" >| {_quoted(directory / name)}\n'
        for name in names
    )


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
