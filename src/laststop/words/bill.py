"""Exactly what a run was made of."""

import msgspec

from laststop.words.digests import digest_of
from laststop.words.ids import Digest


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """The exact commit or object version one source action gave to a run.

    `location` is what was read (`acme/frontend@main`, `documents/routing.zip`), `change` an object's ETag,
    `generation` the count of writes of a metadata document (None for anything else).
    """

    action: str
    id: str
    location: str
    summary: str = ""
    change: str = ""
    generation: int | None = None


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A run's bill of inputs: all its revisions, in the order of the source actions' names."""

    revisions: tuple[Revision, ...] = ()

    @property
    def digest(self) -> Digest:
        """Equal for two bills exactly when they name the same revisions of the same sources."""
        text = "\n".join(f"{r.action}\t{r.location}\t{r.id}" for r in self.revisions)
        return digest_of(text.encode())

    @property
    def generations(self) -> dict[str, int]:
        """Location of each metadata document -> its generation."""
        return {r.location: r.generation for r in self.revisions if r.generation is not None}

    def of(self, action: str) -> Revision | None:
        """The revision a source action gave, if it is on the bill."""
        return next((r for r in self.revisions if r.action == action), None)


def bill_of(revisions: list[Revision]) -> Bill:
    """Put revisions into a bill, in the one order a bill has."""
    return Bill(revisions=tuple(sorted(revisions, key=lambda revision: revision.action)))
