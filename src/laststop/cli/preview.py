"""What a phase would do, found out by doing it in a transaction that is thrown away."""

from laststop.catalog.document import EntryChange, delta
from laststop.functions.catalog import set_phase
from laststop.functions.publish import refresh
from laststop.homes.embedded.documents import StoredDocuments
from laststop.homes.embedded.readers import shelf_of
from laststop.homes.embedded.store.journal import Transaction
from laststop.homes.embedded.versions import StoredVersions
from laststop.wiring.embedded import EmbeddedHome, clock


class _ThrownAway(Exception):  # noqa: N818 no error: the way out of a transaction that must not commit
    """Carries the answer out of the transaction."""


def preview(home: EmbeddedHome, name: str, version: str, phase: str) -> str:
    """In a sentence: what the page would show otherwise.

    Raises: as `set_phase`; in any case nothing is written.
    """
    home.ensure_documents()
    try:
        with home.store.transaction() as transaction:
            found = _found_out(home, transaction, name, version, phase)
            raise _ThrownAway(found)  # noqa: TRY301 it must leave the transaction
    except _ThrownAway as thrown:
        return str(thrown)


def _found_out(home: EmbeddedHome, transaction: Transaction, name: str, version: str, phase: str) -> str:
    policy = home.policy
    documents = StoredDocuments(transaction, home.locations, clock)
    before = {each.object: documents.head(each.object) for each in policy.objects}
    if not set_phase(StoredVersions(transaction, clock), name, version, phase, policy).changed:
        return f"nothing would change: {name} {version} is {phase} already"
    refresh([name], shelf=shelf_of(transaction, home.locations, clock), policy=policy)
    changes = [
        _told(change, object_)
        for object_, old in before.items()
        if old is not None and (new := documents.head(object_)) is not None
        for change in delta(documents.read(old), documents.read(new))
    ]
    if not changes:
        return f"{name} {version} would be {phase}, and the page would show what it shows now"
    return f"{name} {version} would be {phase}, and the page would change: {'; '.join(changes)}"


def _told(change: EntryChange, object_: str) -> str:
    before = change.before.version if change.before else "nothing"
    after = change.after.version if change.after else "nothing"
    return f"{change.algorithm} from {before} to {after} ({object_})"
