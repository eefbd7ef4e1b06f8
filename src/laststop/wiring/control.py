"""The control of a project's pipelines: the one place that decides which home performs an order."""

from collections.abc import Callable, Mapping
from typing import Any

from laststop.config.pipeline_file import judged, rules_of_home
from laststop.config.pipeline_files import check_pipelines
from laststop.config.project import Project
from laststop.homes.embedded.control import SOMEBODY, StoredControl, Surroundings
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.problems import Problem
from laststop.wiring.embedded import EmbeddedHome, clock, draw_run_id
from laststop.words.instants import Instant


def stored_control(
    home: EmbeddedHome,
    *,
    ring: Callable[[], None],
    by: str = SOMEBODY,
    clock: Callable[[], Instant] = clock,
) -> StoredControl:
    """The control of the embedded home; it works with and without a server."""
    return StoredControl(
        home.store, clock=clock, draw=draw_run_id, ring=ring, by=by, surroundings=surroundings(home)
    )


def surroundings(home: EmbeddedHome) -> Surroundings:
    """What the control knows of the project."""
    project = home.project
    return Surroundings(
        read=lambda value: _read(project, value),
        file_of=lambda name: _file_of(project, name),
        book=home.book,
    )


def _file_of(project: Project, name: str) -> str | None:
    """The file that declares a pipeline, seen from the project's folder."""
    for file, read in zip(project.pipeline_files, check_pipelines(project), strict=True):
        if read.pipeline is not None and read.pipeline.name == name:
            return file
    return None


def _read(project: Project, value: Mapping[str, Any]) -> tuple[Pipeline | None, tuple[Problem, ...]]:
    """A declaration from elsewhere, judged as one in pipelines/ would be."""
    pipeline, problems = judged(value, extra=rules_of_home(project, "embedded", flow=False))
    return pipeline, tuple(problems)
