"""Jobs: what a function is told of its job, and how it reports."""

from typing import Annotated, Literal

from msgspec import Meta

from laststop.pipeline.wire.shapes import (
    Asking,
    Category,
    ExecutionId,
    LongText,
    Moment,
    Name,
    Owner,
    RevisionChange,
    RevisionId,
    Telling,
    TypeId,
)

FailureType = Literal[
    "JobFailed",
    "ConfigurationError",
    "PermissionError",
    "RevisionOutOfSync",
    "RevisionUnavailable",
    "SystemUnavailable",
]
VariableKey = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9@\-_]+\Z")]


class TypeAsked(Asking, frozen=True, kw_only=True):
    """A kind of action."""

    category: Category
    owner: Owner
    provider: Annotated[str, Meta(min_length=1, max_length=35, pattern=r"\A[0-9A-Za-z_-]+\Z")]
    version: Annotated[str, Meta(min_length=1, max_length=9, pattern=r"\A[0-9A-Za-z_-]+\Z")]

    @property
    def text(self) -> str:
        """`Build/AWS/CodeBuild/1`."""
        return f"{self.category}/{self.owner}/{self.provider}/{self.version}"


class GetJobDetails(Asking, frozen=True, kw_only=True):
    """What a job is for."""

    job_id: ExecutionId


class S3ArtifactLocation(Telling, frozen=True, kw_only=True):
    """Where an artifact lies."""

    bucket_name: str
    object_key: str


class ArtifactLocation(Telling, frozen=True, kw_only=True):
    """S3 is the only kind there is."""

    type: str
    s3_location: S3ArtifactLocation


class JobArtifact(Telling, frozen=True, kw_only=True):
    """An artifact of a job."""

    name: str
    location: ArtifactLocation


class StageContext(Telling, frozen=True, kw_only=True):
    """The stage of a job."""

    name: str


class ActionContext(Telling, frozen=True, kw_only=True):
    """The action of a job."""

    name: str
    action_execution_id: str


class PipelineContext(Telling, frozen=True, kw_only=True):
    """The pipeline of a job."""

    pipeline_name: str
    stage: StageContext
    action: ActionContext
    pipeline_arn: str
    pipeline_execution_id: str


class ConfigurationTold(Telling, frozen=True, kw_only=True):
    """An action's configuration, variables resolved."""

    configuration: dict[str, str]


class JobCredentials(Telling, frozen=True, kw_only=True):
    """Keys to the artifact store."""

    access_key_id: str
    secret_access_key: str
    session_token: str


class JobDetailsData(Telling, frozen=True, kw_only=True):
    """What a job works on."""

    action_type_id: TypeId
    action_configuration: ConfigurationTold
    pipeline_context: PipelineContext
    input_artifacts: tuple[JobArtifact, ...]
    output_artifacts: tuple[JobArtifact, ...]
    artifact_credentials: JobCredentials
    continuation_token: str | None = None


class JobDetails(Telling, frozen=True, kw_only=True):
    """A job in full."""

    id: str
    data: JobDetailsData
    account_id: str


class JobDetailsTold(Telling, frozen=True, kw_only=True):
    """The answer of GetJobDetails."""

    job_details: JobDetails


class CurrentRevisionAsked(Asking, frozen=True, kw_only=True):
    """The revision a custom source read; kept by no provider here."""

    revision: RevisionId
    change_identifier: RevisionChange
    created: Moment | None = None
    revision_summary: LongText | None = None


class ExecutionDetails(Asking, frozen=True, kw_only=True):
    """What a function says of its work."""

    summary: LongText | None = None
    external_execution_id: RevisionId | None = None
    percent_complete: Annotated[int, Meta(ge=0, le=100)] | None = None


class PutJobSuccessResult(Asking, frozen=True, kw_only=True):
    """A job ended well; with a token it goes on in a new one."""

    job_id: ExecutionId
    current_revision: CurrentRevisionAsked | None = None
    continuation_token: LongText | None = None
    execution_details: ExecutionDetails = ExecutionDetails()
    output_variables: dict[VariableKey, str] = {}


class FailureDetails(Asking, frozen=True, kw_only=True):
    """Why a job failed."""

    type: FailureType
    message: Annotated[str, Meta(min_length=1, max_length=5000)]
    external_execution_id: RevisionId | None = None


class PutJobFailureResult(Asking, frozen=True, kw_only=True):
    """A job ended badly."""

    job_id: ExecutionId
    failure_details: FailureDetails


class PollForJobs(Asking, frozen=True, kw_only=True):
    """Jobs of a custom action type."""

    action_type_id: TypeAsked
    max_batch_size: Annotated[int, Meta(ge=1)] | None = None
    query_param: dict[str, str] = {}


class AcknowledgeJob(Asking, frozen=True, kw_only=True):
    """A worker takes a job."""

    job_id: ExecutionId
    nonce: Annotated[str, Meta(min_length=1, max_length=50)]


class ActionRevisionAsked(Asking, frozen=True, kw_only=True):
    """A new revision of a source."""

    revision_id: RevisionId
    revision_change_id: RevisionChange
    created: Moment


class PutActionRevision(Asking, frozen=True, kw_only=True):
    """A source has something new."""

    pipeline_name: Name
    stage_name: Name
    action_name: Name
    action_revision: ActionRevisionAsked


class RevisionTaken(Telling, frozen=True, kw_only=True):
    """Whether it was new, and the execution it started."""

    new_revision: bool
    pipeline_execution_id: str


class AnyRequest(Asking, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A request of an operation that is refused whatever it asks."""
