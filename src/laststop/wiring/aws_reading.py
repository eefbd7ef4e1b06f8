"""What the commands read of the AWS home: catalog with verdicts, releases, and where a change is."""

from collections.abc import Iterator

from laststop.homes.aws.fan_out import each
from laststop.homes.aws.listing import Listing, release_rows
from laststop.homes.aws.trace import Eyes
from laststop.homes.aws.trace import trace as trace_by
from laststop.homes.shared.listing import ReleaseRow
from laststop.homes.shared.tracing import Trace
from laststop.wiring.aws import AwsHome
from laststop.wiring.aws_judging import proofs
from laststop.wiring.aws_runs import history
from laststop.wiring.aws_telling import court
from laststop.words.ids import RunId

at_once = each
"""Many small requests side by side, for the commands."""


def listing(home: AwsHome) -> Listing:
    """The catalog with its verdicts."""
    return Listing(court(home), home.ledger_table)


def releases(home: AwsHome) -> tuple[ReleaseRow, ...]:
    """The kept releases, the newest first."""
    return release_rows(home.pointer)


def build_logs(home: AwsHome, run: RunId, action: str) -> Iterator[str]:
    """What the builds of a run wrote, the first begun first; `action` names one, empty means all."""
    read = history(home)
    for attempt in reversed(read.attempts(run)):
        if action in ("", attempt.action_name):
            yield from read.log(attempt.output.execution_result.external_execution_id)


def trace(home: AwsHome, algorithm: str, version: str | None) -> Trace:
    """Where a change is.

    Raises: NotFoundError when the catalog has no such version.
    """
    return trace_by(
        Eyes(
            listing=listing(home),
            history=history(home),
            proofs=proofs(home),
            codepipeline=home.service("codepipeline"),
            pipeline=home.pipeline,
        ),
        algorithm,
        version,
    )
