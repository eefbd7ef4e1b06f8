"""Checks of a project that need the content of other files than its own two."""

import ast
import tempfile
from collections.abc import Iterable
from pathlib import Path

from laststop.config.check import FurtherCheck
from laststop.config.finding import Finding
from laststop.config.project import PROJECT_FILE, Project
from laststop.errors import LaststopError, NotFoundError, UsageError
from laststop.homes.embedded.git import GitRepository
from laststop.homes.shared.buildspec_file import parse_buildspec
from laststop.homes.shared.safe_zip import SafeZip
from laststop.homes.shared.text_file import read_text
from laststop.pipeline.declaration import Action, Pipeline

BUILDSPEC = "buildspec.yml"


def build_files(project: Project, pipeline: Pipeline) -> Iterable[Finding]:
    """Whether the local repositories that builds take as primary source hold a usable buildspec.yml.

    The committed state counts, as it does for a run. Remote repositories are not asked.
    """
    sources = {name.name: action for action in pipeline.sources() for name in action.output_artifacts}
    for stage in pipeline.stages:
        for action in stage.actions:
            if action.action_type_id.provider != "CodeBuild" or not action.input_artifacts:
                continue
            primary = action.configuration.get("PrimarySource") or action.input_artifacts[0].name
            source = sources.get(primary)
            if source is not None and "FullRepositoryId" in source.configuration:
                yield from _of_repository(project, source)


def _of_repository(project: Project, source: Action) -> Iterable[Finding]:
    name, branch = source.configuration["FullRepositoryId"], source.configuration["BranchName"]
    location = project.repositories.get(name)
    if location is None:
        return
    try:
        repository = GitRepository(
            repository_id=name,
            location=location,
            base=project.root,
            cache=project.state_folder / "mirrors",
        )
        if not repository.is_local:
            return
        parse_buildspec(_committed(repository, branch), f"{location}/{BUILDSPEC}")
    except LaststopError as error:
        yield Finding(file=error.place or PROJECT_FILE, message=error.message, hint=error.hint)


def _committed(repository: GitRepository, branch: str) -> bytes:
    """The buildspec as the branch's head has it."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "source.zip"
        repository.archive(repository.head(branch).commit, archive)
        with SafeZip(archive) as opened:
            if BUILDSPEC not in opened.names:
                raise NotFoundError(
                    f'branch "{branch}" has no {BUILDSPEC}',
                    place=repository.shown,
                    hint=f"commit a {BUILDSPEC} at the root of the repository",
                )
            return b"".join(opened.chunks(BUILDSPEC))


def function_files(project: Project, pipeline: Pipeline) -> Iterable[Finding]:
    """Whether the files of the functions a pipeline calls are there, are Python, and define what is called.

    They are read, not run: a name that only running would define is told of as a warning.
    """
    for name in sorted(_called(pipeline) & project.functions.keys()):
        table = project.functions[name]
        path = project.root / table.file
        try:
            tree = ast.parse(read_text(path), filename=table.file)
        except UsageError as error:
            yield Finding(
                file=PROJECT_FILE,
                message=f"[functions] {name}: {table.file} {error.message}",
                hint="name the file from the project's folder on",
            )
            continue
        except SyntaxError as error:
            yield Finding(file=table.file, line=error.lineno or 0, message=f"this is no Python: {error.msg}")
            continue
        first = table.function.partition(".")[0]
        if first not in _defined(tree):
            yield Finding(
                file=table.file,
                message=f'nothing in it is called "{first}", which [functions] {name} calls',
                hint="define it there, or name what is there",
                severity="warning",
            )


def _called(pipeline: Pipeline) -> set[str]:
    """The functions that actions and rules name."""
    gates = [
        condition
        for stage in pipeline.stages
        for gate in (stage.before_entry, stage.on_success, stage.on_failure)
        if gate is not None
        for condition in gate.conditions
    ]
    configurations = [action.configuration for stage in pipeline.stages for action in stage.actions]
    configurations += [rule.configuration for condition in gates for rule in condition.rules]
    return {each["FunctionName"] for each in configurations if "FunctionName" in each}


def _defined(tree: ast.Module) -> set[str]:
    """The names that the top level of a module binds, as far as reading tells."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
            case _:
                pass  # binds nothing
    return found


FURTHER: tuple[FurtherCheck, ...] = (build_files, function_files)
