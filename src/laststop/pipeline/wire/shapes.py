"""The rules every shape of the API shares, and the plain values that many of them use."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from laststop.words.instants import Instant


class Asking(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A request, or a part of one: CodePipeline's spelling, nothing that it does not know."""


class Telling(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An answer, or a part of one. Members without a value are left out, as AWS leaves them out.

    Read back, members that this release does not know are let be: AWS adds some now and then.
    """


Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[A-Za-z0-9.@\-_]+\Z")]
"""Of a pipeline, stage, action, rule or webhook."""
ExecutionId = Annotated[
    str, Meta(pattern=r"\A[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
]
"""Of an execution, a job or an approval's token: a UUID in lower case."""
NextToken = Annotated[str, Meta(min_length=1, max_length=2048)]
PageSize = Annotated[int, Meta(ge=1, le=100)]
VariableName = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\A[A-Za-z0-9@\-_]+\Z")]
VariableValue = Annotated[str, Meta(min_length=1, max_length=1000)]
RequestToken = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\A[a-zA-Z0-9-]+\Z")]
DisabledReason = Annotated[
    str, Meta(min_length=1, max_length=300, pattern=r"\A[a-zA-Z0-9!@ \(\)\.\*\?\-]+\Z")
]
StopReason = Annotated[str, Meta(max_length=200)]
RevisionId = Annotated[str, Meta(min_length=1, max_length=1500)]
RevisionChange = Annotated[str, Meta(min_length=1, max_length=100)]
LongText = Annotated[str, Meta(min_length=1, max_length=2048)]
ResourceArn = Annotated[str, Meta(pattern=r"\Aarn:aws(-[\w]+)*:codepipeline:.+:[0-9]{12}:.+\Z")]
Moment = float | Instant
"""A timestamp of a request: seconds since 1970 on the wire, an instant from Python."""

ExecutionStatus = Literal[
    "Cancelled", "InProgress", "Stopped", "Stopping", "Succeeded", "Superseded", "Failed"
]
StageStatus = Literal["Cancelled", "InProgress", "Failed", "Stopped", "Stopping", "Succeeded", "Skipped"]
ActionStatus = Literal["InProgress", "Abandoned", "Succeeded", "Failed"]
"""Of an action's execution, and of a rule's."""
ConditionStatus = Literal[
    "InProgress", "Failed", "Errored", "Succeeded", "Cancelled", "Abandoned", "Overridden"
]
ExecutionType = Literal["STANDARD", "ROLLBACK"]
Category = Literal["Source", "Build", "Deploy", "Test", "Invoke", "Approval", "Compute"]
Owner = Literal["AWS", "ThirdParty", "Custom"]


class Nothing(Telling, frozen=True, kw_only=True):
    """The answer of an operation that has none, or an empty one."""


class TypeId(Telling, frozen=True, kw_only=True):
    """Which provider does the work of an action."""

    category: str
    owner: str
    provider: str
    version: str


class ErrorDetails(Telling, frozen=True, kw_only=True):
    """Why something failed; the message has at most 5000 characters."""

    code: str
    message: str


def cut(text: str, most: int) -> str | None:
    """A text as the model bounds it: at most so many characters, and left out when it is empty."""
    if not text:
        return None
    return text if len(text) <= most else text[: most - 1] + "…"
