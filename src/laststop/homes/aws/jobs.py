"""CodePipeline's job results."""

from typing import Any, Final

from laststop.errors import NotFoundError
from laststop.functions.ports import JobContext
from laststop.homes.aws.errors import ServiceError, failure
from laststop.homes.aws.service import Caller
from laststop.words.failure import Failure
from laststop.words.ids import AttemptKey, RunId

SUMMARY_CHARACTERS_MAX: Final = 2048
MESSAGE_CHARACTERS_MAX: Final = 5000
VARIABLE_CHARACTERS_MAX: Final = 1000
"""Source: `ExecutionSummary`, `Message` in botocore's CodePipeline model (1.43); user guide, "Variables"."""
UNKNOWN_ATTEMPT: Final = 0
"""AWS counts no attempts for a job; nothing here depends on the number."""

_SERVICE: Final = "codepipeline"
_ANSWERED: Final = "InvalidJobStateException"
_TYPES: Final = {
    "ConfigurationError": "ConfigurationError",
    "InvalidInput": "ConfigurationError",
    "NotFound": "ConfigurationError",
    "Denied": "PermissionError",
    "PermissionError": "PermissionError",
    "TryAgain": "SystemUnavailable",
    "SystemUnavailable": "SystemUnavailable",
    "RevisionOutOfSync": "RevisionOutOfSync",
    "RevisionUnavailable": "RevisionUnavailable",
}
"""Our code of a failure, or CodePipeline's own -> `FailureType` in botocore's model; others are JobFailed."""


class PipelineJobs:
    """The `Jobs` port over CodePipeline."""

    def __init__(self, codepipeline: Caller) -> None:
        """Nothing is asked before it is needed."""
        self._codepipeline = codepipeline
        self._contexts: dict[str, JobContext] = {}

    def context(self, job_id: str) -> JobContext:
        """Which run, stage and action a job is for; asked once for each job.

        The attempt is `UNKNOWN_ATTEMPT`.
        Raises: NotFoundError when no such job is known.
        """
        if job_id not in self._contexts:
            found = self._codepipeline.call("GetJobDetails", {"jobId": job_id})
            told = found.get("jobDetails", {}).get("data", {}).get("pipelineContext", {})
            run = told.get("pipelineExecutionId")
            if not run:
                raise NotFoundError("the job belongs to no run", place=f"job {job_id}")
            self._contexts[job_id] = JobContext(
                pipeline=str(told.get("pipelineName", "")),
                key=AttemptKey(
                    run=RunId(run),
                    stage=str(told.get("stage", {}).get("name", "")),
                    action=str(told.get("action", {}).get("name", "")),
                    attempt=UNKNOWN_ATTEMPT,
                ),
            )
        return self._contexts[job_id]

    def succeed(self, job_id: str, *, summary: str = "", variables: dict[str, str] | None = None) -> None:
        """The job ended well; a second report is harmless."""
        request: dict[str, Any] = {"jobId": job_id}
        if summary:
            request["executionDetails"] = {"summary": summary[:SUMMARY_CHARACTERS_MAX]}
        if variables:
            request["outputVariables"] = {
                name: value[:VARIABLE_CHARACTERS_MAX] for name, value in variables.items()
            }
        self._report("PutJobSuccessResult", request)

    def go_on(self, job_id: str, *, token: str) -> None:
        """The job ends here and the function is called again with this continuation token."""
        self._report("PutJobSuccessResult", {"jobId": job_id, "continuationToken": token})

    def fail(self, job_id: str, failure: Failure) -> None:
        """The job ended badly; a second report is harmless."""
        details = {
            "type": _TYPES.get(failure.code, "JobFailed"),
            "message": (failure.message or failure.code)[:MESSAGE_CHARACTERS_MAX],
        }
        self._report("PutJobFailureResult", {"jobId": job_id, "failureDetails": details})

    def _report(self, operation: str, request: dict[str, Any]) -> None:
        """A report; a job that has its answer already keeps it, and that is a success."""
        try:
            self._codepipeline.ask(operation, request)
        except ServiceError as error:
            if error.code != _ANSWERED:
                raise failure(_SERVICE, operation, error) from error
