"""The `Control` port over the store; any process may call it, with or without a server."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from laststop.homes.embedded.codepipeline.call import Call, Order, ReadDeclaration, plain, refused
from laststop.homes.embedded.codepipeline.declarations import read_plainly
from laststop.homes.embedded.codepipeline.jobs import JobBook
from laststop.homes.embedded.codepipeline.operation import Operation
from laststop.homes.embedded.codepipeline.table import OPERATIONS
from laststop.homes.embedded.store.journal import Store, Transaction
from laststop.pipeline.wire.reading import read_request
from laststop.pipeline.wire.shapes import Asking, Telling
from laststop.words.ids import RunId
from laststop.words.instants import Instant

SOMEBODY = "somebody"


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a control knows beside its store.

    `read` judges declarations that come in. `file_of` names the file that declares a pipeline, for those that
    have one. `book` takes the results of jobs; without one no job is known.
    """

    read: ReadDeclaration = read_plainly
    file_of: Callable[[str], str | None] = lambda _: None
    book: JobBook | None = None


ALONE = Surroundings()
"""CodePipeline's own rules, no file, no job: what a test or a reader needs."""


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
        surroundings: Surroundings = ALONE,
    ) -> None:
        """`ring` tells the server, if there is one; `by` is who asks, as people know them."""
        self._store = store
        self._clock = clock
        self._draw = draw
        self._ring = ring
        self._by = by
        self._surroundings = surroundings

    def by(self, name: str) -> "StoredControl":
        """The same for somebody else."""
        return StoredControl(
            self._store,
            clock=self._clock,
            draw=self._draw,
            ring=self._ring,
            by=name,
            surroundings=self._surroundings,
        )

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Perform an operation; see `Control`."""
        known = OPERATIONS.get(operation)
        if known is None:
            raise refused(
                "UnknownOperationException",
                f"CodePipeline has no operation {operation[:100]}",
                hint="docs/reference/codepipeline-api.md lists them",
            )
        return plain(self._perform(known, read_request(request, known.asks)))

    def _perform(self, known: Operation, asked: Asking) -> Telling | None:
        match known.way:
            case "reads":
                with self._store.view() as view:
                    return known.does(Call(view, now=self._clock(), by=self._by), asked)
            case "writes":
                with self._store.transaction() as transaction:
                    answer = known.does(self._order(transaction), asked)
                self._ring()
                return answer
            case "reports":
                if self._surroundings.book is None:
                    raise refused("JobNotFoundException", "no job is known here")
                return known.does(self._surroundings.book, asked)
            case _:
                return known.does(None, asked)

    def _order(self, transaction: Transaction) -> Order:
        return Order(
            transaction,
            now=self._clock(),
            by=self._by,
            draw=self._draw,
            read=self._surroundings.read,
            file_of=self._surroundings.file_of,
        )
