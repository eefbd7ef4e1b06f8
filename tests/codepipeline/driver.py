"""Speaks CodePipeline's protocol to a console without sockets, and holds every answer against the service model."""

import json
from typing import Any

from laststop.engine.apply import apply
from laststop.pipeline.due import due
from laststop.pipeline.inputs import Begin, Report, Succeeded
from laststop.wiring.embedded import clock, draw_run_id
from laststop.words.artifact import Artifact
from laststop.words.bill import Bill, Revision
from laststop.words.digests import digest_of
from laststop.words.failure import Failure
from laststop.words.ids import RunId
from unit.console.console_workbench import Bench, ask

COMMIT = "4f2a9c1d" * 5


class RefusedError(Exception):
    """An error that the service answered."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


class Driver:
    """A bench whose pipelines are driven through the API, and whose actions end when a test says so.

    `check` gets (operation, status, headers, body) of every answer.
    """

    def __init__(self, bench: Bench, check=None) -> None:
        self.bench = bench
        self.app = bench.app()
        self.check = check

    def raw(self, operation: str, body: bytes):
        headers = [
            ("X-Amz-Target", f"CodePipeline_20150709.{operation}"),
            ("Content-Type", "application/x-amz-json-1.1"),
        ]
        answer = ask(self.app, "POST", "/", body=body, headers=headers)
        if self.check is not None:
            self.check(operation, answer.status, answer.headers, answer.body)
        return answer

    def call(self, operation: str, **request: Any) -> Any:
        answer = self.raw(operation, json.dumps(request).encode())
        told = json.loads(answer.body) if answer.body else {}
        if answer.status != 200:
            raise RefusedError(told["__type"], told["message"], answer.status)
        return told

    def refused(self, operation: str, **request: Any) -> str:
        """The code of the refusal that an operation has to meet."""
        try:
            self.call(operation, **request)
        except RefusedError as no:
            return no.code
        raise AssertionError(f"{operation} was not refused")

    # the work that a server would do

    def state(self, pipeline: str):
        with self.bench.home.store.view() as view:
            return view.state(pipeline)

    def decide(self, pipeline: str, asked):
        with self.bench.home.store.transaction() as transaction:
            applied = apply(transaction, transaction.state(pipeline), asked, clock())
            assert applied.refused is None, applied.refused
            transaction.save_state(applied.state)

    def begin(self, pipeline: str) -> str:
        """The mark becomes a run."""
        run = RunId(draw_run_id())
        self.decide(pipeline, Begin(run=run, heads=Bill()))
        return run

    def end(self, pipeline: str, action: str, *, fails: str = "", run: str = "", **variables: str) -> None:
        """An action in progress ends."""
        command = next(
            each
            for each in due(self.state(pipeline))
            if each.key.action == action and each.key.run.startswith(run)
        )
        outcome = self._good(command, variables)
        if fails:
            outcome = Failure(code="JobFailed", message=fails)
        self.decide(pipeline, Report(key=command.key, job=command.job, outcome=outcome))

    def _good(self, command, variables) -> Succeeded:
        revision = None
        if command.provider.startswith("Source/"):
            revision = Revision(
                action=command.key.action, id=COMMIT, location="acme/frontend@main", summary="first commit"
            )
            variables = {"CommitId": COMMIT, "BranchName": "main"} | variables
        made = tuple(
            Artifact(name=name, digest=digest_of(name.encode()), size_bytes=7) for name in command.outputs
        )
        return Succeeded(
            artifacts=made, variables=variables, revision=revision, summary="done", external_id="build:1"
        )

    # what tests ask for again and again

    def stage(self, pipeline: str, stage: str) -> dict[str, Any]:
        told = self.call("GetPipelineState", name=pipeline)
        return next(each for each in told["stageStates"] if each["stageName"] == stage)

    def status(self, pipeline: str, run: str) -> str:
        told = self.call("GetPipelineExecution", pipelineName=pipeline, pipelineExecutionId=run)
        return told["pipelineExecution"]["status"]

    def start(self, pipeline: str, **request: Any) -> str:
        return self.call("StartPipelineExecution", name=pipeline, **request)["pipelineExecutionId"]

    def token(self, pipeline: str, stage: str = "Release", action: str = "Sign-off") -> str:
        told = self.stage(pipeline, stage)["actionStates"]
        return next(each for each in told if each["actionName"] == action)["latestExecution"]["token"]

    def approve(self, pipeline: str, *, status: str = "Approved", token: str | None = None) -> Any:
        return self.call(
            "PutApprovalResult",
            pipelineName=pipeline,
            stageName="Release",
            actionName="Sign-off",
            result={"summary": "looked at it", "status": status},
            token=token or self.token(pipeline),
        )
