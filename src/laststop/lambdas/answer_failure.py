"""`<project>-answer-failure`: Lambda's on-failure destination of the functions that the pipeline calls."""

from typing import Any

from laststop.functions.answer_failure import answer_failure
from laststop.wiring.aws import AwsHome
from laststop.wiring.function_log import log

HOME = AwsHome()


def handler(event: dict[str, Any], context: object) -> None:
    """Answer for a job function that died; a dead call that no job waits for ends in the failure queue."""
    del context
    log("answered", message=answer_failure(event, jobs=HOME.jobs))
