"""Carries messages to a bulletin: outside every transaction, in a thread of its own, until they stand there.

What cannot be repeated harmlessly, a first post or a reply, is noted before it begins and after it ended.
What was begun and not ended is looked for first; where nobody can look, it is posted again: twice rather than
never.
A bulletin that refuses never touches a run: the trouble is noted, and tried again later.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from laststop.errors import InvariantError, LaststopError, TransientError, UsageError
from laststop.homes.embedded.store.journal import Store
from laststop.homes.embedded.told import Owed, ToldLedger
from laststop.notices.bulletin import Bulletin, InDoubtError, Message
from laststop.notices.clean import Hide, clean
from laststop.notices.story import Call
from laststop.words.ids import RunId
from laststop.words.instants import Instant

FIRST_PAUSE_SECONDS: Final = 1.0
LONGEST_PAUSE_SECONDS: Final = 300.0
PEER_PAUSE_SECONDS_MAX: Final = 3600.0
"""A peer that asks for more is asked again after this."""
MEND_SECONDS: Final = 600.0
"""What only a person can mend is tried again after this, and at every start."""
FAILURES_BEFORE_TROUBLE: Final = 3
"""What passes by itself is trouble when it happens so often in a row."""
STOP_SECONDS: Final = 2.0


class Courier:
    """Keeps one bulletin as the messages are.

    Concurrency: `once` by one thread, its own after `start`; `ring` and `stop` by any.
    """

    def __init__(
        self,
        *,
        store: Store,
        bulletin: Bulletin,
        clock: Callable[[], Instant],
        hide: Hide,
        say: Callable[[str], None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`hide` takes secrets out of a text, `say` is told of trouble, `chance` spreads retries."""
        self._bulletin = bulletin
        self._ledger = ToldLedger(store, bulletin.name, clock)
        self._clock = clock
        self._hide = hide
        self._say = say
        self._chance = chance
        self._rung = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"courier {bulletin.name}", daemon=True)
        self._failures = 0
        self._not_before: Instant | None = None
        self._refused: dict[RunId, tuple[int, Instant]] = {}
        self._answered: set[tuple[RunId, str]] = set()
        """Posts that were begun and answered with a refusal: not in doubt, though noted as begun."""
        self._opened = False
        self._trouble = ""

    def start(self) -> None:
        """Begin to owe messages to the bulletin, and carry what is owed."""
        self._open()
        self._thread.start()

    def ring(self) -> None:
        """There is something new to carry."""
        self._rung.set()

    def stop(self) -> None:
        """Carry no more; what is on its way is in doubt and looked for at the next start."""
        self._stop.set()
        self._rung.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        while True:
            self._rung.clear()
            pause = self.once()
            if self._stop.is_set():
                return
            self._rung.wait(pause)

    def _open(self) -> None:
        if not self._opened:
            self._ledger.open()
            found = self._ledger.trouble()
            self._trouble = found.reason if found else ""
            self._opened = True

    def once(self) -> float | None:
        """Carry everything that is due; gives the seconds until there is more to try, None when never."""
        try:
            self._open()
            if self._pause() > 0:
                return self._pause()
            self._not_before = None
            owed = self._ledger.owed()
            runs = {each.run for each in owed}
            self._refused = {run: so for run, so in self._refused.items() if run in runs}
            for each in owed:
                if self._stop.is_set():
                    return None
                if self._is_due(each):
                    self._carry(each)
        except LaststopError as error:
            self._postpone(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the thread unheard
            self._postpone(InvariantError(f"{type(error).__name__}: {error}"))
        waits = [at for _, at in self._refused.values()]
        if self._not_before is not None:
            waits.append(self._not_before)
        return max(0.0, (min(waits) - self._clock()).total_seconds()) if waits else None

    def _pause(self) -> float:
        if self._not_before is None:
            return 0.0
        return max(0.0, (self._not_before - self._clock()).total_seconds())

    def _is_due(self, owed: Owed) -> bool:
        """Whether there is something to say of it, and it was not refused in this form just now."""
        if self._bulletin.at_verdict and not owed.story.ended:
            return False
        revision, again_at = self._refused.get(owed.run, (0, self._clock()))
        return revision != owed.revision or again_at <= self._clock()

    def _carry(self, owed: Owed) -> None:
        """One message; a refusal of this one does not keep others back.

        Raises: the bulletin's errors that concern all messages.
        """
        self._refused.pop(owed.run, None)
        try:
            spoke = self._tell(owed)
        except UsageError as error:
            again_at = self._clock() + timedelta(seconds=MEND_SECONDS)
            self._refused[owed.run] = (owed.revision, again_at)
            self._note(f"the message of run {owed.run[:8]} was refused: {error}", error.hint)
            return
        if not spoke:
            return
        self._failures = 0
        if self._trouble and not self._refused:
            self._ledger.mended()
            self._trouble = ""

    def _tell(self, owed: Owed) -> bool:
        """Bring the bulletin to where the message is; False when there was nothing to say."""
        message = Message(story=clean(owed.story, self._hide), revision=owed.revision)
        handle, call = owed.told.handle or self._found(owed), message.story.call
        if not handle and message.story.quiet:
            self._ledger.sent(owed.run, "", owed.revision, "")
            return False
        handle = self._bulletin.edit(handle, message) if handle else self._post(owed, message)
        if call is not None:
            if handle != owed.told.handle:
                self._ledger.sent(owed.run, "", owed.told.revision, handle)
            self._reply(handle, message, call)
        self._ledger.sent(owed.run, "", owed.revision, handle)
        return True

    def _found(self, owed: Owed) -> str:
        """The handle of a post that a kill, or a missing answer, left in doubt."""
        begun_at = owed.told.sending_at
        if begun_at is None or (owed.run, "") in self._answered:
            return ""
        return self._bulletin.find(owed.run, begun_at)

    def _post(self, owed: Owed, message: Message) -> str:
        if owed.told.sending_at is None:
            self._ledger.sending(owed.run, "")
        with self._minding(owed.run, ""):
            return self._bulletin.post(message)

    def _reply(self, handle: str, message: Message, call: Call) -> None:
        """Call the owners, unless they were called for this already."""
        told = self._ledger.told(message.run, call.part)
        if told.revision:
            return
        key = (message.run, call.part)
        in_doubt = told.sending_at is not None and key not in self._answered
        if told.sending_at is None:
            self._ledger.sending(message.run, call.part)
        if not (in_doubt and self._bulletin.replied(handle, call.part)):
            with self._minding(*key):
                self._bulletin.reply(handle, message, call.part)
        self._ledger.sent(message.run, call.part, message.revision, handle)

    @contextmanager
    def _minding(self, run: RunId, part: str) -> Iterator[None]:
        """Send in the block what cannot be repeated; whether an answer came is kept in mind."""
        self._answered.discard((run, part))
        try:
            yield
        except InDoubtError:
            raise
        except LaststopError:
            self._answered.add((run, part))
            raise

    def _postpone(self, error: LaststopError) -> None:
        """Nothing goes there for a while; longer each time, and as long as the peer says."""
        if self._stop.is_set():
            return
        self._failures += 1
        if isinstance(error, TransientError):
            pause = min(FIRST_PAUSE_SECONDS * 2 ** min(self._failures - 1, 20), LONGEST_PAUSE_SECONDS)
            asked = min(error.retry_after_seconds or 0.0, PEER_PAUSE_SECONDS_MAX)
            seconds = max(pause * (0.5 + self._chance() / 2), asked)
        else:
            seconds = MEND_SECONDS
        self._not_before = self._clock() + timedelta(seconds=seconds)
        if not isinstance(error, TransientError) or self._failures >= FAILURES_BEFORE_TROUBLE:
            self._note(str(error), error.hint)

    def _note(self, reason: str, hint: str) -> None:
        """Trouble, once per reason, where `doctor` and the console find it."""
        reason, hint = self._hide(reason), self._hide(hint)
        if reason == self._trouble:
            return
        self._trouble = reason
        self._say(f"{self._bulletin.name}: {reason}" + (f"; {hint}" if hint else ""))
        try:
            self._ledger.troubled(reason, hint)
        except LaststopError as error:
            self._trouble = ""
            self._say(f"{self._bulletin.name}: {error}")
