"""The rules' noes, in CodePipeline's own error codes.

Source: the operations' errors in botocore's CodePipeline model (1.43).
"""

from laststop.pipeline.inputs import Refused
from laststop.pipeline.state import State

RUNS_MAX = 50
"""Live runs of a pipeline in QUEUED or PARALLEL mode. Source: AWS CodePipeline quotas, read 2026-11."""
REASON_MAX = 200
"""Characters of the reason for a stop."""
TRANSITION_REASON_MAX = 300
"""Characters of the reason for a closed transition."""
SUMMARY_MAX = 512
"""Characters of the summary of an approval."""


def invalid(message: str) -> Refused:
    """The request itself is no good."""
    return Refused(code="ValidationException", message=message)


def too_long(what: str, text: str, most: int) -> Refused | None:
    """A text has its bound."""
    return invalid(f"{what} has {len(text)} characters; at most {most} fit") if len(text) > most else None


def no_stage(name: str) -> Refused:
    """A typing mistake must not act on another stage."""
    return Refused(code="StageNotFoundException", message=f"no stage is named {name!r}")


def full(state: State) -> Refused | None:
    """In QUEUED and PARALLEL mode, one run more than there may be."""
    if state.declaration is None or state.declaration.execution_mode == "SUPERSEDED":
        return None
    live = sum(run.live for run in state.runs.values())
    if live < RUNS_MAX:
        return None
    return Refused(
        code="ConcurrentPipelineExecutionsLimitExceededException",
        message=f"{live} runs of {state.pipeline} are in progress; no more than {RUNS_MAX} may be",
    )
