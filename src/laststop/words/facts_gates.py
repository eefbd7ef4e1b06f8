"""Facts of the conditions around a stage; their rules are attempts like any other."""

from typing import Literal

from laststop.words.fact import StageFact

Gate = Literal["beforeEntry", "onSuccess", "onFailure"]
"""Where a condition stands, as the declaration spells it."""
GATES: tuple[Gate, ...] = ("beforeEntry", "onSuccess", "onFailure")
ConditionEnd = Literal["Succeeded", "Failed", "Errored", "Overridden", "Abandoned", "Cancelled"]
"""CodePipeline's words: `Failed` is a rule's no, `Errored` a rule that could not be judged."""
ConditionResult = Literal["ROLLBACK", "FAIL", "RETRY", "SKIP"]


class ConditionFact(StageFact, frozen=True, kw_only=True):
    """A fact about one examination of the condition at a gate; `attempt` rises when it is examined again."""

    gate: Gate
    attempt: int


class ConditionStarted(ConditionFact, frozen=True, kw_only=True, tag="condition.started"):
    """The rules at a gate are being judged."""


class ConditionEnded(ConditionFact, frozen=True, kw_only=True, tag="condition.ended"):
    """The rules at a gate were judged, or are no longer asked.

    `result` is what follows; empty when the run just goes on, or fails as it would have.
    """

    status: ConditionEnd
    result: ConditionResult | Literal[""] = ""
    reason: str = ""
