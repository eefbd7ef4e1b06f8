"""All rules of the pipeline: what follows from an input, as facts.

Theory of operation. `decide` first does what the input asks, then lets the pipeline settle: as long as a
rule applies, it adds the fact and evolves the state. The facts of one decision are committed together.

```
 Start, Begin -> waiting(first stage) --enter--> condition before --groups--> condition after --> succeeded
                    ^      |                       |  |skip            |                            |
                    |      +--superseded           |  |                +-> failed --retry--+        |
                    |                              |  v                |     |             |        |
                    |                              +--retry-- stopped  |     +-> rollback: a new run of
                    |                                                  |         this stage alone   |
                    +--------------------------------------------------+----------------------------+
```

Where runs meet is a matter of the mode they started in. In SUPERSEDED and QUEUED mode a stage holds one run
(its lock); before it one run waits, and a newer one supersedes it, or all wait in a queue. In PARALLEL mode
no run knows of another. A run inside a stage is never superseded. The rules one by one: docs/rules.md.
Source: AWS CodePipeline user guide, "How pipeline executions work", read 2026-11.
"""

from collections.abc import Callable
from typing import Any

from laststop.pipeline.approvals import answer_approval
from laststop.pipeline.draft import Draft
from laststop.pipeline.gates import override_condition
from laststop.pipeline.inputs import (
    AnyInput,
    Approve,
    Begin,
    Declare,
    Delete,
    Input,
    OverrideCondition,
    Refused,
    Report,
    Retry,
    Rollback,
    SetTransition,
    Start,
    Stop,
    TimePassed,
    Want,
)
from laststop.pipeline.reports import expire, take_report
from laststop.pipeline.retries import retry
from laststop.pipeline.rollbacks import roll_back
from laststop.pipeline.settle import settle
from laststop.pipeline.starts import begin, start
from laststop.pipeline.state import State
from laststop.pipeline.stops import stop
from laststop.pipeline.transitions import set_transition
from laststop.pipeline.updates import declare, delete
from laststop.words import facts_pipeline as f
from laststop.words.fact import Fact
from laststop.words.instants import Instant

Decision = tuple[Fact, ...] | Refused


def decide(state: State, asked: AnyInput, now: Instant) -> Decision:
    """The facts that follow from an input, or a refusal that changes nothing.

    Time never runs backwards: `now` counts as no earlier than the newest fact.
    """
    now = now if state.clock is None else max(now, state.clock)
    if state.declaration is None and not isinstance(asked, Declare):
        return Refused(code="PipelineNotFoundException", message="the pipeline is not declared yet")
    draft = Draft(state, now)
    refused = _ANSWERS[type(asked)](draft, asked)
    if refused is not None:
        return refused
    if draft.state.declaration is not None:
        settle(draft)
    return tuple(draft.facts)


def _want(draft: Draft, asked: Want) -> None:
    draft.tell(f.StartWanted, cause=asked.cause, anyway=asked.anyway, trigger=asked.trigger)


def _pass_time(draft: Draft, _: TimePassed) -> None:
    expire(draft)


_ANSWERS: dict[type[Input], Callable[[Draft, Any], Refused | None]] = {
    Declare: declare,
    Delete: delete,
    Want: _want,
    Begin: begin,
    Start: start,
    Report: take_report,
    Stop: stop,
    Retry: retry,
    Rollback: roll_back,
    SetTransition: set_transition,
    Approve: answer_approval,
    OverrideCondition: override_condition,
    TimePassed: _pass_time,
}
