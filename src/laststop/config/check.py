"""Everything that can be said about a project without running anything."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from laststop.config.finding import Finding, finding_of, findings_of, sorted_findings
from laststop.config.pipeline_files import check_pipelines
from laststop.config.project import PIPELINE_FILE, Home, Project
from laststop.config.project_file import check_project_file, find_project
from laststop.errors import UsageError
from laststop.homes.shared.yaml_file import YamlError, load_yaml
from laststop.pipeline.declaration import Pipeline

FurtherCheck = Callable[[Project, Pipeline], Iterable[Finding]]
"""A check that needs a usable project and pipeline: the build files of local repositories, for one."""


def check_project(
    folder: Path, *, home: Home = "embedded", further: Sequence[FurtherCheck] = ()
) -> tuple[Finding, ...]:
    """Every finding about the project of a folder, by file and line; warnings are marked as such.

    Empty means that the project can run in that home. `further` checks are asked of each pipeline that
    is free of errors.

    Raises: NotFoundError when the folder belongs to no project.
    """
    root = find_project(folder)
    read = check_project_file(root)
    if read.project is None:
        return sorted_findings([*read.findings, *_syntax_of_pipeline(root)])
    findings = list(read.findings)
    for declared in check_pipelines(read.project, home=home):
        findings.extend(declared.findings)
        if declared.pipeline is not None and declared.usable:
            for check in further:
                findings.extend(check(read.project, declared.pipeline))
    return sorted_findings(findings)


def _syntax_of_pipeline(root: Path) -> list[Finding]:
    """What is wrong with pipeline.yml whatever laststop.toml says; its placeholders are unknown here."""
    try:
        load_yaml(root / PIPELINE_FILE, file=PIPELINE_FILE)
    except YamlError as error:
        return findings_of(error.faults, PIPELINE_FILE)
    except UsageError as error:
        return [finding_of(error, PIPELINE_FILE)]
    return []
