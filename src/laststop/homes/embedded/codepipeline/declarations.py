"""Declarations on the wire, and the pipelines they make: created, read, updated, deleted, listed."""

from collections.abc import Mapping
from typing import Any

import msgspec

from laststop.engine.apply import apply
from laststop.homes.embedded.codepipeline.call import PARTITION, Call, Order, refused
from laststop.homes.embedded.codepipeline.paging import next_token, place_of
from laststop.homes.embedded.codepipeline.printing import printed
from laststop.homes.embedded.codepipeline.rows import SQL, declared, definition
from laststop.homes.embedded.codepipeline.tags import put_tags, tags_of
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.inputs import Declare, Delete
from laststop.pipeline.problems import Problem, path_text
from laststop.pipeline.validate import problems_of
from laststop.pipeline.wire import pipelines as wire
from laststop.pipeline.wire.reading import refusal
from laststop.words.instants import parse_instant


def read_plainly(value: Mapping[str, Any]) -> tuple[Pipeline | None, tuple[Problem, ...]]:
    """By CodePipeline's own rules alone.

    Raises: ControlError naming the member whose shape is wrong.
    """
    try:
        pipeline = msgspec.convert(value, Pipeline)
    except msgspec.ValidationError as error:
        raise refusal(str(error).replace("`$.", "`$.pipeline."), {"pipeline": value}) from error
    return pipeline, problems_of(pipeline)


def create(order: Order, asked: wire.CreatePipeline) -> wire.PipelineCreated:
    """A new pipeline, which starts at once."""
    pipeline = _usable(order, asked.pipeline)
    before = order.view.state(pipeline.name)
    if before.declaration is not None or order.file_of(pipeline.name) is not None:
        raise refused("PipelineNameInUseException", f"a pipeline is named '{pipeline.name}' already")
    order.transaction.connection.execute(SQL["undeclare"], (pipeline.name,))
    applied = apply(order.transaction, before, Declare(declaration=pipeline), order.now)
    order.transaction.save_state(applied.state)
    put_tags(order, pipeline.name, asked.tags)
    return wire.PipelineCreated(
        pipeline=printed(pipeline, applied.state.version), tags=tags_of(order.view, pipeline.name)
    )


def update(order: Order, asked: wire.UpdatePipeline) -> wire.PipelineUpdated:
    """The declaration anew; an equal one changes nothing, and no version is counted."""
    _ours(order, str(asked.pipeline.get("name", "")))
    pipeline = _usable(order, asked.pipeline)
    if order.view.state(pipeline.name).declaration is None:  # PipelineNotFoundException is not its error
        raise refused(
            "InvalidStructureException",
            f"no pipeline is named '{pipeline.name}' here",
            hint="CreatePipeline makes one",
        )
    applied = order.decide(pipeline.name, Declare(declaration=pipeline))
    return wire.PipelineUpdated(pipeline=printed(pipeline, applied.state.version))


def delete(order: Order, asked: wire.DeletePipeline) -> None:
    """The pipeline goes with its history; what runs is let go of. One that is not there is gone already."""
    _ours(order, asked.name)
    if order.view.state(asked.name).declaration is not None:
        order.decide(asked.name, Delete())


def get(call: Call, asked: wire.GetPipeline) -> wire.PipelineTold:
    """A declaration as it stands, or stood in an earlier version."""
    state = call.state(asked.name)
    version = asked.version or state.version
    found = definition(call.view, asked.name, version)
    if found is None:
        raise refused(
            "PipelineVersionNotFoundException", f"the pipeline '{asked.name}' has no version {version}"
        )
    created, updated = declared(call.view, asked.name)
    return wire.PipelineTold(
        pipeline=printed(found, version),
        metadata=wire.PipelineMetadata(
            pipeline_arn=f"{PARTITION}{asked.name}", created=created, updated=updated
        ),
    )


def listed(call: Call, asked: wire.ListPipelines) -> wire.PipelinesTold:
    """Every pipeline, by name, page by page."""
    of = ("ListPipelines",)
    behind = place_of(asked.next_token, str, "", *of)
    rows = call.view.connection.execute(SQL["pipelines"], (behind, asked.max_results + 1)).fetchall()
    page = rows[: asked.max_results]
    return wire.PipelinesTold(
        pipelines=tuple(_summary(call, row) for row in page),
        next_token=next_token(page[-1][0], *of) if len(rows) > len(page) else None,
    )


def webhooks(call: Call, asked: wire.ListWebhooks) -> wire.WebhooksTold:
    """None: a webhook of GitHub's goes to /hooks/github, and needs no registration here."""
    del call
    if asked.next_token is not None:
        raise refused("InvalidNextTokenException", "NextToken is none that was given out here")
    return wire.WebhooksTold(webhooks=())


def _usable(order: Order, value: Mapping[str, Any]) -> Pipeline:
    """The pipeline of a request.

    Raises: ControlError with the exception of the first broken rule, telling all of them.
    """
    pipeline, problems = order.read(value)
    broken = [problem for problem in problems if problem.severity == "error"]
    if broken or pipeline is None:
        lines = "; ".join(_line(problem) for problem in broken) or "the declaration cannot be read"
        raise refused(broken[0].aws_code if broken else "InvalidStructureException", lines)
    return pipeline


def _line(problem: Problem) -> str:
    place = path_text(("pipeline", *problem.path))
    return f"{place}: {problem.message}" + (f" ({problem.hint})" if problem.hint else "")


def _ours(order: Order, pipeline: str) -> None:
    """Refuse to change what a file declares: the file would undo it at the next start.

    Raises: ControlError with ValidationException.
    """
    file = order.file_of(pipeline)
    if file is not None:
        raise refused(
            "ValidationException",
            f"the pipeline '{pipeline}' is declared in {file}, and changes there",
            hint="edit the file; what runs takes it at the next start of laststop up",
        )


def _summary(call: Call, row: tuple[str, int, str, str]) -> wire.PipelineSummary:
    name, version, created, updated = row
    found = definition(call.view, name, version)
    return wire.PipelineSummary(
        name=name,
        version=version,
        pipeline_type=found.pipeline_type if found else "V2",
        execution_mode=found.execution_mode if found else "SUPERSEDED",
        created=parse_instant(created),
        updated=parse_instant(updated),
    )
