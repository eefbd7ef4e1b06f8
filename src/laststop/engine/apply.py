"""Deciding inside a transaction: the one way, for the engine and for every other process."""

import msgspec

from laststop.engine.ports import Writing
from laststop.pipeline.decide import decide
from laststop.pipeline.evolve import evolve
from laststop.pipeline.inputs import AnyInput, Refused
from laststop.pipeline.state import State
from laststop.words.fact import Fact
from laststop.words.instants import Instant


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What an input led to: the state after it, its facts, or why it was refused."""

    state: State
    facts: tuple[Fact, ...] = ()
    refused: Refused | None = None


def apply(writing: Writing, state: State, asked: AnyInput, now: Instant) -> Applied:
    """Decide an input and append its facts; the caller saves the state when it has no more inputs."""
    decided = decide(state, asked, now)
    if isinstance(decided, Refused):
        return Applied(state=state, refused=decided)
    for fact in decided:
        writing.append(fact)
        state = evolve(state, fact)
    return Applied(state=state, facts=decided)
