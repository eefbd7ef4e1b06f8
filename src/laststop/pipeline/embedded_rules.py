"""What the embedded home asks of a declaration on top of CodePipeline's rules."""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from laststop.pipeline.bucket_names import bucket_fault
from laststop.pipeline.build_rules import BUILDS, batched
from laststop.pipeline.catalogue import (
    CONNECTION_SOURCE,
    EMBEDDED_PROVIDERS,
    EMBEDDED_RULES,
    FUNCTIONS,
    LAMBDA,
    RULE_LAMBDA,
    S3_DEPLOY,
    S3_SOURCE,
    function_of,
)
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.gate_rules import placed_rules
from laststop.pipeline.placed import PlacedAction, placed_actions
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted


def embedded_problems(
    pipeline: Pipeline,
    *,
    project: str,
    repositories: Collection[str],
    documents: Collection[str],
    functions: Collection[str] = (),
    flow: bool = True,
) -> tuple[Problem, ...]:
    """Every problem the embedded home has with a declaration that is right for CodePipeline.

    `project` is the prefix functions may carry, `repositories` the known FullRepositoryIds, `documents` the
    places of the metadata documents as `bucket/key`, `functions` the project's own. `flow` is
    the project's own pipeline, which must read every document; others may leave them alone.
    """
    return tuple(
        chain(
            _providers(pipeline),
            _repositories(pipeline, repositories),
            _documents(pipeline, documents, flow=flow),
            _buckets(pipeline, documents),
            _functions(pipeline, project, functions),
            _releasing(pipeline, project, functions, flow=flow),
            _rules(pipeline, project, functions),
            _regions(pipeline),
        )
    )


def _of_type(pipeline: Pipeline, *kinds: str) -> Iterator[PlacedAction]:
    return (placed for placed in placed_actions(pipeline) if placed.action.action_type_id.text in kinds)


def _providers(pipeline: Pipeline) -> Iterator[Problem]:
    for placed in placed_actions(pipeline):
        kind = placed.action.action_type_id.text
        if kind not in EMBEDDED_PROVIDERS:
            near = did_you_mean(kind, EMBEDDED_PROVIDERS)
            runs = f"it runs {listed(EMBEDDED_PROVIDERS, limit=len(EMBEDDED_PROVIDERS))}"
            yield Problem(
                rule="V-101",
                path=placed.path("actionTypeId"),
                message=f"{quoted(kind)} does not run in the embedded home",
                hint=f"{near} {runs}" if near else runs,
            )
    for placed in _of_type(pipeline, *BUILDS):
        if batched(placed):
            yield Problem(
                rule="V-103",
                path=placed.path("configuration", "BatchEnabled"),
                message="batch builds are not supported yet in the embedded home",
            )


def _repositories(pipeline: Pipeline, repositories: Collection[str]) -> Iterator[Problem]:
    for placed in _of_type(pipeline, CONNECTION_SOURCE):
        wanted = placed.action.configuration.get("FullRepositoryId", "")
        if wanted and wanted not in repositories:
            yield Problem(
                rule="V-105",
                path=placed.path("configuration", "FullRepositoryId"),
                message=f"laststop.toml does not say where {quoted(wanted)} is",
                hint=did_you_mean(
                    wanted,
                    repositories,
                    otherwise=f'add {quoted(wanted)} = "PATH or URL" under [repositories]',
                ),
            )


def _documents(pipeline: Pipeline, documents: Collection[str], *, flow: bool) -> Iterator[Problem]:
    read: set[str] = set()
    buckets = {place.partition("/")[0] for place in documents}
    for placed in _of_type(pipeline, S3_SOURCE):
        bucket = placed.action.configuration.get("S3Bucket", "")
        key = placed.action.configuration.get("S3ObjectKey", "")
        place = f"{bucket}/{key}"
        read.add(place)
        if bucket in buckets and key and place not in documents:
            yield Problem(
                rule="V-106",
                path=placed.path("configuration", "S3ObjectKey"),
                message=f"{quoted(place)} is no metadata document of this project",
                hint=did_you_mean(
                    place, documents, otherwise=f"its documents are {listed(sorted(documents))}"
                ),
            )
    for place in sorted(set(documents) - read) if flow else ():
        yield Problem(
            rule="V-106",
            path=("stages", 0),
            message=f"no source reads the metadata document {quoted(place)}, so its changes start no run",
            hint="add a Source/AWS/S3/1 action for it",
            severity="warning",
        )


def _buckets(pipeline: Pipeline, documents: Collection[str]) -> Iterator[Problem]:
    """Buckets are folders here; that of the metadata documents is written by publishing alone."""
    reserved = {place.partition("/")[0] for place in documents}
    for placed in _of_type(pipeline, S3_SOURCE, S3_DEPLOY):
        key = "S3Bucket" if placed.action.action_type_id.text == S3_SOURCE else "BucketName"
        bucket = placed.action.configuration.get(key, "")
        if not bucket or "#{" in bucket:
            continue
        fault = bucket_fault(bucket)
        if not fault and key == "BucketName" and bucket in reserved:
            fault = "holds the metadata documents, which only publishing writes"
        if fault:
            yield Problem(
                rule="V-104", path=placed.path("configuration", key), message=f"{quoted(bucket)} {fault}"
            )


def _functions(pipeline: Pipeline, project: str, functions: Collection[str]) -> Iterator[Problem]:
    for placed in _of_type(pipeline, LAMBDA):
        path = placed.path("configuration", "FunctionName")
        yield from _function(placed.action.configuration, path, project=project, functions=functions)


def _function(
    configuration: Mapping[str, str], path: Trail, *, project: str, functions: Collection[str]
) -> Iterator[Problem]:
    wanted = configuration.get("FunctionName", "")
    if wanted and wanted not in functions and function_of(wanted, project) not in FUNCTIONS:
        yield Problem(
            rule="V-107",
            path=path,
            message=f"{quoted(wanted)} is neither a function of laststop nor one of the project's",
            hint=did_you_mean(
                function_of(wanted, project),
                (*FUNCTIONS, *functions),
                otherwise=f'name its file in laststop.toml: [functions] {wanted} = "file.py:handler"',
            ),
        )


def _releasing(
    pipeline: Pipeline, project: str, functions: Collection[str], *, flow: bool
) -> Iterator[Problem]:
    for placed in _of_type(pipeline, LAMBDA) if not flow else ():
        wanted = placed.action.configuration.get("FunctionName", "")
        if wanted not in functions and function_of(wanted, project) in FUNCTIONS:
            yield Problem(
                rule="V-111",
                path=placed.path("configuration", "FunctionName"),
                message=f"{quoted(wanted)} releases the site, which only the pipeline of pipeline.yml does",
                hint="move the action there",
            )


def _rules(pipeline: Pipeline, project: str, functions: Collection[str]) -> Iterator[Problem]:
    for path, rule in placed_rules(pipeline):
        kind = rule.rule_type_id.text
        if kind not in EMBEDDED_RULES:
            yield Problem(
                rule="V-108",
                path=(*path, "ruleTypeId"),
                message=f"{quoted(kind)} does not run in the embedded home",
                hint=f"it judges by {listed(EMBEDDED_RULES)}",
            )
        if kind == RULE_LAMBDA:
            inside = (*path, "configuration", "FunctionName")
            yield from _function(rule.configuration, inside, project=project, functions=functions)


def _regions(pipeline: Pipeline) -> Iterator[Problem]:
    if len(pipeline.artifact_stores) > 1:
        yield Problem(
            rule="V-109",
            path=("artifactStores",),
            message="the embedded home is one region; there is nothing to copy artifacts between",
            hint="keep the store of one region",
        )
    regions = {placed.action.region for placed in placed_actions(pipeline)} - {""}
    for placed in placed_actions(pipeline):
        if placed.action.region and (len(regions) > 1 or _elsewhere(pipeline, placed.action.region)):
            yield Problem(
                rule="V-110",
                path=placed.path("region"),
                message=f"nothing runs in {quoted(placed.action.region)}: the embedded home is one region",
                hint="leave region out",
            )


def _elsewhere(pipeline: Pipeline, region: str) -> bool:
    return bool(pipeline.artifact_stores) and region not in pipeline.artifact_stores
