"""The event with which CodePipeline calls a function.

Source: AWS CodePipeline user guide, "Example JSON event" of the Lambda action, read 2026-11.
"""

from typing import Any

import msgspec

from laststop.errors import UsageError


class _Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """CodePipeline's spelling; members we do not use are let be."""


class S3Location(_Wire, frozen=True, kw_only=True):
    """Where an artifact lies."""

    bucket_name: str
    object_key: str


class Location(_Wire, frozen=True, kw_only=True):
    """S3 is the only kind there is."""

    type: str = "S3"
    s3_location: S3Location


class JobArtifact(_Wire, frozen=True, kw_only=True):
    """An artifact of the job."""

    name: str
    location: Location
    revision: str | None = None


class Credentials(_Wire, frozen=True, kw_only=True):
    """Short-lived keys to the artifact store; empty in the embedded home."""

    access_key_id: str = ""
    secret_access_key: str = ""
    session_token: str = ""
    expiration_time: int = 0


class Configuration(_Wire, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """The action's configuration; `UserParameters` only when it has some."""

    function_name: str
    user_parameters: str = ""


class ActionConfiguration(_Wire, frozen=True, kw_only=True):
    """The wrapper around it."""

    configuration: Configuration


class JobData(_Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What the function works on; `continuation_token` only when an earlier job left one."""

    action_configuration: ActionConfiguration
    input_artifacts: tuple[JobArtifact, ...]
    output_artifacts: tuple[JobArtifact, ...]
    artifact_credentials: Credentials
    continuation_token: str = ""


class Job(_Wire, frozen=True, kw_only=True):
    """One job of one attempt."""

    id: str
    account_id: str
    data: JobData

    @property
    def function(self) -> str:
        """The function's name."""
        return self.data.action_configuration.configuration.function_name

    @property
    def user_parameters(self) -> str:
        """The text the declaration passes."""
        return self.data.action_configuration.configuration.user_parameters

    def input(self) -> JobArtifact:
        """The one input artifact.

        Raises: UsageError when the declaration gives none, or several.
        """
        if len(self.data.input_artifacts) != 1:
            raise UsageError(
                f"{self.function} wants exactly one input artifact, the built site; "
                f"it got {len(self.data.input_artifacts)}",
                hint="set inputArtifacts of this action in pipeline.yml",
            )
        return self.data.input_artifacts[0]


class JobEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The event itself: one member."""

    job: Job = msgspec.field(name="CodePipeline.job")


def decode_job(event: Any) -> Job:
    """Read the event a function was called with.

    Raises: UsageError when it is not CodePipeline's.
    """
    try:
        return msgspec.convert(event, JobEvent).job
    except msgspec.ValidationError as error:
        raise UsageError(f"this is no event of a CodePipeline job: {error}") from error


def encode_job(job: Job) -> dict[str, Any]:
    """The event for a function, as plain values."""
    event: dict[str, Any] = msgspec.to_builtins(JobEvent(job=job))
    return event
