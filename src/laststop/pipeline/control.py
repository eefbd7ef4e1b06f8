"""CodePipeline's API as the port for control: one call, its own operation names, its own error codes.

Source: operation names, members and errors of botocore's CodePipeline model (1.43).
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from laststop.errors import ConflictError, NotFoundError, UsageError
from laststop.pipeline.inputs import Refused


class ControlError(ConflictError):
    """CodePipeline's no; `aws_code` is its exception's name.

    The request is right, and the rules refuse it as things stand; the kinds below are about requests.
    """

    def __init__(self, refused: Refused, *, hint: str = "") -> None:
        """From the rules' own refusal."""
        super().__init__(refused.message, hint=hint)
        self.aws_code = refused.code


class ControlInputError(ControlError, UsageError):
    """The request itself cannot be used."""

    exit_code = UsageError.exit_code
    http_status = UsageError.http_status
    code = UsageError.code


class ControlNotFoundError(ControlError, NotFoundError):
    """The request names what does not exist."""

    exit_code = NotFoundError.exit_code
    http_status = NotFoundError.http_status
    code = NotFoundError.code


_INPUT: Final = (
    "ValidationException",
    "SerializationException",
    "UnknownOperationException",
    "UnsupportedOperationException",
    "InvalidArnException",
    "InvalidBlockerDeclarationException",
    "InvalidStructureException",
    "InvalidStageDeclarationException",
    "InvalidActionDeclarationException",
    "InvalidNextTokenException",
    "InvalidTagsException",
    "MalformedHttpRequestException",
    "TooManyTagsException",
    "LimitExceededException",
    "OutputVariablesSizeExceededException",
)


def control_error(refused: Refused, *, hint: str = "") -> ControlError:
    """The error of the kind that a refusal's code is of."""
    if refused.code.endswith("NotFoundException"):
        return ControlNotFoundError(refused, hint=hint)
    if refused.code in _INPUT:
        return ControlInputError(refused, hint=hint)
    return ControlError(refused, hint=hint)


class Control(Protocol):
    """Drives a pipeline, wherever it runs."""

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation, for instance `RetryStageExecution`, with CodePipeline's own members.

        The answer has CodePipeline's members by their names; timestamps are aware instants, or seconds since
        1970 where a service sent them so. `read_answer` takes either.
        Raises: ControlError with CodePipeline's code, also for an operation or member that is not its.
        """
        ...
