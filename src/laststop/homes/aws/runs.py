"""Runs as CodePipeline knows them: their bills, from the revisions it names.

Source: `GetPipelineExecution`, `ListPipelineExecutions` and `ListActionExecutions` in botocore's CodePipeline
model (1.43).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from laststop.catalog.dealing import DocumentObject
from laststop.errors import ConflictError, NotFoundError
from laststop.functions.ports import RunFacts
from laststop.homes.aws.bucket import Bucket
from laststop.homes.aws.causes import cause_of
from laststop.homes.aws.documents import generation_of
from laststop.homes.aws.fan_out import each
from laststop.homes.aws.service import Caller
from laststop.words.bill import Revision, bill_of
from laststop.words.ids import RunId
from laststop.words.instants import Instant

PAGE: Final = 100
PAGES_MAX: Final = 20
"""Of the list of runs, the newest first; 2,000 runs back nothing waits for an answer any more."""


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """CodePipeline's spelling; members we do not use are let be."""


class _ArtifactRevision(_Wire, frozen=True, kw_only=True):
    name: str
    revision_id: str = ""
    revision_change_identifier: str = ""
    revision_summary: str = ""


class _Trigger(_Wire, frozen=True, kw_only=True):
    trigger_type: str = ""
    trigger_detail: str = ""


class _Rollback(_Wire, frozen=True, kw_only=True):
    rollback_target_pipeline_execution_id: RunId = RunId("")


class _Execution(_Wire, frozen=True, kw_only=True):
    pipeline_name: str = ""
    pipeline_execution_id: RunId = RunId("")
    artifact_revisions: tuple[_ArtifactRevision, ...] = ()
    trigger: _Trigger = _Trigger()
    rollback_metadata: _Rollback = _Rollback()


class _ActionType(_Wire, frozen=True, kw_only=True):
    category: str
    provider: str


class _Input(_Wire, frozen=True, kw_only=True):
    action_type_id: _ActionType
    configuration: dict[str, str] = {}
    resolved_configuration: dict[str, str] = {}


class _Artifact(_Wire, frozen=True, kw_only=True):
    name: str


class _Output(_Wire, frozen=True, kw_only=True):
    output_artifacts: tuple[_Artifact, ...] = ()


class _Source(_Wire, frozen=True, kw_only=True):
    """One attempt at a source action."""

    action_name: str
    status: str
    input: _Input
    output: _Output = _Output()

    @property
    def location(self) -> str:
        """What was read: `acme/frontend@main`, `documents/routing.zip`; the same in both homes."""
        told = {**self.input.configuration, **self.input.resolved_configuration}
        match self.input.action_type_id.provider:
            case "S3":
                return f"{told.get('S3Bucket', '')}/{told.get('S3ObjectKey', '')}"
            case "CodeCommit":
                return f"{told.get('RepositoryName', '')}@{told.get('BranchName', '')}"
            case "GitHub":
                return f"{told.get('Owner', '')}/{told.get('Repo', '')}@{told.get('Branch', '')}"
            case _:
                return f"{told.get('FullRepositoryId', '')}@{told.get('BranchName', '')}"


class _Said(_Wire, frozen=True, kw_only=True):
    commit_message: str = msgspec.field(name="CommitMessage", default="")


def summary_of(told: str) -> str:
    """One line of what a revision is; a connection tells its commit as JSON.

    Source: `revisionSummary` of a connection in the output of `list-pipeline-executions`, CodePipeline guide.
    """
    try:
        said = msgspec.json.decode(told, type=_Said).commit_message
    except msgspec.MsgspecError:
        said = told
    return (said.splitlines() or [""])[0]


class PipelineRuns:
    """The `Runs` port over CodePipeline.

    A bill closes when every source action has succeeded; it never changes then, and is remembered.
    """

    def __init__(
        self,
        codepipeline: Caller,
        *,
        pipeline: str,
        documents: Bucket,
        objects: Iterable[DocumentObject],
    ) -> None:
        """`documents` is the bucket of the metadata documents: the generation of a version stands there."""
        self._codepipeline = codepipeline
        self._pipeline = pipeline
        self._documents = documents
        self._objects = {f"{documents.name}/{one.key}": one for one in objects}
        self._closed: dict[RunId, RunFacts] = {}

    def get(self, run: RunId) -> RunFacts:
        """A run whose bill is closed."""
        if run not in self._closed:
            self._closed[run] = self._read(run)
        return self._closed[run]

    def _read(self, run: RunId) -> RunFacts:
        request = {"pipelineName": self._pipeline, "pipelineExecutionId": run}
        answer = self._codepipeline.call("GetPipelineExecution", request)
        execution = msgspec.convert(answer["pipelineExecution"], _Execution)
        target = execution.rollback_metadata.rollback_target_pipeline_execution_id or None
        sources = self._sources(target or run)
        named = {revision.name: revision for revision in execution.artifact_revisions}
        if not sources or any(source.status != "Succeeded" for source in sources):
            raise _open(run)
        revisions = each(lambda source: self._revision(run, source, named), sources)
        return RunFacts(
            id=run,
            pipeline=execution.pipeline_name or self._pipeline,
            cause=cause_of(execution.trigger.trigger_type, execution.trigger.trigger_detail),
            started_at=self._started_at(run),
            bill=bill_of(revisions),
            target=target,
        )

    def _revision(self, run: RunId, source: _Source, named: Mapping[str, _ArtifactRevision]) -> Revision:
        """What one source gave; the pipeline's own list of revisions is the only authority."""
        outputs = [artifact.name for artifact in source.output.output_artifacts]
        found = next((named[name] for name in outputs if name in named), None)
        if found is None or not found.revision_id:
            raise _open(run)
        location = source.location
        return Revision(
            action=source.action_name,
            id=found.revision_id,
            location=location,
            summary=summary_of(found.revision_summary),
            change=found.revision_change_identifier,
            generation=self._generation(location, found.revision_id),
        )

    def _generation(self, location: str, version: str) -> int | None:
        """The generation of a document's version; None for what is no document of the project."""
        one = self._objects.get(location)
        if one is None:
            return None
        found = self._documents.head(one.key, version=version)
        if found is None:
            raise NotFoundError(
                f"version {version} of {location} is no longer kept",
                hint="keep older versions of the bucket for longer than a run may wait",
            )
        return generation_of(self._documents, one.object, found)

    def _sources(self, run: RunId) -> list[_Source]:
        """The newest attempt at every source action of a run."""
        newest: dict[str, _Source] = {}
        request = {"pipelineName": self._pipeline, "filter": {"pipelineExecutionId": run}, "maxResults": PAGE}
        for told in self._pages("ListActionExecutions", request, "actionExecutionDetails"):
            if told.get("input", {}).get("actionTypeId", {}).get("category") == "Source":
                source = msgspec.convert(told, _Source)
                newest.setdefault(source.action_name, source)  # the list begins with the newest
        return list(newest.values())

    def _started_at(self, run: RunId) -> Instant:
        """When a run was begun, which only the list of runs says."""
        request = {"pipelineName": self._pipeline, "maxResults": PAGE}
        for told in self._pages("ListPipelineExecutions", request, "pipelineExecutionSummaries"):
            if told.get("pipelineExecutionId") == run:
                return instant_of(told["startTime"])
        raise NotFoundError(f"run {run} is not among the newest {PAGE * PAGES_MAX}", place=self._pipeline)

    def _pages(self, operation: str, request: Mapping[str, Any], member: str) -> Iterator[Mapping[str, Any]]:
        token: str | None = None
        for _ in range(PAGES_MAX):
            more = {"nextToken": token} if token else {}
            answer = self._codepipeline.call(operation, {**request, **more})
            yield from answer.get(member, ())
            token = answer.get("nextToken")
            if not token:
                return


def instant_of(told: float | str) -> Instant:
    """A time of the JSON protocol: seconds since 1970, or ISO 8601."""
    if isinstance(told, str):
        return datetime.fromisoformat(told).astimezone(UTC)
    return datetime.fromtimestamp(told, UTC)


def _open(run: RunId) -> ConflictError:
    return ConflictError(f"the sources of run {run} are still being read", hint="look again in a moment")
