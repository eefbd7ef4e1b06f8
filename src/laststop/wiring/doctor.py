"""What would keep a project from working here, and the command that mends each.

Looking changes nothing: no store is made, nothing is migrated, no process is ended.
"""

from collections.abc import Iterator
from pathlib import Path

from laststop.config.check import check_project
from laststop.config.pipeline_file import load_pipeline
from laststop.config.project_file import find_project, load_project
from laststop.errors import LaststopError
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.lock import holder_of
from laststop.wiring.checks import FURTHER
from laststop.wiring.doctor_home import of_builds, of_edge, of_messages, of_server, of_store
from laststop.wiring.doctor_machine import of_clock, of_disk, of_file_system, of_git, of_ports, of_python
from laststop.wiring.examination import Check, Finding, Patient, Port, State


def examine(folder: Path, ports: tuple[Port, ...]) -> Iterator[Finding]:
    """Every finding, in the order in which a new user would run into them.

    A project whose files are wrong is examined no further: everything else depends on them.
    Raises: NotFoundError when the folder belongs to no project.
    """
    root = find_project(folder)
    yield from of_python()
    yield from of_git()
    files = tuple(_of_files(root))
    yield from files
    if any(each.state == "trouble" for each in files):
        return
    folders = Folders(root)
    patient = Patient(
        project=load_project(root), folders=folders, holder=holder_of(folders.lock), ports=ports
    )
    for check in CHECKS:
        try:
            yield from check(patient)
        except LaststopError as error:
            about = check.__name__.removeprefix("_").removeprefix("of_").replace("_", " ")
            yield Finding(about=about, state="trouble", says=str(error), mend=error.hint)


def _of_files(root: Path) -> Iterator[Finding]:
    found = check_project(root, further=FURTHER)
    for each in found:
        state: State = "trouble" if each.is_error else "note"
        says = f"{each.place}: {each.message}"
        yield Finding(about="files", state=state, says=says, mend=each.hint or "laststop check")
    if not found:
        yield Finding(about="files", state="ok", says=f"laststop.toml and pipeline.yml of {root} are valid")


def _of_repositories(patient: Patient) -> Iterator[Finding]:
    for source in load_pipeline(patient.project).sources():
        name = source.configuration.get("FullRepositoryId", "")
        location = patient.project.repositories.get(name)
        if location is None:
            continue
        branch = source.configuration["BranchName"]
        repository = GitRepository(
            repository_id=name,
            location=location,
            base=patient.project.root,
            cache=patient.folders.mirrors,
        )
        tip = repository.tip(branch)
        if tip is None:
            yield Finding(
                about="repositories",
                state="trouble",
                says=f'{repository.shown} has no branch "{branch}"',
                mend=f"git -C {location} branch {branch}" if repository.is_local else "correct pipeline.yml",
            )
            continue
        how = "looked at every second, without inotify" if repository.is_local else "asked every minute"
        yield Finding(about="repositories", state="ok", says=f"{name}: {branch} is at {tip[:8]}; {how}")


CHECKS: tuple[Check, ...] = (
    _of_repositories,
    of_disk,
    of_file_system,
    of_clock,
    of_store,
    of_ports,
    of_server,
    of_edge,
    of_builds,
    of_messages,
)
"""In the order they are told."""
