"""Answers for a job function that died: without an answer its stage would stand still for twenty minutes.

Source: AWS Lambda developer guide, "Adding a destination": the record that an on-failure destination gets.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from laststop.errors import UsageError
from laststop.functions.ports import Jobs
from laststop.pipeline.job import Job, decode_job
from laststop.words.failure import Failure

MESSAGE_CHARACTERS_MAX = 4000
"""CodePipeline takes 5000. Source: `message` in botocore's CodePipeline model (1.43)."""


class _Context(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    function_arn: str = ""
    condition: str = ""


class _Response(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    error_type: str = ""
    error_message: str = ""


class _Dead(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    request_context: _Context
    request_payload: dict[str, Any]
    response_payload: _Response | None = None


def answer_failure(event: Mapping[str, Any], *, jobs: Jobs) -> str:
    """Report the dead function's job as failed; gives what was said.

    A job that was answered before it died stays as it was answered, and a repeat is harmless.
    Raises: UsageError when the record is none of a failed job function.
    """
    try:
        dead = msgspec.convert(event, _Dead)
    except msgspec.ValidationError as error:
        raise UsageError(f"this is no record of a failed invocation: {error}") from error
    job = decode_job(dead.request_payload)
    message = _message(job, dead)
    jobs.fail(job.id, Failure(code="JobFailed", message=message))
    return message


def _message(job: Job, dead: _Dead) -> str:
    said = dead.response_payload or _Response()
    why = ": ".join(part for part in (said.error_type, said.error_message) if part)
    why = why or dead.request_context.condition or "it gave no reason"
    text = (
        f"the function {job.function} died: {why}; its log group has the rest, and the stage can be retried"
    )
    return text if len(text) <= MESSAGE_CHARACTERS_MAX else f"{text[: MESSAGE_CHARACTERS_MAX - 1]}…"
