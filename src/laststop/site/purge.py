"""Which addresses an edge has to forget after a switch, and how few words it takes to say so.

CloudFront's rules bind both homes: a path starts with a slash, counts its case, has non-ASCII and unsafe
bytes percent-encoded and nothing else, and means itself; `*` as the *last* character means "whatever
follows". Every path is paid for, a wildcard as one path, and only 15 wildcards may be in progress at once.

Source: CloudFront Developer Guide, "What you need to know when invalidating files" (read 2026-11).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from laststop.site.manifest import Manifest
from laststop.site.path import INDEX, address_of, is_fingerprinted
from laststop.site.plan import difference
from laststop.words.digests import digest_of
from laststop.words.ids import ReleaseId

PATHS_MAX = (
    30  # of our own: thirty deploys a month stay inside the thousand free paths; CloudFront takes 3000
)
WILDCARDS_MAX = 15
EVERYTHING = "/*"

_UNNAMEABLE = ("~", "%3F")  # refused in a path, or taken for a query: only a wildcard reaches them
_REFERENCE_DIGITS = 16


class PurgePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Paths to purge, sorted; each counts once in CloudFront's bill."""

    paths: tuple[str, ...] = ()

    @property
    def wildcards(self) -> int:
        """How many of them end with `*`."""
        return _wildcards(self.paths)


def plan_purge(new: Manifest, *, served: Sequence[Manifest]) -> PurgePlan:
    """Every address that may answer with something older than `new`.

    `served` is the release last known to be purged *and every one switched to since*: an edge may have kept
    a page of a release whose own purge failed. Without any, everything is purged.

    Changed and removed files, and added ones, because "not found" is kept as well. A removed file with a
    fingerprint in its name stays: its bytes are right for ever, and an open page may still ask for it. An
    index page is also purged as its directory, and where it comes or goes as the redirect to it.

    Limit: pages that answer "not found" with the text of a changed `404.html` live out their short time.
    """
    if not served:
        return PurgePlan(paths=(EVERYTHING,))
    stale: set[str] = set()
    patterns: set[str] = set()
    for old in served:
        change = difference(old, new)
        removed = [path for path in change.removed if not is_fingerprinted(path)]
        stale.update(change.added, change.changed, removed)
        for path in change.changed:
            patterns.update(_addresses(path, redirect=False))
        for path in (*change.added, *removed):
            patterns.update(_addresses(path, redirect=True))
    if len(patterns) > PATHS_MAX or _wildcards(patterns) > WILDCARDS_MAX:
        everything = set(new.files).union(*(old.files for old in served))
        patterns = _collapsed(patterns, untouched=everything - stale)
    return PurgePlan(paths=tuple(sorted(patterns)))


def reference_of(release: ReleaseId, paths: Iterable[str]) -> str:
    """The caller reference of a purge: equal exactly for the same release and set of paths.

    CloudFront answers an equal reference with the purge already made, and refuses it with other paths.
    """
    text = "\n".join(sorted(set(paths)))
    return f"{release}-{digest_of(text.encode())[:_REFERENCE_DIGITS]}"


def _addresses(path: str, *, redirect: bool) -> Iterator[str]:
    yield _named(path)
    if path == INDEX:
        yield "/"
    elif path.endswith(f"/{INDEX}"):
        directory = path.removesuffix(INDEX)
        yield _named(directory)
        if redirect:
            yield _named(directory.removesuffix("/"))


def _named(path: str) -> str:
    address = address_of(path)
    ends = [at for spelled in _UNNAMEABLE if (at := address.find(spelled)) >= 0]
    if not ends:
        return address
    return address[: min(ends)].rstrip(".") + "*"  # dots alone before the `*` would be a step up


def _collapsed(patterns: set[str], *, untouched: set[str]) -> set[str]:
    """Replace paths by wildcards of their directories until the bounds hold, sparing untouched files.

    Always the directory next that purges the fewest untouched files per path saved; of equal ones the one
    that saves most, then the deepest. The root is a directory too, so it ends.
    """
    spared = Counter(prefix for path in untouched for prefix in _prefixes(address_of(path)))
    left = dict.fromkeys(sorted(patterns))
    while len(left) > PATHS_MAX or _wildcards(left) > WILDCARDS_MAX:
        below = Counter(prefix for pattern in left for prefix in _prefixes(pattern))
        chosen = min(
            (prefix for prefix, count in below.items() if count > 1),
            key=lambda prefix: (spared[prefix] / (below[prefix] - 1), -below[prefix], -len(prefix), prefix),
        )
        left = {pattern: None for pattern in left if not pattern.startswith(chosen)}
        left[chosen + "*"] = None
    return set(left)


def _prefixes(address: str) -> Iterator[str]:
    return (address[: at + 1] for at, letter in enumerate(address) if letter == "/")


def _wildcards(paths: Iterable[str]) -> int:
    return sum(path.endswith("*") for path in paths)
