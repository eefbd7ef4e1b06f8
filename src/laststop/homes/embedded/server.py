"""The embedded home at work: one loop over the journal, woken by a bell."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from laststop.homes.embedded.bell import Bell
from laststop.homes.embedded.care import Care
from laststop.homes.embedded.clerk import Clerk
from laststop.homes.embedded.drive import Drive
from laststop.homes.embedded.pulse import Pulse
from laststop.homes.embedded.readers import JudgeReader, PublishReader
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.sweeper import Sweeper
from laststop.words.instants import Instant

CARE_EVERY = timedelta(hours=1)


class Loop:
    """Readers and engine, one after the other, until nothing is left to do; then it sleeps.

    Everything a pass does is a transaction of its own, so the process may end between any two.
    Concurrency: `run` in one thread; `stop` from any.
    """

    def __init__(
        self,
        *,
        store: Store,
        drives: Callable[[], Sequence[Drive]],
        publish: PublishReader,
        judge: JudgeReader,
        clerk: Clerk,
        bell: Bell,
        care: Care,
        sweeper: Sweeper,
        idle: Callable[[], bool],
        clock: Callable[[], Instant],
        say: Callable[[str], None],
    ) -> None:
        """`drives` gives the pipelines as they are now, `idle` tells whether no command runs.

        `say` is told of trouble that passes by itself.
        """
        self._store = store
        self._drives = drives
        self._publish = publish
        self._judge = judge
        self._clerk = clerk
        self._care = care
        self._sweeper = sweeper
        self._idle = idle
        self._cared_at: Instant | None = None
        self._clock = clock
        self._pulse = Pulse(
            store=store,
            bell=bell,
            deadlines=lambda: [drive.next_deadline() for drive in drives()],
            clock=clock,
            say=say,
        )

    def run(self) -> None:
        """Work until told to stop."""
        self._pulse.run(self.work, self._care_now_and_then)

    def work(self) -> bool:
        """One pass; True when it did anything."""
        did = self._publish.read()
        for drive in self._drives():
            did = drive.decide() or did
        did = self._judge.read() or did
        return self._clerk.read() or did

    def stop(self) -> None:
        """End after the current pass."""
        self._pulse.stop()

    def _care_now_and_then(self) -> None:
        """Sweep and retention, at the start and then every hour, in a moment when nothing runs."""
        now = self._clock()
        due = self._cared_at is None or now - self._cared_at >= CARE_EVERY
        if not due or not self._idle():
            return
        with self._store.view() as view:
            newest = view.newest()
        if self.work():
            return  # something came in: the next quiet moment will do
        self._sweeper.once()
        self._care.once(read_up_to=newest)
        self._cared_at = now
