"""Jobs: what a function is told of its job, and how it reports.

A result does not belong to a view or transaction of the control's: the job book decides about it.
"""

from typing import Never, Protocol

from laststop.homes.embedded.codepipeline.call import PARTITION, refused
from laststop.homes.embedded.codepipeline.histories import type_id
from laststop.pipeline.control import ControlError
from laststop.pipeline.due import Command
from laststop.pipeline.job import Job, JobArtifact
from laststop.pipeline.wire import jobs as wire
from laststop.words.failure import Failure


class JobBook(Protocol):
    """Finds the attempt of a job and takes its result; raises ControlError with CodePipeline's codes."""

    def command(self, job_id: str) -> Command:
        """What a job that is under way works on."""
        ...

    def job(self, job_id: str) -> Job:
        """The same as the function's event has it."""
        ...

    def succeed(
        self,
        job_id: str,
        *,
        summary: str = "",
        variables: dict[str, str] | None = None,
        external_id: str = "",
    ) -> None:
        """The job ended well."""
        ...

    def go_on(self, job_id: str, *, token: str) -> None:
        """The job ended, and goes on in a new one."""
        ...

    def fail(self, job_id: str, failure: Failure) -> None:
        """The job ended badly."""
        ...


def succeeded(book: JobBook, asked: wire.PutJobSuccessResult) -> None:
    """With a continuation token the function is called again, under a new job id."""
    if asked.continuation_token is not None:
        if asked.output_variables:
            raise refused("ValidationException", "outputVariables go with the last job, not with a token")
        book.go_on(asked.job_id, token=asked.continuation_token)
        return
    details = asked.execution_details
    book.succeed(
        asked.job_id,
        summary=details.summary or "",
        variables=asked.output_variables,
        external_id=details.external_execution_id or "",
    )


def failed(book: JobBook, asked: wire.PutJobFailureResult) -> None:
    """The action fails with the function's own words."""
    details = asked.failure_details
    book.fail(asked.job_id, Failure(code=details.type, message=details.message))


def details(book: JobBook, asked: wire.GetJobDetails) -> wire.JobDetailsTold:
    """What a job under way is for, with the pipeline it belongs to.

    Raises: ControlError with JobNotFoundException, also for a job that has ended.
    """
    try:
        command, job = book.command(asked.job_id), book.job(asked.job_id)
    except ControlError as error:
        if error.aws_code == "InvalidJobStateException":
            raise refused("JobNotFoundException", error.message) from error
        raise
    key, keys = command.key, job.data.artifact_credentials
    data = wire.JobDetailsData(
        action_type_id=type_id(command.provider),
        action_configuration=wire.ConfigurationTold(
            configuration={name: value for name, value in command.configuration.items() if value}
        ),
        pipeline_context=wire.PipelineContext(
            pipeline_name=command.pipeline,
            stage=wire.StageContext(name=key.stage),
            action=wire.ActionContext(name=key.action, action_execution_id=key.id),
            pipeline_arn=f"{PARTITION}{command.pipeline}",
            pipeline_execution_id=key.run,
        ),
        input_artifacts=_artifacts(job.data.input_artifacts),
        output_artifacts=_artifacts(job.data.output_artifacts),
        artifact_credentials=wire.JobCredentials(
            access_key_id=keys.access_key_id,
            secret_access_key=keys.secret_access_key,
            session_token=keys.session_token,
        ),
        continuation_token=command.token or None,
    )
    return wire.JobDetailsTold(job_details=wire.JobDetails(id=job.id, data=data, account_id=job.account_id))


def acknowledge(book: JobBook, asked: wire.AcknowledgeJob) -> Never:
    """Only workers acknowledge, and no job here was given to one.

    Raises: ControlError with InvalidNonceException, or JobNotFoundException.
    """
    try:
        book.command(asked.job_id)
    except ControlError as error:
        raise refused("JobNotFoundException", error.message) from error
    raise refused("InvalidNonceException", "the job was not given to a worker, and has no nonce")


def _artifacts(artifacts: tuple[JobArtifact, ...]) -> tuple[wire.JobArtifact, ...]:
    return tuple(
        wire.JobArtifact(
            name=each.name,
            location=wire.ArtifactLocation(
                type=each.location.type,
                s3_location=wire.S3ArtifactLocation(
                    bucket_name=each.location.s3_location.bucket_name,
                    object_key=each.location.s3_location.object_key,
                ),
            ),
        )
        for each in artifacts
    )
