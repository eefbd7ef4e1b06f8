"""CodePipeline's JSON protocol as far as the functions speak it, over runs that a test makes up."""

import uuid
from datetime import timedelta

import msgspec
from botocore import xform_name
from botocore.session import Session
from botocore.validate import ParamValidator

from laststop.homes.aws.connection import Answer
from laststop.homes.aws.service import JsonService
from unit.homes.aws.service_fakes import NOW, fine, refusal, sender

_MODEL = Session().get_service_model("codepipeline")
PIPELINE = "translations"
STAGES = ("Source", "Build", "Release")
PAGE = 2  # small, so that every list is paged


class PipelineStandIn:
    """Answers as AWS does: newest first, pages, seconds since 1970, its own error codes."""

    host = "codepipeline.eu-west-1.amazonaws.com"

    def __init__(self) -> None:
        self.runs: list[dict] = []
        self.jobs: dict[str, dict] = {}
        self.reports: list[tuple[str, dict]] = []
        self.asked: list[str] = []
        self.tokens: dict[str, str] = {}
        self.closed: set[str] = set()

    def service(self) -> JsonService:
        return JsonService(sender(self, "codepipeline"))

    def run(self, identity: str, *sources: dict, status: str = "InProgress", target: str = "") -> None:
        """A run begun after all earlier ones; `sources` as `source` and `document` make them."""
        self.runs.append(
            {
                "id": identity,
                "status": status,
                "sources": list(sources),
                "target": target,
                "at": (NOW + timedelta(seconds=len(self.runs))).timestamp(),
            }
        )

    def job(self, identity: str, run: str, *, stage: str = "Release", action: str = "deploy-site") -> None:
        self.jobs[identity] = {"run": run, "stage": stage, "action": action, "answered": False}

    def send(self, method, path, headers, body) -> Answer:
        operation = headers["X-Amz-Target"].rpartition(".")[2]
        self.asked.append(operation)
        request = msgspec.json.decode(body)
        model = _MODEL.operation_model(operation)
        faults = ParamValidator().validate(request, model.input_shape).generate_report()
        assert not faults, faults
        answer = getattr(self, f"_{xform_name(operation)}")(request)
        if answer.status == 200 and model.output_shape is not None:
            _check(msgspec.json.decode(answer.body), model.output_shape)
        return answer

    def _find(self, request) -> dict | None:
        identity = request.get("pipelineExecutionId") or request["filter"]["pipelineExecutionId"]
        return next((run for run in self.runs if run["id"] == identity), None)

    def _get_pipeline_execution(self, request) -> Answer:
        run = self._find(request)
        if run is None:
            return refusal("PipelineExecutionNotFoundException", "no such execution")
        target = next((other for other in self.runs if other["id"] == run["target"]), run)
        rollback = {"rollbackMetadata": {"rollbackTargetPipelineExecutionId": run["target"]}}
        return fine(
            {
                "pipelineExecution": {
                    "pipelineName": PIPELINE,
                    "pipelineVersion": 3,
                    "pipelineExecutionId": run["id"],
                    "status": run["status"],
                    "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:x"},
                    "artifactRevisions": [
                        {
                            "name": source["artifact"],
                            "revisionId": source["revision"],
                            "revisionChangeIdentifier": source.get("change", ""),
                            "revisionSummary": source.get("summary", ""),
                            "created": run["at"],
                        }
                        for source in target["sources"]
                        if source["revision"]
                    ],
                    **(rollback if run["target"] else {}),
                }
            }
        )

    def _list_action_executions(self, request) -> Answer:
        run = self._find(request)
        actions = [] if run is None or run["target"] else [_action(run, s) for s in run["sources"]]
        build = {
            "pipelineExecutionId": request["filter"]["pipelineExecutionId"],
            "stageName": "Build",
            "actionName": "build",
            "status": "InProgress",
            "input": {
                "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"}
            },
        }
        return _page([build, *actions], request, "actionExecutionDetails")

    def _list_pipeline_executions(self, request) -> Answer:
        listed = [
            {"pipelineExecutionId": run["id"], "status": run["status"], "startTime": run["at"]}
            for run in reversed(self.runs)
        ]
        return _page(listed, request, "pipelineExecutionSummaries")

    def _get_job_details(self, request) -> Answer:
        job = self.jobs.get(request["jobId"])
        if job is None:
            return refusal("JobNotFoundException", "no such job")
        context = {
            "pipelineName": PIPELINE,
            "pipelineExecutionId": job["run"],
            "stage": {"name": job["stage"]},
            "action": {"name": job["action"], "actionExecutionId": str(uuid.uuid4())},
        }
        return fine({"jobDetails": {"id": request["jobId"], "data": {"pipelineContext": context}}})

    def _start_pipeline_execution(self, request) -> Answer:
        if request["name"] != PIPELINE:
            return refusal("PipelineNotFoundException", f"no pipeline is named {request['name']}")
        run = self.tokens.setdefault(request["clientRequestToken"], str(uuid.uuid4()))
        if run not in [each["id"] for each in self.runs]:
            self.run(run)
        return fine({"pipelineExecutionId": run})

    def _stop_pipeline_execution(self, request) -> Answer:
        if self._find(request) is None:
            return refusal("PipelineExecutionNotStoppableException", "it is not in progress")
        return fine({"pipelineExecutionId": request["pipelineExecutionId"]})

    def _disable_stage_transition(self, request) -> Answer:
        if request["stageName"] not in STAGES:
            return refusal("StageNotFoundException", f"no stage is named {request['stageName']}")
        self.closed.add(request["stageName"])
        return fine()

    def _enable_stage_transition(self, request) -> Answer:
        if request["stageName"] not in STAGES:
            return refusal("StageNotFoundException", f"no stage is named {request['stageName']}")
        self.closed.discard(request["stageName"])
        return fine()

    def _report(self, operation: str, request: dict) -> Answer:
        job = self.jobs.get(request["jobId"])
        if job is None:
            return refusal("JobNotFoundException", "no such job")
        if job["answered"]:
            return refusal("InvalidJobStateException", "the job has its result")
        job["answered"] = True
        self.reports.append((operation, request))
        return fine()

    def _put_job_success_result(self, request) -> Answer:
        return self._report("PutJobSuccessResult", request)

    def _put_job_failure_result(self, request) -> Answer:
        return self._report("PutJobFailureResult", request)


def _check(value, shape) -> None:
    """Every member is one that AWS would send."""
    if shape.type_name == "structure":
        assert value.keys() <= shape.members.keys(), (shape.name, value.keys() - shape.members.keys())
        for name, member in value.items():
            _check(member, shape.members[name])
    elif shape.type_name == "list":
        for member in value:
            _check(member, shape.member)


def source(action: str, repository: str, branch: str, commit: str, **more) -> dict:
    """A git source; `status` and `attempts` may be given."""
    return {
        "action": action,
        "provider": "CodeStarSourceConnection",
        "configuration": {"ConnectionArn": "arn:c", "FullRepositoryId": repository, "BranchName": branch},
        "artifact": f"{action}_out",
        "revision": commit,
        **more,
    }


def document(action: str, bucket: str, key: str, version: str, **more) -> dict:
    """An S3 source."""
    return {
        "action": action,
        "provider": "S3",
        "configuration": {"S3Bucket": bucket, "S3ObjectKey": key, "PollForSourceChanges": "false"},
        "artifact": f"{action}_out",
        "revision": version,
        **more,
    }


def _action(run: dict, source: dict) -> dict:
    return {
        "pipelineExecutionId": run["id"],
        "actionExecutionId": str(uuid.uuid4()),
        "stageName": "Source",
        "actionName": source["action"],
        "startTime": run["at"],
        "status": source.get("status", "Succeeded"),
        "input": {
            "actionTypeId": {
                "category": "Source",
                "owner": "AWS",
                "provider": source["provider"],
                "version": "1",
            },
            "configuration": source["configuration"],
        },
        "output": {
            "outputArtifacts": [{"name": source["artifact"], "s3location": {"bucket": "b", "key": "k"}}]
        },
    }


def _page(found: list, request: dict, member: str) -> Answer:
    first = int(request.get("nextToken", "0"))
    more = {"nextToken": str(first + PAGE)} if first + PAGE < len(found) else {}
    return fine({member: found[first : first + PAGE], **more})
