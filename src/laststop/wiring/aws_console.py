"""What the console shows of the AWS home, read from its ports."""

import threading
from typing import Final

from laststop.functions.history import Past
from laststop.homes.aws.history import Attempt
from laststop.homes.shared.listing import AttemptLine, ReleaseRow, RunLine, VersionLine
from laststop.homes.shared.tracing import Trace
from laststop.site.live import Hold
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_reading import listing, releases, trace
from laststop.wiring.aws_runs import history
from laststop.words.ids import RunId
from laststop.words.instants import instant_text

RUNS_FIRST: Final = 10


class DeployedReading:
    """One look at a time: the home is made for one invocation at a time."""

    def __init__(self, home: AwsHome) -> None:
        """`home` is open as long as this is used."""
        self._home = home
        self._lock = threading.Lock()

    @property
    def page_url(self) -> str:
        """Where readers find the page."""
        return f"{self._home.site_url}/"

    def standing(self) -> tuple[ReleaseRow | None, Hold | None]:
        """The live release, and what holds the site there."""
        with self._lock:
            rows = releases(self._home)
            live = self._home.releases.live()
        return next((row for row in rows if row.live), None), live.hold if live else None

    def runs(self, limit: int) -> tuple[RunLine, ...]:
        """The newest runs; AWS gives at most a hundred at once."""
        with self._lock:
            return tuple(self._line(past) for past in history(self._home).newest(limit))

    def run(self, identity: str) -> tuple[RunLine, tuple[AttemptLine, ...]]:
        """One run, and its attempts, the one begun first first."""
        with self._lock:
            read = history(self._home)
            past = read.detail(RunId(identity)).past
            attempts = read.attempts(RunId(identity))
        return self._line(past), tuple(_attempt(each) for each in reversed(attempts))

    def versions(
        self, *, type_: str | None, after: tuple[str, str] | None, limit: int
    ) -> tuple[VersionLine, ...]:
        """The catalog with its verdicts, in the table's own order."""
        with self._lock:
            return tuple(listing(self._home).lines(type_=type_, after=after, limit=limit))

    def releases(self) -> tuple[ReleaseRow, ...]:
        """The kept releases, the newest first."""
        with self._lock:
            return releases(self._home)

    def trace(self, algorithm: str, version: str | None) -> Trace:
        """Where a change is."""
        with self._lock:
            return trace(self._home, algorithm, version)

    def _line(self, past: Past) -> RunLine:
        ended = past.updated_at if not past.in_flight else None
        return RunLine(
            id=past.id,
            pipeline=self._home.pipeline,
            status=past.status,
            cause=past.cause,
            bill=past.sources,
            started_at=instant_text(past.started_at),
            ended_at=instant_text(ended) if ended else None,
        )


def _attempt(each: Attempt) -> AttemptLine:
    result = each.output.execution_result
    failed = result.error_details.message if result.error_details else ""
    return AttemptLine(
        stage=each.stage_name,
        action=each.action_name,
        status=each.status,
        updated_at=each.updated_at,
        says=failed or result.external_execution_summary,
    )
