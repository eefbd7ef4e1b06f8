"""What a deploy has to do, from two manifests."""

import msgspec

from laststop.site.manifest import Manifest
from laststop.words.ids import Digest


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """Paths by what became of them, each sorted."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """Added and changed paths: what a reader can see of it."""
        return tuple(sorted((*self.added, *self.changed)))


class DeployPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A difference and the blobs that may have to be stored for it.

    Units: `upload_bytes` if none of `needed` is stored yet.
    """

    difference: Difference
    needed: frozenset[Digest] = frozenset()
    upload_bytes: int = 0


def difference(old: Manifest | None, new: Manifest) -> Difference:
    """What differs for readers; another content type of equal bytes is a change too."""
    before = old.files if old else {}
    return Difference(
        added=tuple(sorted(path for path in new.files if path not in before)),
        changed=tuple(sorted(path for path, entry in new.files.items() if before.get(path, entry) != entry)),
        removed=tuple(sorted(path for path in before if path not in new.files)),
    )


def plan_deploy(new: Manifest, live: Manifest | None) -> DeployPlan:
    """Plan a release against what is live; the store is asked about `needed` only.

    What the live release shows is stored, so the question grows with what changed, not with the site.
    """
    held = live.digests if live else frozenset()
    sizes = {entry.digest: entry.size_bytes for entry in new.files.values() if entry.digest not in held}
    return DeployPlan(
        difference=difference(live, new), needed=frozenset(sizes), upload_bytes=sum(sizes.values())
    )
