"""How every job function ends: with a report, whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from laststop.errors import LaststopError
from laststop.functions.ports import Jobs
from laststop.words.failure import Failure


@contextmanager
def answering(jobs: Jobs, job_id: str) -> Iterator[None]:
    """Report an error raised in the block as the job's failure; without it the stage would hang.

    Limit: our own bugs pass through; the home reports those.
    """
    try:
        yield
    except LaststopError as error:
        hint = f" ({error.hint})" if error.hint else ""
        jobs.fail(job_id, Failure(code=error.code, message=f"{error}{hint}"))
