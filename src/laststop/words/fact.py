"""What every fact is: something that happened, at an instant, about a subject."""

import msgspec

from laststop.words.ids import AttemptKey, RunId
from laststop.words.instants import Instant


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", omit_defaults=True):
    """The root of the closed union in `laststop.words.facts`; never made itself."""

    at: Instant

    @property
    def kind(self) -> str:
        """The name under which the journal keeps it: `run.started`."""
        return str(self.__struct_config__.tag)

    @property
    def subject(self) -> str:
        """What it is about: a run, a version, a document."""
        raise NotImplementedError(self.kind)


class RunFact(Fact, frozen=True, kw_only=True):
    """A fact about one run of one pipeline."""

    pipeline: str
    run: RunId

    @property
    def subject(self) -> str:
        """The run."""
        return self.run


class StageFact(RunFact, frozen=True, kw_only=True):
    """A fact about one run in one stage."""

    stage: str


class ActionFact(StageFact, frozen=True, kw_only=True):
    """A fact about one attempt at one action."""

    action: str
    attempt: int

    @property
    def key(self) -> AttemptKey:
        """The attempt."""
        return AttemptKey(run=self.run, stage=self.stage, action=self.action, attempt=self.attempt)
