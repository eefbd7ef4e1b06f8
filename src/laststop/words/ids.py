"""Names of things that are no plain text."""

import uuid
from typing import NewType

import msgspec

RunId = NewType("RunId", str)
"""A pipeline execution: a UUID, as AWS CodePipeline gives it."""

ReleaseId = NewType("ReleaseId", str)
"""A deployed site: the run that built it and twelve hex digits of its manifest's digest."""

Digest = NewType("Digest", str)
"""SHA-256 in 64 lower-case hex digits."""


class AttemptKey(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One attempt at one action of one run: the key under which its effects happen once."""

    run: RunId
    stage: str
    action: str
    attempt: int

    @property
    def text(self) -> str:
        """`run/stage/action/attempt`."""
        return f"{self.run}/{self.stage}/{self.action}/{self.attempt}"

    @property
    def id(self) -> str:
        """The attempt's own UUID, derived, so that a re-issue has the same."""
        return derived_id(self.run, self.stage, self.action, str(self.attempt))


def derived_id(run: RunId, *parts: str) -> str:
    """A UUID that follows from a run and names inside it; the only ids ever drawn are the runs' own."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join((run, *parts))))
