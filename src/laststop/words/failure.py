"""Why an action failed, as a person needs it."""

import msgspec


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """The cause in one sentence, and where it stood when there was a command.

    `code` is CodePipeline's failure type (`JobFailed`, `ConfigurationError`, `PermissionError`,
    `RevisionUnavailable`, `SystemUnavailable`, ...) or CodeBuild's phase code; `cause` is the line of the log
    that says first why, `lines` those that explain it best; all masked.
    """

    code: str
    message: str
    phase: str = ""
    command: str = ""
    exit_status: int | None = None
    cause: str = ""
    lines: tuple[str, ...] = ()
