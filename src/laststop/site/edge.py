"""The port to the caching layer's memory."""

from typing import Protocol


class Edge(Protocol):
    """Makes the caching layer forget."""

    def purge(self, paths: tuple[str, ...], reference: str) -> int:
        """Have every edge forget these paths and return how many edges confirmed; none running is 0.

        Paths are spelled as `purge.plan_purge` spells them. Repeating a reference with the same paths is no
        new work. When it returns, no edge that confirmed starts an answer from before the purge.
        Raises: ConflictError for a known reference with other paths, TransientError when an edge does not
        answer or too many purges are in progress.
        """
        ...
