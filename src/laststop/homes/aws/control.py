"""CodePipeline's own operations, on CodePipeline itself."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from laststop.errors import ConflictError, NotFoundError, UsageError
from laststop.homes.aws.errors import MEANINGS, ServiceError, failure, meaning
from laststop.homes.aws.operations import OPERATIONS
from laststop.homes.aws.service import Caller
from laststop.pipeline.control import control_error
from laststop.pipeline.inputs import Refused

_SERVICE: Final = "codepipeline"
_NO_PIPELINE: Final = "PipelineNotFoundException"


class PipelineControl:
    """The `Control` port over the service.

    Requests and answers have the members of CodePipeline's JSON protocol, so times are seconds since 1970.
    """

    def __init__(self, codepipeline: Caller) -> None:
        """Any CodePipeline, also our own engine behind its endpoint."""
        self._codepipeline = codepipeline

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation; a start that names no token gets one, so that a lost answer starts no other.

        Raises: as `Control.call`; NotFoundError when there is no such pipeline, TransientError and
        DeniedError as the service says.
        """
        if operation not in OPERATIONS[_SERVICE]:
            raise UsageError(
                f"laststop does not call {operation} of CodePipeline",
                hint=f"it calls {', '.join(sorted(OPERATIONS[_SERVICE]))}",
            )
        if operation == "StartPipelineExecution" and not request.get("clientRequestToken"):
            request = {**request, "clientRequestToken": str(uuid.uuid4())}
        try:
            return self._codepipeline.ask(operation, request)
        except ServiceError as error:
            if _is_refusal(error):
                refused = Refused(code=error.code, message=error.message or error.code)
                raise control_error(refused) from error
            raise failure(_SERVICE, operation, error) from error


def _is_refusal(error: ServiceError) -> bool:
    """Whether it is a no of the pipeline's rules; a missing pipeline is none, nor is a broken request."""
    kind = meaning(_SERVICE, error.code, error.status).kind
    own = error.code in MEANINGS[_SERVICE] and error.code != _NO_PIPELINE
    return own and issubclass(kind, (ConflictError, NotFoundError))
