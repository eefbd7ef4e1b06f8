"""Looks again at a release that was deployed and not yet seen, so that "not yet visible" ends by itself."""

from laststop.functions.invalidate_edge import purge_live
from laststop.functions.verify_live import Proof, look
from laststop.site.edge import Edge
from laststop.site.live import Live
from laststop.site.seen import Conclusion, Seen


def recheck(live: Live, *, proof: Proof, edge: Edge) -> Conclusion:
    """Make good a purge that is owed, look once, and note the proof if there is one."""
    purge_live(proof.releases, proof.ledger, edge)
    found = look(live, proof)
    if isinstance(found, Seen):
        proof.ledger.seen(live.release, found.edges, found.pages)
    return found
