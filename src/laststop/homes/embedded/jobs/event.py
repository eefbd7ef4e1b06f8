"""The job of a command: its id, which follows from the attempt, and the event a function gets."""

import msgspec

from laststop.pipeline.bucket_names import ARTIFACT_BUCKET
from laststop.pipeline.due import Command
from laststop.pipeline.job import (
    ActionConfiguration,
    Configuration,
    Credentials,
    Job,
    JobArtifact,
    JobData,
    Location,
    S3Location,
)
from laststop.words.artifact import Artifact
from laststop.words.ids import AttemptKey, derived_id

ACCOUNT = "000000000000"
_PIPELINE_CHARACTERS = 20
_ARTIFACT_CHARACTERS = 10


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """What a function signs its requests to this server with. Units: `expires_at_ms` since the epoch."""

    access_key_id: str = ""
    secret_access_key: str = ""
    session_token: str = ""
    expires_at_ms: int = 0


NO_KEYS = Keys()
"""Our own functions run in process and sign nothing."""


def job_id_of(key: AttemptKey, job: int) -> str:
    """The id of one job of an attempt; a re-issue after a crash has the same."""
    return derived_id(key.run, key.stage, key.action, str(key.attempt), "job", str(job))


def output_id_of(command: Command, name: str) -> str:
    """The last part of an output's object key; all jobs of an attempt have the same."""
    key = command.key
    return derived_id(key.run, key.stage, key.action, str(key.attempt), "output", name)


def job_of(command: Command, keys: Keys = NO_KEYS) -> Job:
    """What CodePipeline would tell a function of this command."""
    return Job(
        id=job_id_of(command.key, command.job),
        account_id=ACCOUNT,
        data=JobData(
            action_configuration=ActionConfiguration(
                configuration=Configuration(
                    function_name=command.configuration["FunctionName"],
                    user_parameters=command.configuration.get("UserParameters", ""),
                )
            ),
            input_artifacts=tuple(_input(command, artifact) for artifact in command.inputs),
            output_artifacts=tuple(
                _located(command, name, output_id_of(command, name)) for name in command.outputs
            ),
            artifact_credentials=Credentials(
                access_key_id=keys.access_key_id,
                secret_access_key=keys.secret_access_key,
                session_token=keys.session_token,
                expiration_time=keys.expires_at_ms,
            ),
            continuation_token=command.token,
        ),
    )


def _input(command: Command, artifact: Artifact) -> JobArtifact:
    return _located(command, artifact.name, artifact.digest)


def _located(command: Command, name: str, last: str) -> JobArtifact:
    key = f"{command.pipeline[:_PIPELINE_CHARACTERS]}/{name[:_ARTIFACT_CHARACTERS]}/{last}"
    return JobArtifact(
        name=name, location=Location(s3_location=S3Location(bucket_name=ARTIFACT_BUCKET, object_key=key))
    )
