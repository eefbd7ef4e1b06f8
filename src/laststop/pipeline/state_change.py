"""CodePipeline's events of runs and stages, as EventBridge delivers them: at least once, in any order.

Source: AWS CodePipeline user guide, "Monitoring CodePipeline events", read 2026-11.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from laststop.errors import UsageError
from laststop.words.ids import RunId

ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "CANCELED", "SUPERSEDED"})
"""States of a run that nothing follows, unless somebody retries. The API spells the fourth with two l."""


class StateChange(msgspec.Struct, frozen=True, kw_only=True):
    """A run, or one of its stages, came to a state (`STARTED`, `FAILED`, ...); `stage` is empty for a run."""

    pipeline: str
    run: RunId
    state: str
    stage: str = ""

    @property
    def run_ended(self) -> bool:
        """Whether the run itself ended."""
        return not self.stage and self.state in ENDED


class _Detail(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    pipeline: str
    execution_id: RunId
    state: str
    stage: str = ""


class _Event(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    source: Literal["aws.codepipeline"]
    detail_type: Literal[
        "CodePipeline Pipeline Execution State Change", "CodePipeline Stage Execution State Change"
    ]
    detail: _Detail


def decode_state_change(event: Mapping[str, Any]) -> StateChange:
    """Read the event; members we do not use are let be.

    Raises: UsageError when it is another event.
    """
    try:
        detail = msgspec.convert(event, _Event).detail
    except msgspec.ValidationError as error:
        raise UsageError(
            f"is no state change of a run or a stage: {error}",
            place="event",
            hint="let the rule match source aws.codepipeline and these two detail types only",
        ) from error
    return StateChange(
        pipeline=detail.pipeline, run=detail.execution_id, state=detail.state, stage=detail.stage
    )
