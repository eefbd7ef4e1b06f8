"""A function of the project's own that is told events: called once per event, as Lambda would call it."""

import threading
from pathlib import Path
from typing import Final

from laststop.errors import TransientError
from laststop.homes.embedded.builder.log import BuildLog
from laststop.homes.embedded.builder.orphan import canonical, end_orphan
from laststop.homes.embedded.builder.workspace import make_empty
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.functions.invocation import Ended, invoke
from laststop.homes.embedded.functions.user_functions import PHASE, UserFunctions
from laststop.pipeline.eventbridge import StateChange

WORKSPACE: Final = "call"


class EventFunction:
    """The `Target` that calls a function and waits until it has returned; one that raises is called again.

    Concurrency: `tell` by one thread, `close` by any.
    """

    def __init__(self, functions: UserFunctions, folders: Folders, *, function: str, name: str) -> None:
        """`name` is that of the `[[events]]`."""
        self._functions = functions
        self._folders = folders
        self._function = function
        self._name = name
        self._closing = threading.Event()

    def tell(self, event: StateChange) -> None:
        """Call it with the event; its output stands in the log of the event's run.

        Raises: TransientError when it fails, runs too long or cannot be started.
        """
        workspace = Path(canonical(str(self._folders.events / self._name / WORKSPACE)))
        log: BuildLog | None = None
        try:
            end_orphan(str(workspace))
            make_empty(workspace)
            path = self._folders.event_log(event.detail.execution_id, self._name)
            log = BuildLog(path, self._functions.secrets(self._function), shown_as={})
            log.phase = PHASE
            ended = self._called(event, workspace, log)
        except OSError as error:
            raise TransientError(f"{self._function} cannot be called: {error}") from error
        finally:
            if log is not None:
                log.close()
        if ended.error or ended.given_up:
            reason = ended.error or "the server stops"
            raise TransientError(f"{self._function} failed: {reason}"[:500])

    def _called(self, event: StateChange, workspace: Path, log: BuildLog) -> Ended:
        invocation = self._functions.invocation(self._function, event.values(), event.id, workspace=workspace)
        log.say(f"{event.detail_type}, {event.detail.state}, event {event.id}")
        log.start_command()
        try:
            return invoke(invocation, workspace=workspace, output=log.take, given_up=self._closing.is_set)
        finally:
            log.end_command()

    def close(self) -> None:
        """End what runs."""
        self._closing.set()
