"""Looking again at a release that was deployed and not yet seen."""

import threading
from collections.abc import Callable

from laststop.errors import LaststopError
from laststop.functions.recheck import recheck
from laststop.functions.verify_live import Proof
from laststop.homes.embedded.ledger import owes_proof
from laststop.homes.embedded.runs import newest_runs
from laststop.homes.embedded.store.journal import Store
from laststop.site.edge import Edge
from laststop.site.seen import Seen

INTERVAL_SECONDS = 3.0


class Recheck:
    """Proves late what could not be proven in time, so that "not yet visible" ends by itself.

    It keeps out of the way of runs: while one is under way, its own actions look.
    """

    def __init__(self, *, store: Store, proof: Proof, edge: Edge, ring: Callable[[], None]) -> None:
        """`ring` wakes the judge."""
        self._store = store
        self._proof = proof
        self._edge = edge
        self._ring = ring
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recheck", daemon=True)
        self.trouble = ""

    def start(self) -> None:
        """Begin looking."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            try:
                self.once()
                self.trouble = ""
            except LaststopError as error:
                self.trouble = str(error)

    def once(self) -> bool:
        """One look, if one is owed; True when it proved the release."""
        live = self._proof.releases.live()
        if live is None:
            return False
        with self._store.view() as view:
            if not owes_proof(view, live.release) or any(run.live for run in newest_runs(view, 5)):
                return False
        if not isinstance(recheck(live, proof=self._proof, edge=self._edge), Seen):
            return False
        self._ring()
        return True
