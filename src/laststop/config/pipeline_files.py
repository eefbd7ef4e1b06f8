"""All pipelines of a project: pipeline.yml, which is the flow's, and any number beside it in pipelines/."""

from collections.abc import Iterator

import msgspec

from laststop.config.finding import Finding
from laststop.config.pipeline_file import PipelineInvalidError, ReadPipeline, check_pipeline, load_pipeline
from laststop.config.project import Home, Project
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.problems import quoted


def load_pipelines(project: Project, *, home: Home = "embedded") -> tuple[tuple[str, Pipeline], ...]:
    """Every file of the project that declares a pipeline, and the pipeline; the flow's first.

    Raises: NotFoundError when the flow has none; PipelineInvalidError for the first file that has problems,
        or that takes the name of another.
    """
    files = project.pipeline_files
    loaded = tuple(load_pipeline(project, home=home, file=file) for file in files)
    for finding in _same_names(files, loaded):
        raise PipelineInvalidError([finding], file=finding.file)
    return tuple(zip(files, loaded, strict=True))


def check_pipelines(project: Project, *, home: Home = "embedded") -> tuple[ReadPipeline, ...]:
    """The same with everything there is to say, file by file, instead of an exception."""
    files = project.pipeline_files
    read = [check_pipeline(project, home=home, file=file) for file in files]
    for finding in _same_names(files, tuple(each.pipeline for each in read)):
        index = files.index(finding.file)
        read[index] = msgspec.structs.replace(read[index], findings=(*read[index].findings, finding))
    return tuple(read)


def _same_names(files: tuple[str, ...], pipelines: tuple[Pipeline | None, ...]) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for file, pipeline in zip(files, pipelines, strict=True):
        if pipeline is None:
            continue
        if pipeline.name in taken:
            yield Finding(
                file=file,
                path=("name",),
                message=f"{taken[pipeline.name]} declares a pipeline {quoted(pipeline.name)} already",
                hint="pipelines of a project have names of their own",
            )
        taken.setdefault(pipeline.name, file)
