"""What browsers may keep, where the release itself does not say.

No purge reaches a browser, so in doubt it has to ask: that costs one small request, while content kept
wrongly stays wrong for a year.
"""

from laststop.site.path import is_fingerprinted

REVALIDATE = "public, max-age=0, must-revalidate"
"""A browser may keep it and has to ask each time; an unchanged page costs a 304 without a body."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""A year, without asking: for names that change with their content."""

NEVER = "no-store"
"""For what is true of this moment only."""


def browser_freshness(path: str) -> str:
    """`Cache-Control` for a file of the site: immutable if its name holds a digest of its content."""
    return IMMUTABLE if is_fingerprinted(path) else REVALIDATE
