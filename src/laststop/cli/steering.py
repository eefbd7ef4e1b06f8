"""Which pipeline, in which home, an order is for; orders are CodePipeline's operations everywhere."""

import getpass
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from laststop.cli.options import project_in
from laststop.cli.output import talk
from laststop.cli.store import NOT_SERVING, opened, tell_server
from laststop.config.pipeline_file import check_pipeline
from laststop.config.project import Home, Project
from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.lock import holder_of
from laststop.homes.embedded.runs import FULL_ID_LENGTH, find_run
from laststop.pipeline.control import Control
from laststop.pipeline.wire.executions import (
    ExecutionsTold,
    ExecutionSummary,
    PipelineExecution,
    PipelineExecutionTold,
)
from laststop.pipeline.wire.reading import read_answer
from laststop.pipeline.wire.states import PipelineStateTold
from laststop.wiring.control import stored_control
from laststop.wiring.embedded import EmbeddedHome

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
PAGES_SEARCHED = 20
"""So many pages of 100 executions are searched for the beginning of an id."""


class Steering(msgspec.Struct, frozen=True, kw_only=True):
    """A pipeline and what drives it. `embedded` is None where the pipeline runs on AWS."""

    control: Control
    pipeline: str
    embedded: EmbeddedHome | None

    def ask(self, operation: str, kind: type[T], **request: Any) -> T:
        """An operation whose answer is read as a value."""
        return read_answer(self.control.call(operation, request), kind)

    def state(self) -> PipelineStateTold:
        """Where the pipeline stands."""
        return self.ask("GetPipelineState", PipelineStateTold, name=self.pipeline)

    def executions(self, limit: int) -> Iterator[ExecutionSummary]:
        """Executions, the newest first, page by page."""
        token: Mapping[str, str] = {}
        while limit > 0:
            size = min(limit, 100)
            told = self.ask(
                "ListPipelineExecutions", ExecutionsTold, pipelineName=self.pipeline, maxResults=size, **token
            )
            yield from told.pipeline_execution_summaries
            limit -= size
            if told.next_token is None:
                return
            token = {"nextToken": told.next_token}

    def execution(self, run: str) -> PipelineExecution:
        """One execution in full."""
        request = {"pipelineName": self.pipeline, "pipelineExecutionId": run}
        return self.ask("GetPipelineExecution", PipelineExecutionTold, **request).pipeline_execution

    def run(self, text: str) -> str:
        """The id of a run by its beginning, or of the newest one for `latest`.

        Raises: NotFoundError when there is none, UsageError when the beginning fits several.
        """
        if len(text) >= FULL_ID_LENGTH:
            return text
        if text == "latest":
            newest = next(self.executions(1), None)
            if newest is None:
                raise NotFoundError("there is no run yet", hint="start one: laststop run start")
            return newest.pipeline_execution_id
        every = (each.pipeline_execution_id for each in self.executions(PAGES_SEARCHED * 100))
        found = [run for run in every if run.startswith(text)]
        if len(found) > 1:
            raise UsageError(f"several runs begin with {text}", hint="give more of the id")
        if not found:
            raise NotFoundError(f"there is no run {text}", hint="see: laststop run list")
        return found[0]

    def note_server(self) -> None:
        """Say so when nothing will happen before a server starts."""
        if self.embedded is not None and holder_of(self.embedded.folders.lock) is None:
            talk(NOT_SERVING)


@contextmanager
def steering(folder: Path, home: Home, pipeline: str = "") -> Iterator[Steering]:
    """A pipeline of the project in a home; without a name, the flow's own."""
    if home == "aws":
        from laststop.wiring.aws_control import aws_control

        project = project_in(folder)
        name = pipeline or flow_name(project, home)
        with aws_control(project) as control:
            yield Steering(control=control, pipeline=name, embedded=None)
        return
    with opened(folder) as embedded:
        stored = stored_control(embedded, ring=lambda: _ring(embedded), by=caller())
        name = pipeline or flow_name(embedded.project, home)
        yield Steering(control=stored, pipeline=name, embedded=embedded)


@contextmanager
def steering_run(folder: Path, home: Home, run: str, pipeline: str = "") -> Iterator[tuple[Steering, str]]:
    """The pipeline of a run, and the run's id; in the embedded home a run of any pipeline is found."""
    with steering(folder, home, pipeline) as steered:
        if steered.embedded is None or pipeline:
            yield steered, steered.run(run)
            return
        with steered.embedded.store.view() as view:
            row = find_run(view, run)
        yield msgspec.structs.replace(steered, pipeline=row.pipeline), row.id


def flow_name(project: Project, home: Home) -> str:
    """The name of the flow's pipeline, also while its file has problems.

    Raises: UsageError when the file cannot even be read.
    """
    read = check_pipeline(project, home=home)
    if read.pipeline is None:
        raise UsageError("pipeline.yml cannot be read", hint="see: laststop check; or name one: --pipeline")
    return read.pipeline.name


def caller() -> str:
    """Who gives orders here, as people know them."""
    try:
        return f"{getpass.getuser()} on this machine"
    except (OSError, KeyError):  # a user id without an account, as in some containers
        return "somebody on this machine"


def pipeline_option(function: F) -> F:
    """`--pipeline`: another than the flow's own."""
    return click.option(
        "--pipeline", default="", help="Another pipeline of the project.  [default: the flow's own]"
    )(function)


def _ring(embedded: EmbeddedHome) -> None:
    tell_server(embedded)
