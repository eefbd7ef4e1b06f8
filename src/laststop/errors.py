"""Every error laststop raises on purpose.

```
LaststopError             70 / 500   our bug, unless a subclass says otherwise
|- UsageError              2 / 400   input that cannot be used: a file, an option, a request
|  `- NotFoundError        2 / 404   the named thing does not exist
|- RunError                1 / 422   the run or the check failed
|- ConflictError           3 / 409   somebody else was faster, or holds the lock
|- TransientError          4 / 503   try again later; may say when
|- DeniedError             5 / 403   not allowed
`- InvariantError         70 / 500   a state that must not exist: our bug
```

Each class owns its process exit code, its HTTP status and the hint that tells the next step; data sits
in attributes, prose in the message. Adapters map their library's errors to these, by code and not by text,
always with `raise ... from`.
"""

from typing import ClassVar


class LaststopError(Exception):
    """The root: whatever laststop raises on purpose is one of these."""

    exit_code: ClassVar[int] = 70
    http_status: ClassVar[int] = 500
    code: ClassVar[str] = "InternalError"

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        """`place` names where the fault stands (`pipeline.yml:31 stages[1]`), `hint` the next step."""
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        """`place: message`, the form every surface shows."""
        return f"{self.place}: {self.message}" if self.place else self.message


class UsageError(LaststopError):
    """Input that cannot be used; nothing was changed."""

    exit_code = 2
    http_status = 400
    code = "InvalidInput"


class NotFoundError(UsageError):
    """What was named does not exist."""

    http_status = 404
    code = "NotFound"


class RunError(LaststopError):
    """A run, an action or a check ended badly, as it may."""

    exit_code = 1
    http_status = 422
    code = "RunFailed"


class ConflictError(LaststopError):
    """Another writer was faster, or holds what is needed; nothing was changed."""

    exit_code = 3
    http_status = 409
    code = "Conflict"


class TransientError(LaststopError):
    """It may work later, unchanged.

    Units: `retry_after_seconds`, when known.
    """

    exit_code = 4
    http_status = 503
    code = "TryAgain"

    def __init__(
        self, message: str, *, place: str = "", hint: str = "", retry_after_seconds: float | None = None
    ) -> None:
        """`retry_after_seconds` is the peer's own word on when to come back."""
        super().__init__(message, place=place, hint=hint)
        self.retry_after_seconds = retry_after_seconds


class DeniedError(LaststopError):
    """The caller may not do this."""

    exit_code = 5
    http_status = 403
    code = "Denied"


class InvariantError(LaststopError):
    """A state that must not exist: our bug, worth a report."""

    code = "InvariantBroken"
    hint = "this is a bug in laststop; please report it with the text above"

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        """The next step is always the same: a report."""
        super().__init__(message, place=place, hint=hint or type(self).hint)
