"""The log of one attempt, as a page of its own: every line has an address."""

from pathlib import Path

from starlette.responses import Response

from laststop.console.desk import Asked, Desk
from laststop.console.log_window import log_window
from laststop.console.pages_frame import framed
from laststop.console.reading import read_count
from laststop.errors import NotFoundError
from laststop.homes.embedded.runs import AttemptRow, attempt_rows, find_run
from laststop.words.ids import AttemptKey, RunId

LAST_LINE = 1_000_000_000


def log(desk: Desk, asked: Asked) -> Response:
    """`GET /runs/{id}/log/{stage}/{action}/{attempt}?from=`: some hundred lines, from one on."""
    start = read_count(asked, "from", default=0, largest=LAST_LINE)
    with desk.home.store.view() as view:
        row = find_run(view, asked.names["id"])
        attempts = attempt_rows(view, row.id)
        wanted = (asked.names["stage"], asked.names["action"], asked.names["attempt"])
        chosen = next(
            (each for each in attempts if (each.stage, each.action, str(each.attempt)) == wanted), None
        )
        if chosen is None:
            raise NotFoundError(
                f"run {row.id} has no such attempt", place="/".join(wanted), hint=f"see: /runs/{row.id}"
            )
        window = log_window(
            log_path(desk, row.id, chosen),
            start=start or None,
            culprit=chosen.failure.phase if chosen.failure else "",
            running=chosen.ended_at is None,
        )
        return framed(
            desk,
            view,
            "log.html",
            here="runs",
            status=chosen.status,
            run=row,
            logs=attempts_with_log(desk, row.id, attempts),
            logged=chosen,
            log=window,
        )


def attempts_with_log(desk: Desk, run: RunId, attempts: tuple[AttemptRow, ...]) -> tuple[AttemptRow, ...]:
    """Those that wrote a log which is still kept, in the order they began."""
    return tuple(each for each in attempts if log_path(desk, run, each).exists())


def log_path(desk: Desk, run: RunId, attempt: AttemptRow) -> Path:
    """Where an attempt's log is, if it wrote one."""
    key = AttemptKey(run=run, stage=attempt.stage, action=attempt.action, attempt=attempt.attempt)
    return desk.home.folders.log(key)
