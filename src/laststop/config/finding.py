"""A problem with its place in a file, as every surface shows it."""

from collections.abc import Iterable

import msgspec

from laststop.errors import UsageError
from laststop.homes.shared.text_file import Located
from laststop.homes.shared.yaml_reading import Fault
from laststop.pipeline.problems import Problem, Severity, Trail, path_text


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to mend in one of the user's files.

    Units: `line` counts from 1; 0 is the file as a whole.

    `rule` is the id of the broken rule, as docs/rules-validation.md lists them.
    """

    file: str
    line: int = 0
    path: Trail = ()
    message: str
    hint: str = ""
    severity: Severity = "error"
    rule: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the file cannot be used as it is."""
        return self.severity == "error"

    @property
    def place(self) -> str:
        """`pipeline.yml:31 stages[1].actions[0]`."""
        position = f"{self.file}:{self.line}" if self.line else self.file
        return f"{position} {path_text(self.path)}".rstrip()

    @property
    def text(self) -> str:
        """The whole sentence: place, what is wrong, what to do."""
        warning = "" if self.is_error else "warning: "
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.place}: {warning}{self.message}{hint}"


class InvalidFileError(UsageError):
    """A file of the project that cannot be used; `findings` has every error, in the order of the lines."""

    def __init__(self, findings: Iterable[Finding], *, file: str) -> None:
        """Only errors are told; the text is their count and then one of them per line."""
        self.findings = sorted_findings(finding for finding in findings if finding.is_error)
        count = len(self.findings)
        head = f"{file} has {count} problem{'' if count == 1 else 's'}"
        super().__init__(
            "\n".join([head, *(finding.text for finding in self.findings)]),
            hint="mend them, then ask again with: laststop check",
        )


def findings_at(problems: Iterable[Problem], located: Located, file: str) -> list[Finding]:
    """Problems with the lines their places stand on."""
    return [
        Finding(
            file=file,
            line=located.line(problem.path),
            path=problem.path,
            message=problem.message,
            hint=problem.hint,
            severity=problem.severity,
            rule=problem.rule,
        )
        for problem in problems
    ]


def findings_of(faults: Iterable[Fault], file: str) -> list[Finding]:
    """What a strict reader found, as findings."""
    return [
        Finding(file=file, line=fault.line, path=fault.path, message=fault.message, hint=fault.hint)
        for fault in faults
    ]


def finding_of(error: UsageError, file: str) -> Finding:
    """A file that could not be read at all."""
    return Finding(file=file, message=error.message, hint=error.hint)


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By file and line; equal ones once, and no warning where an error stands."""
    unique = dict.fromkeys(findings)
    wrong = {(finding.file, finding.path) for finding in unique if finding.is_error}
    kept = [finding for finding in unique if finding.is_error or (finding.file, finding.path) not in wrong]
    return tuple(sorted(kept, key=lambda finding: (finding.file, finding.line)))
