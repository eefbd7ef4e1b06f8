"""Checks of a project that need a repository's content."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from laststop.config.check import FurtherCheck
from laststop.config.finding import Finding
from laststop.config.project import PROJECT_FILE, Project
from laststop.errors import LaststopError, NotFoundError
from laststop.homes.embedded.git import GitRepository
from laststop.homes.shared.buildspec_file import parse_buildspec
from laststop.homes.shared.safe_zip import SafeZip
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


FURTHER: tuple[FurtherCheck, ...] = (build_files,)
