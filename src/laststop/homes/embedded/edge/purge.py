"""Invalidations, as CloudFront takes them."""

from collections import OrderedDict

import msgspec

from laststop.errors import ConflictError, UsageError
from laststop.homes.embedded.edge.address import cache_key

REFERENCES = 10_000
"""How many references the edge remembers; the oldest is forgotten first."""


class Purge(msgspec.Struct, frozen=True, kw_only=True):
    """The keys to clear: some exactly, and all that start with one of the prefixes."""

    keys: frozenset[str]
    prefixes: tuple[str, ...]

    def names(self, depends: frozenset[str]) -> bool:
        """Whether it clears an entry that depends on these keys."""
        if not self.keys.isdisjoint(depends):
            return True
        return bool(self.prefixes) and any(key.startswith(self.prefixes) for key in depends)


def purge_of(paths: tuple[str, ...]) -> Purge:
    """Read invalidation paths: percent-encoded, case-sensitive, `*` a wildcard only as the last character.

    A path is brought into the same normal form as a reader's, so every spelling clears the same key; `/` and
    `/index.html` are two keys, but clearing a file also clears what the edge derived from it.
    Raises: UsageError naming the path, before anything is cleared.
    Source: CloudFront's rules for the paths of an invalidation.
    """
    keys: set[str] = set()
    prefixes: set[str] = set()
    for place, path in enumerate(paths):
        wildcard = path.endswith("*")
        try:
            key = cache_key((path[:-1] if wildcard else path).encode())
        except (UsageError, UnicodeEncodeError) as error:
            raise UsageError(
                f"{path!r} is no path to invalidate: {error}",
                place=f"paths[{place}]",
                hint="start it with a slash and percent-encode what a URL may not hold",
            ) from error
        (prefixes if wildcard else keys).add(key)
    return Purge(keys=frozenset(keys), prefixes=tuple(sorted(prefixes)))


class References:
    """Which purges were done already, by the caller's reference."""

    def __init__(self, limit: int = REFERENCES) -> None:
        """`limit` references are remembered."""
        self._limit = limit
        self._done: OrderedDict[str, frozenset[str]] = OrderedDict()

    def is_done(self, reference: str, paths: tuple[str, ...]) -> bool:
        """Whether exactly this was done under the reference.

        Raises: ConflictError when something else was.
        Source: CloudFront's InvalidationBatchAlreadyExists.
        """
        done = self._done.get(reference)
        if done is None:
            return False
        if done != frozenset(paths):
            raise ConflictError(
                f"reference {reference!r} was already used for other paths",
                place="reference",
                hint="use a reference of its own for each set of paths",
            )
        return True

    def note(self, reference: str, paths: tuple[str, ...]) -> None:
        """Remember what was done."""
        self._done[reference] = frozenset(paths)
        while len(self._done) > self._limit:
            self._done.popitem(last=False)
