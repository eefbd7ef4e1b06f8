"""What runs after what: the failure flow of a build, as pure functions.

| phase fails | goes on with |
|---|---|
| anything before BUILD | FINALIZING |
| BUILD | POST_BUILD, then UPLOAD_ARTIFACTS |
| POST_BUILD | UPLOAD_ARTIFACTS |
| UPLOAD_ARTIFACTS | FINALIZING |
| any, with `on-failure: ABORT` or `RETRY` | FINALIZING |
| any, with `on-failure: CONTINUE` | the next phase |
| timed out, stopped, or the machine's fault | FINALIZING |

A build in which any phase failed has failed, whatever ran afterwards.

Source: AWS CodeBuild user guide, "Build phase transitions" and "Build specification reference".
"""

from typing import Literal

import msgspec

from laststop.build.buildspec import OnFailure, Phase
from laststop.build.phases import BuildStatus, PhaseName

_ORDER = tuple(PhaseName)
_GOES_ON_AFTER_FAILURE = {
    PhaseName.BUILD: PhaseName.POST_BUILD,
    PhaseName.POST_BUILD: PhaseName.UPLOAD_ARTIFACTS,
    PhaseName.FINALIZING: PhaseName.COMPLETED,
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One command of a phase; `index` counts from 0 within its block."""

    block: Literal["commands", "finally"]
    index: int
    command: str


def phase_after(name: PhaseName, status: BuildStatus, on_failure: OnFailure | None = None) -> PhaseName:
    """The phase that follows `name` when it ended with `status`.

    Raises: ValueError after COMPLETED, which nothing follows.
    """
    if name is PhaseName.COMPLETED:
        raise ValueError("nothing follows COMPLETED")
    following = _ORDER[_ORDER.index(name) + 1]
    if status is BuildStatus.SUCCEEDED:
        return following
    if status is BuildStatus.FAILED and on_failure is OnFailure.CONTINUE:
        return following
    if status is BuildStatus.FAILED and on_failure is None:
        return _GOES_ON_AFTER_FAILURE.get(name, PhaseName.FINALIZING)
    return _GOES_ON_AFTER_FAILURE[name] if name is PhaseName.FINALIZING else PhaseName.FINALIZING


def first_step(phase: Phase) -> Step | None:
    """The first command of a phase, or None when it has none."""
    return _step(phase, "commands", 0) or _step(phase, "finally", 0)


def step_after(phase: Phase, step: Step, *, failed: bool) -> Step | None:
    """What the phase runs after `step`: a failure skips the rest of its block, `finally` always runs."""
    following = None if failed else _step(phase, step.block, step.index + 1)
    if following is None and step.block == "commands":
        return _step(phase, "finally", 0)
    return following


def _step(phase: Phase, block: Literal["commands", "finally"], index: int) -> Step | None:
    commands = phase.commands if block == "commands" else phase.finally_commands
    return Step(block=block, index=index, command=commands[index]) if index < len(commands) else None
