"""laststop.toml: finding it, reading it, judging it."""

import re
import tomllib
from pathlib import Path

import msgspec

from laststop.config.finding import Finding, InvalidFileError, finding_of, findings_at, sorted_findings
from laststop.config.project import PROJECT_FILE, Project, ProjectTables, project_of
from laststop.config.project_rules import project_problems
from laststop.config.secret_rules import secret_problems
from laststop.config.shape import shaped
from laststop.config.toml_lines import toml_lines
from laststop.errors import NotFoundError, UsageError
from laststop.homes.shared.text_file import Located, read_text

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class ProjectInvalidError(InvalidFileError):
    """A laststop.toml that cannot be used; the text names all its problems, one per line."""

    code = "InvalidProject"


class ReadProject(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the file: the project, unless something is wrong, and all there is to say."""

    project: Project | None
    findings: tuple[Finding, ...]


def find_project(folder: Path) -> Path:
    """The nearest folder that holds a laststop.toml: this one, or the closest above it.

    Raises: NotFoundError when there is none.
    """
    start = folder.absolute()
    if start.name == PROJECT_FILE and start.is_file():
        return start.parent
    for candidate in (start, *start.parents):
        if (candidate / PROJECT_FILE).is_file():
            return candidate
    raise NotFoundError(
        f"there is no {PROJECT_FILE} here or in any folder above",
        place=str(folder),
        hint="go to a project's folder, or make a project with: laststop init DIR",
    )


def load_project(folder: Path) -> Project:
    """The project a folder belongs to.

    Raises: NotFoundError when it belongs to none; ProjectInvalidError with every problem of the file.
    """
    read = check_project_file(find_project(folder))
    if read.project is None:
        raise ProjectInvalidError(read.findings, file=PROJECT_FILE)
    return read.project


def check_project_file(root: Path) -> ReadProject:
    """The same for a known folder, with everything there is to say instead of an exception."""
    try:
        text = read_text(root / PROJECT_FILE)
    except UsageError as error:
        return ReadProject(project=None, findings=(finding_of(error, PROJECT_FILE),))
    try:
        value = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # a TOMLDecodeError is a ValueError; so is a number of thousands of digits
        return ReadProject(project=None, findings=(_syntax_finding(error, text),))
    located = Located(value=value, places=toml_lines(text, value))
    secrets = list(secret_problems(value))
    tables, problems = shaped(value, ProjectTables)
    if tables is not None:
        problems.extend(project_problems(tables))
    hidden = {problem.path for problem in secrets}
    problems = [problem for problem in problems if problem.path not in hidden]
    findings = sorted_findings(findings_at([*secrets, *problems], located, PROJECT_FILE))
    if tables is None or any(finding.is_error for finding in findings):
        return ReadProject(project=None, findings=findings)
    return ReadProject(project=project_of(root, tables), findings=findings)


def _syntax_finding(error: ValueError | RecursionError, text: str) -> Finding:
    if isinstance(error, RecursionError):
        return Finding(file=PROJECT_FILE, message="its values are nested too deeply")
    reason = str(error)
    position = _POSITION.search(reason)
    line = 0
    if position is not None:
        line = int(position[1]) if position[1] else text.count("\n") + 1
        reason = reason[: position.start()]
    return Finding(file=PROJECT_FILE, line=line, message=f"this is no TOML: {reason}")
