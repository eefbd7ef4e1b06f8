"""CodePipeline's API as the port for control: one call, its own operation names, its own error codes.

Source: operation names, members and errors of botocore's CodePipeline model (1.43).
"""

from collections.abc import Mapping
from typing import Any, Protocol

from laststop.errors import ConflictError
from laststop.pipeline.inputs import Refused


class ControlError(ConflictError):
    """CodePipeline's no; `aws_code` is its exception's name."""

    def __init__(self, refused: Refused) -> None:
        """From the rules' own refusal."""
        super().__init__(refused.message)
        self.aws_code = refused.code


class Control(Protocol):
    """Drives a pipeline, wherever it runs."""

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation, for instance `RetryStageExecution`, with CodePipeline's own members.

        Raises: ControlError with CodePipeline's code; UsageError for an operation or member that is not its.
        """
        ...
