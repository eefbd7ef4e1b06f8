"""What a phase would do to the page, by the rules that publish it; nothing is written."""

from laststop.catalog.document import EntryChange
from laststop.catalog.version import WantedVersion, decide_put
from laststop.functions.catalog import require_version
from laststop.functions.publish import Policy, Shelf, foresee


def preview(shelf: Shelf, policy: Policy, name: str, version: str, phase: str) -> str:
    """In a sentence: what the page would show otherwise.

    Raises: as `set_phase`.
    """
    before = require_version(shelf.versions, name, version)
    wanted = WantedVersion(algorithm=name, version=version, phase=phase)
    after = decide_put(before, wanted, types=policy.types, phases=policy.phases, columns=policy.columns)
    if after is None:
        return f"nothing would change: {name} {version} is {phase} already"
    found = foresee(
        after,
        versions=shelf.versions,
        documents=shelf.documents,
        standings=shelf.standings,
        policy=policy,
    )
    changes = [_told(change, object_) for object_, change in found]
    if not changes:
        return f"{name} {version} would be {phase}, and the page would show what it shows now"
    return f"{name} {version} would be {phase}, and the page would change: {'; '.join(changes)}"


def _told(change: EntryChange, object_: str) -> str:
    before = change.before.version if change.before else "nothing"
    after = change.after.version if change.after else "nothing"
    return f"{change.algorithm} from {before} to {after} ({object_})"
