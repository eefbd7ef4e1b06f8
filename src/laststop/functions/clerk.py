"""The only writer of messages where many functions may be asked to write: one at a time, from the real state.

Whoever rings only makes the clerk look. It renders the run as it stands and stops if that text stands there
already. Else it takes a lease by a conditional write, posts or edits, notes what stands there now, and gives
the lease back only if nobody rang meanwhile. What cannot be repeated harmlessly is noted before it begins; if
its end is in doubt it is looked for, and where nobody can look, it is sent again: twice rather than never.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from laststop.errors import ConflictError, LaststopError, TransientError
from laststop.functions.message_ports import Messages, Told
from laststop.notices.bulletin import Bulletin, InDoubtError, Message
from laststop.notices.clean import Hide, clean
from laststop.notices.story import Call, Story, render
from laststop.words.digests import digest_of
from laststop.words.ids import RunId
from laststop.words.instants import Instant

LEASE_SECONDS: Final = 60.0
"""Longer than the function may run: who holds a lease that has ended is dead."""
WRITES_MAX: Final = 20
MESSAGE: Final = "message"


class Clerk(msgspec.Struct, frozen=True, kw_only=True):
    """The ports and settings of a clerk at one bulletin.

    `story` gives a run's story as it stands, or None while there is nothing to tell; `caller` is a name
    nobody else has; `hide` takes secrets out of a text.
    """

    messages: Messages
    bulletin: Bulletin
    story: Callable[[RunId], Story | None]
    clock: Callable[[], Instant]
    caller: str
    hide: Hide = str


def tell(run: RunId, clerk: Clerk) -> bool:
    """Bring the message of a run to where the run is; True when this call wrote something.

    Raises: the bulletin's errors, TransientError when others keep writing the row; ring again later.
    """
    told = _take(run, clerk)
    if told is None:
        return False
    wrote = False
    try:
        while True:
            story = _look(run, clerk)
            if story is not None and _is_due(story, told, clerk.bulletin):
                told = _write(run, story, told, clerk)
                wrote = True
            left = _give_back(run, told, clerk)
            if left is None:
                return wrote
            told = left
    except LaststopError:
        _let_go(run, clerk)
        raise


def _look(run: RunId, clerk: Clerk) -> Story | None:
    """The run's story as it may leave."""
    story = clerk.story(run)
    return None if story is None else clean(story, clerk.hide)


def _is_due(story: Story, told: Told, bulletin: Bulletin) -> bool:
    """Whether there is something to say that does not stand there."""
    if bulletin.at_verdict and not story.ended:
        return False
    if not told.handle and MESSAGE not in told.begun and story.quiet:
        return False
    call = story.call
    return told.digest != text_digest(story) or (call is not None and call.part not in told.calls)


def text_digest(story: Story) -> str:
    """Equal exactly for equal texts."""
    return digest_of(render(story).encode(errors="replace"))


def _take(run: RunId, clerk: Clerk) -> Told | None:
    """The row with the lease taken; None when nothing is due, or after leaving a mark on another's lease."""
    for _ in range(WRITES_MAX):
        before = clerk.messages.get(run, clerk.bulletin.name)
        now = clerk.clock()
        theirs = before.lease_until is not None and before.lease_until > now and before.holder != clerk.caller
        if theirs and before.dirty:
            return None
        if not theirs:
            story = _look(run, clerk)
            if story is None or not _is_due(story, before, clerk.bulletin):
                return None
        until = now + timedelta(seconds=LEASE_SECONDS)
        after = (
            _next(before, dirty=True)
            if theirs
            else _next(before, holder=clerk.caller, lease_until=until, dirty=False)
        )
        try:
            clerk.messages.put(run, clerk.bulletin.name, after, expected=before)
        except ConflictError:
            continue
        return None if theirs else after
    raise TransientError(f"others kept writing the message of run {run}", hint="it is tried again by itself")


def _give_back(run: RunId, told: Told, clerk: Clerk) -> Told | None:
    """Let go of the lease; if somebody rang, keep it and give the row as it is to be looked at again."""
    if not told.dirty:
        try:
            free = _next(told, holder="", lease_until=None)
            clerk.messages.put(run, clerk.bulletin.name, free, expected=told)
        except ConflictError:
            pass  # somebody rang, or the lease had ended
        else:
            return None
    for _ in range(WRITES_MAX):
        left = clerk.messages.get(run, clerk.bulletin.name)
        if left.holder != clerk.caller:
            return None
        held = _next(left, dirty=False, lease_until=clerk.clock() + timedelta(seconds=LEASE_SECONDS))
        try:
            clerk.messages.put(run, clerk.bulletin.name, held, expected=left)
        except ConflictError:
            continue
        return held
    raise TransientError(f"others kept writing the message of run {run}", hint="it is tried again by itself")


def _let_go(run: RunId, clerk: Clerk) -> None:
    """After an error: the next who rings need not wait for the lease to end."""
    left = clerk.messages.get(run, clerk.bulletin.name)
    if left.holder != clerk.caller:
        return
    try:
        free = _next(left, holder="", lease_until=None, dirty=False)
        clerk.messages.put(run, clerk.bulletin.name, free, expected=left)
    except ConflictError:
        return  # it ends by itself


def _write(run: RunId, story: Story, told: Told, clerk: Clerk) -> Told:
    """Post or edit, and call whom the story calls."""
    message = Message(story=story, revision=told.count + 1)
    if told.digest != text_digest(story):
        handle = told.handle or _found(run, told, clerk)
        if handle:
            handle = clerk.bulletin.edit(handle, message)
        else:
            told = _begin(run, MESSAGE, told, clerk)
            handle, told = _send(run, MESSAGE, told, clerk, lambda: clerk.bulletin.post(message))
        told = _ended(
            run, MESSAGE, told, clerk, handle=handle, digest=text_digest(story), count=told.count + 1
        )
    call = story.call
    if call is not None and call.part not in told.calls:
        told = _call(run, call, message, told, clerk)
    return told


def _found(run: RunId, told: Told, clerk: Clerk) -> str:
    """The handle of a post whose end is in doubt."""
    begun_at = told.begun.get(MESSAGE)
    return clerk.bulletin.find(run, begun_at) if begun_at else ""


def _call(run: RunId, call: Call, message: Message, told: Told, clerk: Clerk) -> Told:
    """Call the owners once."""
    stands = call.part in told.begun and clerk.bulletin.replied(told.handle, call.part)
    if not stands:
        told = _begin(run, call.part, told, clerk)

        def reply() -> str:
            clerk.bulletin.reply(told.handle, message, call.part)
            return told.handle

        _, told = _send(run, call.part, told, clerk, reply)
    return _ended(run, call.part, told, clerk, calls=(*told.calls, call.part))


def _send(run: RunId, part: str, told: Told, clerk: Clerk, send: Callable[[], str]) -> tuple[str, Told]:
    """Send what cannot be taken back; a refusal is no doubt, so its mark is taken away again."""
    try:
        return send(), told
    except InDoubtError:
        raise
    except LaststopError:
        _ended(run, part, told, clerk)
        raise


def _begin(run: RunId, part: str, told: Told, clerk: Clerk) -> Told:
    """Note that something begins that cannot be taken back; the first time stays."""
    if part in told.begun:
        return told
    return _note(run, told, clerk, begun={**told.begun, part: clerk.clock()})


def _ended(run: RunId, part: str, told: Told, clerk: Clerk, **changes: object) -> Told:
    """Note that it ended."""
    begun = {name: at for name, at in told.begun.items() if name != part}
    return _note(run, told, clerk, begun=begun, **changes)


def _note(run: RunId, told: Told, clerk: Clerk, **changes: object) -> Told:
    """Write the row; who rang meanwhile only left a mark, which stays.

    Raises: ConflictError when the lease had ended and somebody else has it.
    """
    while True:
        after = _next(told, **changes)
        try:
            clerk.messages.put(run, clerk.bulletin.name, after, expected=told)
        except ConflictError:
            left = clerk.messages.get(run, clerk.bulletin.name)
            if left.holder != clerk.caller:
                raise
            told = msgspec.structs.replace(told, revision=left.revision, dirty=left.dirty)
        else:
            return after


def _next(told: Told, **changes: object) -> Told:
    """The row with changes, one revision on."""
    return msgspec.structs.replace(told, revision=told.revision + 1, **changes)
