"""The `Control` port over the store; any process may call it, with or without a server."""

from collections.abc import Callable, Mapping
from typing import Any

from laststop.homes.embedded.codepipeline.call import Call, Order, plain, refused
from laststop.homes.embedded.codepipeline.table import OPERATIONS
from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.wire.reading import read_request
from laststop.words.ids import RunId
from laststop.words.instants import Instant

SOMEBODY = "somebody"


class StoredControl:
    """Performs each operation in one view or transaction; whoever wrote rings."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], Instant],
        draw: Callable[[], RunId],
        ring: Callable[[], None],
        by: str = SOMEBODY,
    ) -> None:
        """`ring` tells the server, if there is one; `by` is who asks, as people know them."""
        self._store = store
        self._clock = clock
        self._draw = draw
        self._ring = ring
        self._by = by

    def by(self, name: str) -> "StoredControl":
        """The same for somebody else."""
        return StoredControl(self._store, clock=self._clock, draw=self._draw, ring=self._ring, by=name)

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation; see `Control`."""
        known = OPERATIONS.get(operation)
        if known is None:
            raise refused(
                "UnknownOperationException",
                f"CodePipeline has no operation {operation[:100]}, or it is not done here",
                hint="docs/reference/codepipeline-api.md lists what is",
            )
        asked = read_request(request, known.asks)
        if not known.writes:
            with self._store.view() as view:
                return plain(known.does(Call(view, now=self._clock(), by=self._by), asked))
        with self._store.transaction() as transaction:
            order = Order(transaction, now=self._clock(), by=self._by, draw=self._draw)
            answer = plain(known.does(order, asked))
        self._ring()
        return answer
