"""CodePipeline's JSON protocol on a loopback port, as far as the functions speak it: runs are what a test says.

Source: the operations' shapes in botocore's CodePipeline model (1.43).
"""

import json
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STARTED_AT = 1763900000.0


class CodePipeline:
    """One pipeline: git and documents, a build, and the four functions in one stage."""

    def __init__(self, name: str, documents: dict[str, str], bucket: str) -> None:
        """`documents` leads from source action to object key."""
        self.name = name
        self.documents, self.bucket = documents, bucket
        self.runs: dict[str, dict] = {}
        self.tokens: dict[str, str] = {}
        self.jobs: dict[str, tuple[str, str]] = {}
        self.results: list[tuple[str, dict]] = []
        self.calls: list[tuple[str, dict]] = []
        self.refusals: dict[str, tuple[int, str]] = {}
        """Operation -> (status, code) that it is answered with."""

    def begin(self, pins: dict[str, str] | None = None, *, commit: str = "c0ffee1") -> str:
        """A run whose sources have been read: source action -> revision."""
        run = str(uuid.uuid4())
        sources = {"frontend": commit, **(pins or {})}
        self.runs[run] = {
            "status": "InProgress",
            "sources": sources,
            "startTime": STARTED_AT + len(self.runs),
            "actions": [self._source(action) for action in sources],
        }
        return run

    def acts(self, run: str, stage: str, action: str, status: str = "Succeeded", **result) -> None:
        """Something else happened in a run."""
        self.runs[run]["actions"].insert(
            0,
            {
                "stageName": stage,
                "actionName": action,
                "status": status,
                "input": {"actionTypeId": {"category": "Invoke", "provider": "Lambda"}},
                "output": {"executionResult": result},
            },
        )

    def ends(self, run: str, status: str) -> None:
        self.runs[run]["status"] = status

    def job(self, run: str, action: str) -> str:
        """A job of a run for one of its functions; gives its id."""
        job = str(uuid.uuid4())
        self.jobs[job] = (run, action)
        return job

    def _source(self, action: str) -> dict:
        git = action == "frontend"
        configuration = (
            {"FullRepositoryId": "acme/frontend", "BranchName": "main"}
            if git
            else {"S3Bucket": self.bucket, "S3ObjectKey": self.documents[action]}
        )
        provider = "CodeStarSourceConnection" if git else "S3"
        return {
            "stageName": "Source",
            "actionName": action,
            "status": "Succeeded",
            "input": {
                "actionTypeId": {"category": "Source", "provider": provider},
                "configuration": configuration,
            },
            "output": {"outputArtifacts": [{"name": f"{action}-out"}], "executionResult": {}},
        }

    def answer(self, operation: str, asked: dict) -> dict:
        return getattr(self, f"_{operation}")(asked)

    def _GetPipeline(self, asked: dict) -> dict:  # noqa: N802 - AWS's spelling
        sources = [
            {
                "name": action,
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                "configuration": {"S3Bucket": self.bucket, "S3ObjectKey": key},
            }
            for action, key in self.documents.items()
        ]
        switch = {
            "name": "deploy",
            "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda", "version": "1"},
            "configuration": {"FunctionName": f"{asked['name']}-deploy-site"},
        }
        stages = [{"name": "Source", "actions": sources}, {"name": "Release", "actions": [switch]}]
        return {"pipeline": {"name": self.name, "stages": stages}}

    def _ListPipelineExecutions(self, asked: dict) -> dict:  # noqa: N802
        newest = sorted(self.runs.items(), key=lambda each: -each[1]["startTime"])
        return {
            "pipelineExecutionSummaries": [
                {
                    "pipelineExecutionId": run,
                    "status": told["status"],
                    "startTime": told["startTime"],
                    "sourceRevisions": [
                        {"actionName": action, "revisionId": revision}
                        for action, revision in told["sources"].items()
                    ],
                    "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:aws:sts::1:x"},
                }
                for run, told in newest[: asked.get("maxResults", 100)]
            ]
        }

    def _GetPipelineExecution(self, asked: dict) -> dict:  # noqa: N802
        told = self.runs[asked["pipelineExecutionId"]]
        return {
            "pipelineExecution": {
                "pipelineName": self.name,
                "pipelineExecutionId": asked["pipelineExecutionId"],
                "status": told["status"],
                "artifactRevisions": [
                    {"name": f"{action}-out", "revisionId": revision}
                    for action, revision in told["sources"].items()
                ],
                "trigger": {"triggerType": "StartPipelineExecution"},
            }
        }

    def _ListActionExecutions(self, asked: dict) -> dict:  # noqa: N802
        return {"actionExecutionDetails": self.runs[asked["filter"]["pipelineExecutionId"]]["actions"]}

    def _StartPipelineExecution(self, asked: dict) -> dict:  # noqa: N802
        token = asked["clientRequestToken"]
        if token not in self.tokens:
            pins = {each["actionName"]: each["revisionValue"] for each in asked["sourceRevisions"]}
            self.tokens[token] = self.begin(pins)
        return {"pipelineExecutionId": self.tokens[token]}

    def _GetJobDetails(self, asked: dict) -> dict:  # noqa: N802
        run, action = self.jobs[asked["jobId"]]
        context = {
            "pipelineName": self.name,
            "pipelineExecutionId": run,
            "stage": {"name": "Release"},
            "action": {"name": action},
        }
        return {"jobDetails": {"id": asked["jobId"], "data": {"pipelineContext": context}}}

    def _PutJobSuccessResult(self, asked: dict) -> dict:  # noqa: N802
        return self._result("succeeded", asked)

    def _PutJobFailureResult(self, asked: dict) -> dict:  # noqa: N802
        return self._result("failed", asked)

    def _result(self, how: str, asked: dict) -> dict:
        self.results.append((how, asked))
        run, action = self.jobs[asked["jobId"]]
        self.acts(run, "Release", action, "Succeeded" if how == "succeeded" else "Failed")
        return {}

    def _EnableStageTransition(self, asked: dict) -> dict:  # noqa: N802
        return {}

    def _DisableStageTransition(self, asked: dict) -> dict:  # noqa: N802
        return {}


@contextmanager
def served(pipeline: CodePipeline):
    """Serve it for as long as the block lasts; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            pipeline.calls.append((operation, asked))
            status, code = pipeline.refusals.get(operation, (200, ""))
            try:
                said = {"__type": code, "message": "why"} if code else pipeline.answer(operation, asked)
            except (KeyError, AttributeError) as error:
                status, said = 400, {"__type": "ValidationException", "message": repr(error)}
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            """Nothing: tests look at `calls`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
