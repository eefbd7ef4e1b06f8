"""pipeline.yml: from the file to a declaration that may be run."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from laststop.config.finding import (
    Finding,
    InvalidFileError,
    finding_of,
    findings_at,
    findings_of,
    sorted_findings,
)
from laststop.config.placeholders import substituted
from laststop.config.project import PIPELINE_FILE, Home, Project
from laststop.config.shape import shaped
from laststop.errors import UsageError
from laststop.homes.shared.text_file import Located
from laststop.homes.shared.yaml_file import YamlError, load_yaml
from laststop.pipeline.aws_rules import aws_problems
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.embedded_rules import embedded_problems
from laststop.pipeline.problems import Problem, did_you_mean, quoted
from laststop.pipeline.validate import problems_of

_BESIDE_PIPELINE: Final = ("metadata", "tags")
"""What GetPipeline prints, and CreatePipeline takes, next to `pipeline`; neither is part of it."""

ExtraRules = Callable[[Pipeline], Iterable[Problem]]
"""Rules of one home, on top of CodePipeline's."""


class PipelineInvalidError(InvalidFileError):
    """A declaration that cannot be run; the text names all its problems, one per line."""

    code = "InvalidPipeline"


class ReadPipeline(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the file: the declaration, unless its shape is wrong, and all there is to say."""

    pipeline: Pipeline | None
    findings: tuple[Finding, ...]

    @property
    def usable(self) -> bool:
        """Whether there is nothing but warnings."""
        return self.pipeline is not None and not any(finding.is_error for finding in self.findings)


def read_pipeline(located: Located, *, names: Mapping[str, str], file: str = PIPELINE_FILE) -> Pipeline:
    """The declaration, with its placeholders replaced by `names`.

    Raises: PipelineInvalidError with every problem.
    """
    return _or_raise(examine_pipeline(located, names=names, file=file), file)


def load_pipeline(project: Project, *, home: Home = "embedded", file: str = PIPELINE_FILE) -> Pipeline:
    """A pipeline of the project, ready to run in a home: the flow's own, unless another `file` is named.

    Raises: NotFoundError when there is none; PipelineInvalidError with every problem.
    """
    try:
        located = load_yaml(project.root / file, file=file, hint=_missing_hint())
    except YamlError as error:
        raise PipelineInvalidError(findings_of(error.faults, file), file=file) from error
    return _or_raise(_examined(located, project, home, file), file)


def check_pipeline(project: Project, *, home: Home = "embedded", file: str = PIPELINE_FILE) -> ReadPipeline:
    """The same as `load_pipeline`, with everything there is to say instead of an exception."""
    try:
        located = load_yaml(project.root / file, file=file, hint=_missing_hint())
    except YamlError as error:
        return ReadPipeline(pipeline=None, findings=tuple(findings_of(error.faults, file)))
    except UsageError as error:
        return ReadPipeline(pipeline=None, findings=(finding_of(error, file),))
    return _examined(located, project, home, file)


def examine_pipeline(
    located: Located, *, names: Mapping[str, str], file: str = PIPELINE_FILE, extra: ExtraRules | None = None
) -> ReadPipeline:
    """Everything there is to say about decoded YAML: placeholders, shape, CodePipeline's rules, `extra`."""
    unwrapped, beside = _unwrapped(located)
    value, unfilled = substituted(unwrapped.value, names)
    pipeline, problems = judged(value, extra=extra)
    troubled = {problem.path for problem in unfilled}  # what stands there still is not the real value
    refused = {problem.path for problem in problems if problem.severity == "error"}
    problems = [
        problem
        for problem in problems
        if problem.path not in troubled and (problem.severity == "error" or problem.path not in refused)
    ]
    findings = [
        *findings_at(beside, located, file),
        *findings_at([*unfilled, *problems], unwrapped, file),
    ]
    return ReadPipeline(pipeline=pipeline, findings=sorted_findings(findings))


def judged(value: object, *, extra: ExtraRules | None = None) -> tuple[Pipeline | None, list[Problem]]:
    """Plain data as a declaration, unless its shape is wrong, and every problem: shape, rules, `extra`.

    It may only be run when none of the problems is an error.
    """
    pipeline, misshapen = shaped(value, Pipeline)
    problems = [msgspec.structs.replace(problem, rule="V-01") for problem in misshapen]
    if pipeline is not None:
        problems.extend(problems_of(pipeline))
        problems.extend(extra(pipeline) if extra is not None else ())
    return pipeline, problems


def _examined(located: Located, project: Project, home: Home, file: str) -> ReadPipeline:
    rules = rules_of_home(project, home, flow=file == PIPELINE_FILE)
    return examine_pipeline(located, names=project.names_for(home), file=file, extra=rules)


def rules_of_home(project: Project, home: Home, *, flow: bool = True) -> ExtraRules:
    """What a home asks on top of CodePipeline's rules; `flow` is the project's own pipeline."""

    def embedded(pipeline: Pipeline) -> tuple[Problem, ...]:
        return embedded_problems(
            pipeline,
            project=project.name,
            repositories=project.repositories,
            documents=project.document_places,
            functions=tuple(project.functions),
            flow=flow,
        )

    def aws(pipeline: Pipeline) -> tuple[Problem, ...]:
        places = project.document_places_in(project.aws_names.documents_bucket)
        return aws_problems(pipeline, project=project.name, documents=places, flow=flow)

    return embedded if home == "embedded" else aws


def _unwrapped(located: Located) -> tuple[Located, list[Problem]]:
    """The bare structure, also when it stands under `pipeline` as the AWS tools print it."""
    value = located.value
    if not isinstance(value, dict) or "pipeline" not in value or "stages" in value:
        return located, []
    problems = [
        Problem(
            path=(key,),
            message=f"unknown key {quoted(key)}",
            hint=did_you_mean(key, ("pipeline", *_BESIDE_PIPELINE), otherwise="it belongs under pipeline"),
        )
        for key in value
        if key != "pipeline" and key not in _BESIDE_PIPELINE
    ]
    return located.under("pipeline"), problems


def _or_raise(read: ReadPipeline, file: str) -> Pipeline:
    if read.pipeline is None or not read.usable:
        raise PipelineInvalidError(read.findings, file=file)
    return read.pipeline


def _missing_hint() -> str:
    return "a project has a pipeline.yml beside its laststop.toml; laststop init DIR writes both"
