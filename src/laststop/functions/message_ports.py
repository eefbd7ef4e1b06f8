"""What the clerk remembers of a message."""

from typing import Protocol

import msgspec

from laststop.words.ids import RunId
from laststop.words.instants import Instant


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What stands at one bulletin of one run.

    `revision` grows by one with every write. `digest` is of the text that stands there, `count` how often it
    was written, `handle` what the bulletin finds it by. `begun` names what is being sent and cannot be taken
    back ("message", or a call) and when that began: if it stays, the end is in doubt. `calls` were made.
    `holder` has the lease until `lease_until`; whoever rang meanwhile left `dirty`.
    """

    revision: int = 0
    digest: str = ""
    count: int = 0
    handle: str = ""
    begun: dict[str, Instant] = {}
    calls: tuple[str, ...] = ()
    holder: str = ""
    lease_until: Instant | None = None
    dirty: bool = False


class Messages(Protocol):
    """Where it is kept.

    Raises: any method may raise TransientError and DeniedError.
    """

    def get(self, run: RunId, bulletin: str) -> Told:
        """What stands there as far as is known, read consistently; an empty one before the first message."""
        ...

    def put(self, run: RunId, bulletin: str, told: Told, *, expected: Told) -> None:
        """Write it if `expected.revision` is still the one that stands.

        Raises: ConflictError when somebody else wrote meanwhile.
        """
        ...
