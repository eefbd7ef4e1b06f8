"""`Invoke/AWS/Lambda/1`: hands a job to a function of the account on the other side.

As CodePipeline does: the call is asynchronous, what the function returns is ignored, and its result comes to
our endpoint as `PutJobSuccessResult` or `PutJobFailureResult`. Until then the action waits, as long as the
pipeline's rules let it.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from laststop.engine.providers import Cancelled, Outcome
from laststop.homes.embedded.jobs.event import Keys, job_of
from laststop.homes.stand_in.artifact_bucket import ArtifactBucket
from laststop.homes.stand_in.clients import Clients, answered
from laststop.pipeline.due import Command
from laststop.pipeline.job import Job, encode_job

CONTINUATION_SECONDS = 2.0
"""Before a job that goes on; CodePipeline's own delay is not documented."""


class Function:
    """Calls functions by name, for any number of commands side by side."""

    def __init__(self, clients: Clients, artifacts: ArtifactBucket, keys: Callable[[str], Keys]) -> None:
        """`keys` gives the short-lived keys to a pipeline's artifacts that go into the event."""
        self._clients = clients
        self._artifacts = artifacts
        self._keys = keys

    def run(self, command: Command, cancelled: Cancelled) -> Outcome | None:
        """Call the function, then wait until nobody waits: its result was decided, or its time is over.

        Raises: what the call was refused for; it fails the action.
        """
        if command.job and cancelled.wait(CONTINUATION_SECONDS):
            return None
        job = self.job(command)
        with answered(f"lambda {job.function}"):
            self._clients.of("lambda").invoke(
                FunctionName=job.function,
                InvocationType="Event",
                Payload=json.dumps(encode_job(job)).encode(),
            )
        cancelled.wait()
        return None

    def job(self, command: Command) -> Job:
        """What the function is told of a command."""
        job = job_of(command, self._keys(command.pipeline))
        inputs = tuple(self._artifacts.shown(command, artifact) for artifact in command.inputs)
        outputs = tuple(self._artifacts.promised(command, name) for name in command.outputs)
        changed: Any = msgspec.structs.replace(job.data, input_artifacts=inputs, output_artifacts=outputs)
        return msgspec.structs.replace(job, data=changed)
