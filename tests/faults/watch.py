"""Which phases of the flow are in progress, read from the store beside the server, fast enough to aim at."""

import sqlite3
import statistics
import time
from pathlib import Path

FLOW = ("publish", "source", "build", "deploy", "switched", "purge", "purged", "verify", "verdict")
"""In the order of the flow. `switched` and `purged` are the worst moments of `deploy` and `purge`: the effect
has happened, and nothing says yet that its action is done."""

_ACTIONS = {
    "deploy-site": "deploy",
    "invalidate-edge": "purge",
    "verify-live": "verify",
    "build-site": "build",
}
"""Actions not named here are sources, or `announce`, which has no effect of its own."""

_BUSY = """
SELECT
  (SELECT max(seq) FROM fact WHERE kind = 'change.recorded')
    > coalesce((SELECT seq FROM cursor WHERE reader = 'publish'), 0),
  (SELECT max(seq) FROM fact WHERE kind = 'release.seen')
    > coalesce((SELECT seq FROM cursor WHERE reader = 'judge'), 0),
  (SELECT group_concat(stage || '/' || action) FROM attempt WHERE status = 'InProgress'),
  EXISTS (SELECT 1 FROM live l JOIN attempt a USING (run)
    WHERE a.status = 'InProgress' AND a.action = 'deploy-site'),
  EXISTS (SELECT 1 FROM live l JOIN attempt a USING (run)
    WHERE a.status = 'InProgress' AND a.action = 'invalidate-edge' AND l.purged_release = l.release)
"""
_OPEN = """
SELECT
  (SELECT count(*) FROM verdict WHERE verdict IN ('pending', 'failed'))
  + (SELECT count(*) FROM run WHERE status IN ('InProgress', 'Stopping'))
  + (SELECT count(*) FROM fact WHERE kind = 'change.recorded'
       AND seq > coalesce((SELECT seq FROM cursor WHERE reader = 'publish'), 0))
  + (SELECT count(*) FROM fact WHERE kind = 'document.replaced'
       AND seq > coalesce((SELECT seq FROM cursor WHERE reader = 'start'), 0))
"""
_TOOK = """
SELECT (julianday(ended_at) - julianday(started_at)) * 86400 FROM attempt
WHERE status = 'Succeeded' AND (action = ?1 OR (?1 = '' AND stage = 'Source'))
"""


class Watch:
    """A read-only look at a store that others write."""

    def __init__(self, store: Path) -> None:
        self._connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, isolation_level=None, timeout=5)

    def close(self) -> None:
        self._connection.close()

    def busy(self) -> frozenset[str]:
        """The phases in progress: a change not yet published, an action under way, a proof not yet judged."""
        unpublished, unjudged, actions, switched, purged = self._connection.execute(_BUSY).fetchone()
        told = {"publish": unpublished, "verdict": unjudged, "switched": switched, "purged": purged}
        found = {phase for phase, so in told.items() if so}
        for text in (actions or "").split(","):
            stage, _, action = text.partition("/")
            if stage == "Source" or action in _ACTIONS:
                found.add(_ACTIONS.get(action, "source"))
        return frozenset(found)

    def idle(self) -> bool:
        """Whether nothing is left to do."""
        return self._connection.execute(_OPEN).fetchone()[0] == 0

    def usual_seconds(self, phase: str) -> float:
        """How long the phase's action took until now; 0 where there is no action, or none has ended."""
        action = next(
            (name for name, its in _ACTIONS.items() if its == phase), "" if phase == "source" else "-"
        )
        took = [seconds for (seconds,) in self._connection.execute(_TOOK, (action,))]
        return statistics.median(took) if took else 0.0

    def wait_for(self, phase: str, seconds: float) -> bool:
        """Until the phase is in progress; False when all is done without it. Looks as often as it can.

        Some phases last a millisecond. That neither happens within `seconds` is a change that got stuck.
        """
        ends = time.monotonic() + seconds
        while phase not in (busy := self.busy()):
            if self.idle():
                return False
            assert time.monotonic() < ends, (
                f"after {seconds} s neither {phase} nor everything settled, but {busy}"
            )
        return True
