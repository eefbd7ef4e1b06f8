"""The engine's journal over the store."""

from laststop.homes.embedded.store.journal import Store
from laststop.pipeline.state import State


class StateJournal:
    """The engine's `Journal` port; the state is decoded only when something was written since."""

    def __init__(self, store: Store) -> None:
        """One per engine."""
        self._store = store
        self._cached: tuple[int, str, State] | None = None
        self.transaction = store.transaction

    def state(self, pipeline: str) -> State:
        """A pipeline's live state as committed."""
        with self._store.view() as view:
            newest = view.newest()
            if self._cached is None or self._cached[:2] != (newest, pipeline):
                self._cached = (newest, pipeline, view.state(pipeline))
        return self._cached[2]
