"""Rings the clerk, who writes the run's message from its real state."""

from collections.abc import Callable, Mapping
from typing import Any

from laststop.functions.answering import answering
from laststop.functions.ports import Jobs
from laststop.pipeline.job import decode_job
from laststop.words.ids import RunId


def announce(event: Mapping[str, Any], *, jobs: Jobs, ring: Callable[[RunId], None]) -> None:
    """Have the run's message written as it stands now: deployed, being verified.

    The clerk is the only writer; a message that cannot be sent never fails a run.
    """
    job = decode_job(event)
    with answering(jobs, job.id):
        run = jobs.context(job.id).key.run
        ring(run)
        jobs.succeed(job.id, summary="the run's message is being written")
