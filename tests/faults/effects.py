"""What must have happened at most once, whatever was killed when: read from the journal."""

from collections import Counter
from collections.abc import Iterable, Iterator

from laststop.words import facts_notices, facts_pipeline, facts_site
from laststop.words.fact import ActionFact, Fact, RunFact, StageFact
from laststop.words.facts import Recorded

_ENDS = (facts_pipeline.ActionSucceeded, facts_pipeline.ActionFailed, facts_pipeline.ActionAbandoned)
_ONCE_PER_RUN = (
    facts_pipeline.RunStarted,
    facts_pipeline.BillClosed,
    facts_pipeline.RunSucceeded,
    facts_pipeline.RunFailed,
    facts_pipeline.RunSuperseded,
)


def repeated(facts: Iterable[Recorded]) -> list[str]:
    """Every effect that happened more than once under its key, in words; for journals without retries."""
    facts = list(facts)
    counts = Counter(key for one in facts for key in _keys(one.fact))
    return [f"{key} happened {count} times" for key, count in counts.items() if count > 1] + _messages(facts)


def missed(facts: Iterable[Recorded]) -> list[str]:
    """What the sweep found to be lost; recovery must not need it."""
    swept = (one.fact for one in facts if isinstance(one.fact, facts_notices.SweepEnded))
    return [text for fact in swept for text in fact.healed if "had not been published" in text]


def _keys(fact: Fact) -> Iterator[str]:
    """The keys under which a fact may happen once."""
    match fact:
        case facts_site.ReleaseSwitched():
            yield f"switch to epoch {fact.epoch}"
            yield f"switch by run {fact.run}"
        case facts_site.EdgePurged():
            yield f"purge of {fact.release}"
        case facts_site.ReleaseSeen():
            yield f"proof of {fact.release}"
        case facts_notices.VerdictSettled() if fact.verdict.final:
            yield from (f"final verdict on change {seq}" for seq in fact.changes)
        case ActionFact() if isinstance(fact, _ENDS):
            yield f"end of {_attempt(fact)}"
        case facts_pipeline.ActionStarted():
            yield f"start of {_attempt(fact)}"
        case facts_pipeline.StageEntered() | facts_pipeline.StageSucceeded():
            yield f"{fact.kind} {_stage(fact)}"
        case RunFact() if isinstance(fact, _ONCE_PER_RUN):
            yield f"{fact.kind} {fact.run}"
        case _:
            return


def _stage(fact: StageFact) -> str:
    return f"{fact.run}/{fact.stage}"


def _attempt(fact: ActionFact) -> str:
    return f"{_stage(fact)}/{fact.action}/{fact.attempt}"


def _messages(facts: Iterable[Recorded]) -> list[str]:
    """A message's revisions count up by one, and every revision reads otherwise than the one before."""
    before: dict[str, facts_notices.MessageWritten] = {}
    wrong = []
    for one in facts:
        fact = one.fact
        if not isinstance(fact, facts_notices.MessageWritten):
            continue
        last = before.get(fact.run)
        if fact.revision != (last.revision + 1 if last else 1) or (last and last.text == fact.text):
            wrong.append(
                f"message of run {fact.run} has revision {fact.revision} after {last and last.revision}"
            )
        before[fact.run] = fact
    return wrong
