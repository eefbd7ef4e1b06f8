"""The `Proofs` and `Refusals` ports over the ledger."""

from laststop.functions.verdict_ports import ProofNote
from laststop.homes.aws.pointer import Pointer
from laststop.homes.aws.site_ledger import TableSiteLedger
from laststop.site.live import Release
from laststop.words.ids import ReleaseId, RunId


class TableProofs:
    """Reads how releases fared; nothing is written here."""

    def __init__(self, pointer: Pointer, ledger: TableSiteLedger) -> None:
        """Both over the same table."""
        self._pointer = pointer
        self._ledger = ledger

    def proven(self) -> Release | None:
        """The release proven last."""
        live = self._pointer.live()
        if live is None or live.seen_release is None:
            return None
        return self._release(live.seen_release)

    def note(self, release: ReleaseId) -> ProofNote:
        """How a release shows since it was last switched to."""
        row = self._pointer.release(release)
        return ProofNote(seen_at=row.seen_at, unseen=row.unseen) if row else ProofNote()

    def release_of(self, run: RunId) -> Release | None:
        """The release a run stored."""
        return next((row.release for row in self._pointer.releases() if row.run == run), None)

    def before(self, release: ReleaseId) -> Release | None:
        """The release that was live before the last switch to this one."""
        row = self._pointer.release(release)
        return self._release(row.previous) if row and row.previous else None

    def refusal(self, run: RunId) -> str:
        """Why the site did not move for a run."""
        outcome = self._ledger.outcome(run)
        return outcome.reason if outcome else ""

    def wants_fresh(self, run: RunId) -> bool:
        """Whether a run was overtaken although it held something newer in another source."""
        outcome = self._ledger.outcome(run)
        return outcome is not None and outcome.fresh_run_wanted

    def _release(self, release: ReleaseId) -> Release | None:
        row = self._pointer.release(release)
        return row.release if row else None
