"""Every operation and every answer, errors included, held against the model that the AWS tools are made from."""

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codepipeline.declared import SOURCE, examined, pipeline
from codepipeline.driver import Driver
from laststop.homes.embedded.codepipeline.table import OPERATIONS
from laststop.pipeline.wire.jobs import AnyRequest

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def model():
    from codepipeline import service_model

    return service_model


@pytest.fixture
def driver(bench, model):
    """A driver whose every answer is checked."""
    faults: list[str] = []

    def check(operation, status, headers, body):
        told = json.loads(body) if body else {}
        if status == 200:
            faults.extend(model.faults(operation, told))
            model.parsed(operation, status, headers, body)
        else:
            faults.extend(model.error_faults(operation, status, told, headers.get("x-amzn-errortype")))

    yield Driver(bench, check)
    assert faults == []


def test_the_table_has_the_operations_of_the_model_and_no_others(model):
    assert sorted(OPERATIONS) == sorted(model.model().operation_names)


@pytest.mark.parametrize("name", [name for name, each in OPERATIONS.items() if each.asks is not AnyRequest])
def test_requests_and_answers_have_the_members_of_the_model(model, name):
    operation = OPERATIONS[name]
    shape = model.model().operation_model(name)
    fields = {field.encode_name: field for field in msgspec.structs.fields(operation.asks)}
    assert set(fields) == set(shape.input_shape.members)
    required = {each for each, field in fields.items() if field.required}
    assert required == set(shape.input_shape.required_members)
    if operation.tells is not None:
        told = {field.encode_name for field in msgspec.structs.fields(operation.tells)}
        assert told <= set(shape.output_shape.members)
        assert set(shape.output_shape.required_members) <= told


def test_a_pipelines_whole_life_is_told_as_the_model_has_it(driver):
    created = driver.call("CreatePipeline", pipeline=pipeline(), tags=[{"key": "team", "value": "web"}])
    assert created["pipeline"]["version"] == 1
    arn = driver.call("GetPipeline", name="shop")["metadata"]["pipelineArn"]
    driver.call("TagResource", resourceArn=arn, tags=[{"key": "cost", "value": ""}])
    assert len(driver.call("ListTagsForResource", resourceArn=arn)["tags"]) == 2
    driver.call("UntagResource", resourceArn=arn, tagKeys=["cost", "moon"])

    run = driver.begin("shop")
    driver.call("GetPipelineState", name="shop")
    driver.end("shop", "Code")
    driver.end("shop", "Compile", fails="a missing semicolon")
    driver.call("GetPipelineState", name="shop")
    retry = {"pipelineName": "shop", "stageName": "Build", "pipelineExecutionId": run}
    driver.call("RetryStageExecution", retryMode="FAILED_ACTIONS", **retry)
    driver.end("shop", "Compile", Size="3 MB")
    driver.end("shop", "Check")
    driver.call("GetPipelineState", name="shop")
    driver.approve("shop")
    driver.end("shop", "Ship")
    assert driver.status("shop", run) == "Succeeded"

    _wait_fail_and_go_back(driver, run)
    _look_at_everything(driver, run)

    driver.call("UpdatePipeline", pipeline=pipeline(mode="QUEUED"))
    driver.call("GetPipeline", name="shop", version=1)
    driver.call("GetPipelineState", name="shop")
    driver.call("DeletePipeline", name="shop")
    assert driver.refused("GetPipeline", name="shop") == "PipelineNotFoundException"


def _wait_fail_and_go_back(driver, run):
    closed = {"pipelineName": "shop", "stageName": "Build", "transitionType": "Inbound"}
    driver.call("DisableStageTransition", reason="freeze", **closed)
    waits = driver.start("shop", variables=[{"name": "go", "value": "no"}], clientRequestToken="once")
    driver.end("shop", "Code")
    driver.call("GetPipelineState", name="shop")
    driver.call("EnableStageTransition", **closed)
    driver.end("shop", "Compile")
    driver.end("shop", "Check")
    assert driver.status("shop", waits) == "Failed"
    state = driver.stage("shop", "Release")
    assert state["beforeEntryConditionState"]["latestExecution"]["status"] == "Failed"

    back = driver.call(
        "RollbackStage", pipelineName="shop", stageName="Release", targetPipelineExecutionId=run
    )["pipelineExecutionId"]
    driver.call("GetPipelineState", name="shop")
    driver.approve("shop", status="Rejected")
    assert driver.status("shop", back) == "Failed"

    stopped = driver.start("shop")
    stop = {"pipelineName": "shop", "pipelineExecutionId": stopped}
    driver.call("StopPipelineExecution", reason="wrong branch", **stop)
    driver.call("StopPipelineExecution", abandon=True, **stop)
    assert driver.status("shop", stopped) == "Stopped"
    told = driver.call("PutActionRevision", pipelineName="shop", stageName="Source", actionName="Code",
                       actionRevision={"revisionId": "f" * 40, "revisionChangeId": "c", "created": 1700000000.5})  # fmt: skip
    assert told["newRevision"]


def _look_at_everything(driver, run):
    for operation in ("ListPipelineExecutions", "ListActionExecutions", "ListRuleExecutions"):
        driver.call(operation, pipelineName="shop")
    driver.call(
        "ListPipelineExecutions", pipelineName="shop", filter={"succeededInStage": {"stageName": "Release"}}
    )
    driver.call("ListActionExecutions", pipelineName="shop",
                filter={"latestInPipelineExecution": {"pipelineExecutionId": run, "startTimeRange": "Latest"}})  # fmt: skip
    attempt = driver.call("ListActionExecutions", pipelineName="shop")["actionExecutionDetails"][0]
    driver.call("ListDeployActionExecutionTargets", actionExecutionId=attempt["actionExecutionId"])
    for operation in ("ListPipelines", "ListActionTypes", "ListRuleTypes", "ListWebhooks"):
        driver.call(operation)


def test_the_flows_own_pipeline_is_told_as_the_model_has_it(driver):
    name = driver.bench.pipeline.name
    driver.bench.ship()
    told = driver.call("GetPipeline", name=name)["pipeline"]
    assert told["roleArn"].startswith("arn:aws:iam::")
    driver.call("GetPipelineState", name=name)
    for operation in ("ListPipelineExecutions", "ListActionExecutions", "ListRuleExecutions"):
        driver.call(operation, pipelineName=name)


def test_what_get_pipeline_prints_is_what_update_pipeline_takes(driver):
    driver.call("CreatePipeline", pipeline=pipeline())
    told = driver.call("GetPipeline", name="shop")["pipeline"]
    again = driver.call("UpdatePipeline", pipeline=told)["pipeline"]
    assert again == told, "an equal declaration counts no version"
    assert (
        driver.call("UpdatePipeline", pipeline=told | {"version": 7, "executionMode": "QUEUED"})["pipeline"][
            "version"
        ]
        == 2
    )


REFUSED = [
    ("CreatePipeline", {"pipeline": {}}, "ValidationException"),
    ("CreatePipeline", {"pipeline": pipeline(stages=[])}, "InvalidStructureException"),
    ("CreatePipeline", {"pipeline": pipeline(moon=1)}, "ValidationException"),
    ("CreatePipeline", {"pipeline": pipeline(stages=[{"name": "S", "actions": [SOURCE]}] * 2)}, None),
    ("CreatePipeline", {"pipeline": pipeline(stages=[{"name": "S", "actions": [SOURCE]}, {"name": "T", "actions": []}])}, None),
    ("CreatePipeline", {"pipeline": pipeline("other"), "tags": [{"key": "aws:x", "value": ""}]}, "InvalidTagsException"),
    ("CreatePipeline", {"pipeline": pipeline("other"), "tags": [{"key": f"k{n}", "value": ""} for n in range(51)]},
     "TooManyTagsException"),
    ("CreatePipeline", {"pipeline": pipeline()}, "PipelineNameInUseException"),
    ("CreatePipeline", {"pipeline": pipeline("translations")}, "PipelineNameInUseException"),
    ("UpdatePipeline", {"pipeline": pipeline("nobody")}, "InvalidStructureException"),
    ("UpdatePipeline", {"pipeline": pipeline("translations")}, "ValidationException"),
    ("DeletePipeline", {"name": "translations"}, "ValidationException"),
    ("GetPipeline", {"name": "nobody"}, "PipelineNotFoundException"),
    ("GetPipeline", {"name": "shop", "version": 9}, "PipelineVersionNotFoundException"),
    ("GetPipeline", {"name": "shop", "version": 0}, "ValidationException"),
    ("ListPipelines", {"nextToken": "x"}, "InvalidNextTokenException"),
    ("ListPipelines", {"maxResults": 1001}, "ValidationException"),
    ("StartPipelineExecution", {"name": "nobody"}, "PipelineNotFoundException"),
    ("StartPipelineExecution", {"name": "shop", "variables": [{"name": "moon", "value": "x"}]}, "ValidationException"),
    ("StopPipelineExecution", {"pipelineName": "shop", "pipelineExecutionId": NOBODY},
     "PipelineExecutionNotStoppableException"),
    ("StopPipelineExecution", {"pipelineName": "shop", "pipelineExecutionId": NOBODY, "reason": "x" * 201},
     "ValidationException"),
    ("GetPipelineExecution", {"pipelineName": "shop", "pipelineExecutionId": NOBODY},
     "PipelineExecutionNotFoundException"),
    ("GetPipelineExecution", {"pipelineName": "nobody", "pipelineExecutionId": NOBODY}, "PipelineNotFoundException"),
    ("ListPipelineExecutions", {"pipelineName": "shop", "nextToken": "AAAA"}, "InvalidNextTokenException"),
    ("GetPipelineState", {"name": "nobody"}, "PipelineNotFoundException"),
    ("ListActionExecutions", {"pipelineName": "shop", "filter": {"pipelineExecutionId": NOBODY}},
     "PipelineExecutionNotFoundException"),
    ("ListActionExecutions", {"pipelineName": "shop", "maxResults": 101}, "ValidationException"),
    ("ListRuleExecutions", {"pipelineName": "nobody"}, "PipelineNotFoundException"),
    ("ListRuleExecutions", {"pipelineName": "shop", "nextToken": "x"}, "InvalidNextTokenException"),
    ("ListDeployActionExecutionTargets", {"pipelineName": "shop", "actionExecutionId": NOBODY},
     "ActionExecutionNotFoundException"),
    ("ListDeployActionExecutionTargets", {"actionExecutionId": NOBODY, "nextToken": "x"}, "InvalidNextTokenException"),
    ("RetryStageExecution", {"pipelineName": "shop", "stageName": "Moon", "pipelineExecutionId": NOBODY,
     "retryMode": "ALL_ACTIONS"}, "StageNotFoundException"),
    ("RetryStageExecution", {"pipelineName": "shop", "stageName": "Build", "pipelineExecutionId": NOBODY,
     "retryMode": "ALL_ACTIONS"}, None),
    ("RollbackStage", {"pipelineName": "shop", "stageName": "Moon", "targetPipelineExecutionId": NOBODY},
     "StageNotFoundException"),
    ("RollbackStage", {"pipelineName": "shop", "stageName": "Release", "targetPipelineExecutionId": NOBODY},
     "PipelineExecutionNotFoundException"),
    ("RollbackStage", {"pipelineName": "shop", "stageName": "Source", "targetPipelineExecutionId": NOBODY},
     "UnableToRollbackStageException"),
    ("EnableStageTransition", {"pipelineName": "shop", "stageName": "Moon", "transitionType": "Inbound"},
     "StageNotFoundException"),
    ("DisableStageTransition", {"pipelineName": "shop", "stageName": "Build", "transitionType": "Inbound",
     "reason": "it's \u00fcber"}, "ValidationException"),
    ("PutApprovalResult", {"pipelineName": "shop", "stageName": "Release", "actionName": "Moon",
     "result": {"summary": "", "status": "Approved"}, "token": NOBODY}, "ActionNotFoundException"),
    ("PutApprovalResult", {"pipelineName": "shop", "stageName": "Release", "actionName": "Sign-off",
     "result": {"summary": "", "status": "Approved"}, "token": NOBODY}, "InvalidApprovalTokenException"),
    ("PutApprovalResult", {"pipelineName": "shop", "stageName": "Release", "actionName": "Ship",
     "result": {"summary": "", "status": "Approved"}, "token": NOBODY}, "ValidationException"),
    ("OverrideStageCondition", {"pipelineName": "shop", "stageName": "Release", "pipelineExecutionId": NOBODY,
     "conditionType": "BEFORE_ENTRY"}, None),
    ("OverrideStageCondition", {"pipelineName": "shop", "stageName": "Release", "pipelineExecutionId": NOBODY,
     "conditionType": "ON_FAILURE"}, "ValidationException"),
    ("PutActionRevision", {"pipelineName": "shop", "stageName": "Build", "actionName": "Compile", "actionRevision":
     {"revisionId": "x", "revisionChangeId": "y", "created": 1}}, "ValidationException"),
    ("GetJobDetails", {"jobId": NOBODY}, "JobNotFoundException"),
    ("PutJobSuccessResult", {"jobId": NOBODY}, "JobNotFoundException"),
    ("PutJobFailureResult", {"jobId": NOBODY, "failureDetails": {"type": "JobFailed", "message": "x"}},
     "JobNotFoundException"),
    ("AcknowledgeJob", {"jobId": NOBODY, "nonce": "1"}, "JobNotFoundException"),
    ("PollForJobs", {"actionTypeId": {"category": "Build", "owner": "Custom", "provider": "Jenkins", "version": "1"}},
     "ActionTypeNotFoundException"),
    ("GetActionType", {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
     "ActionTypeNotFoundException"),
    ("GetActionType", {"category": "Build", "owner": "Custom", "provider": "CodeBuild", "version": "1"},
     "ValidationException"),
    ("ListActionTypes", {"nextToken": "x"}, "InvalidNextTokenException"),
    ("ListTagsForResource", {"resourceArn": "arn:aws:codepipeline:eu-west-1:111122223333:shop"},
     "ResourceNotFoundException"),
    ("ListTagsForResource", {"resourceArn": "shop"}, "ValidationException"),
    ("ListWebhooks", {"NextToken": "x"}, "InvalidNextTokenException"),
    ("PutWebhook", {}, "UnsupportedOperationException"),
    ("PollForThirdPartyJobs", {"x": 1}, "UnsupportedOperationException"),
]  # fmt: skip


def test_every_error_is_one_that_its_operation_may_answer(driver):
    driver.call("CreatePipeline", pipeline=pipeline())
    for operation, request, code in REFUSED:
        got = driver.refused(operation, **request)
        assert code in (None, got), f"{operation} {request}: {got}"
    assert {operation for operation, _, _ in REFUSED} >= set(OPERATIONS) - {
        "ListRuleTypes", "TagResource", "UntagResource", "DeleteWebhook", "RegisterWebhookWithThirdParty",
        "DeregisterWebhookWithThirdParty", "CreateCustomActionType", "DeleteCustomActionType", "UpdateActionType",
        "AcknowledgeThirdPartyJob", "GetThirdPartyJobDetails", "PutThirdPartyJobSuccessResult",
        "PutThirdPartyJobFailureResult",
    }  # fmt: skip


# hostile requests

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KNOWN = st.sampled_from(
    [
        "shop",
        "translations",
        "Build",
        "Release",
        "Sign-off",
        "Inbound",
        "ALL_ACTIONS",
        NOBODY,
        "JobFailed",
        "1",
        "Build/x",
    ]
)


def fitting(shape, depth=0):
    """Values as the model wants them, with others among them."""
    match shape.type_name:
        case "structure" if depth < 6:
            members = {name: fitting(member, depth + 1) for name, member in shape.members.items()}
            required = {name: members[name] for name in shape.required_members}
            optional = {name: each for name, each in members.items() if name not in required}
            return st.fixed_dictionaries(required, optional=optional) | JSON
        case "list":
            return st.lists(fitting(shape.member, depth + 1), max_size=3) | JSON
        case "map":
            return (
                st.dictionaries(st.text(min_size=1, max_size=8), fitting(shape.value, depth + 1), max_size=3)
                | JSON
            )
        case "string":
            enum = st.sampled_from(shape.metadata["enum"]) if shape.metadata.get("enum") else KNOWN
            return enum | KNOWN | st.text(max_size=30)
        case "boolean":
            return st.booleans() | PLAIN
        case _:
            return st.integers(min_value=-3, max_value=2000) | PLAIN


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_request_however_hostile_breaks_the_service(driver, model, name):
    driver.call("CreatePipeline", pipeline=pipeline())
    shape = model.model().operation_model(name).input_shape

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(fitting(shape))
    def hostile(request):
        answer = driver.raw(name, json.dumps(request).encode())
        assert answer.status < 500, answer.text

    hostile()


def test_a_condition_that_is_overridden_lets_the_run_on(driver):
    driver.call("CreatePipeline", pipeline=examined())
    run = driver.begin("shop")
    driver.end("shop", "Code")
    over = {"pipelineName": "shop", "stageName": "Release", "pipelineExecutionId": run}
    assert driver.stage("shop", "Release")["beforeEntryConditionState"]["latestExecution"]["status"] == (
        "InProgress"
    )
    assert driver.call("OverrideStageCondition", **over, conditionType="BEFORE_ENTRY") == {}
    stage = driver.stage("shop", "Release")
    assert stage["beforeEntryConditionState"]["latestExecution"]["status"] == "Overridden"
    assert stage["actionStates"][0]["latestExecution"]["status"] == "InProgress"
    told = driver.call("ListRuleExecutions", pipelineName="shop")["ruleExecutionDetails"]
    assert [(each["ruleName"], each["status"]) for each in told] == [("Smoke", "Abandoned")]

    again = driver.refused("OverrideStageCondition", **over, conditionType="BEFORE_ENTRY")
    assert again == "ConditionNotOverridableException"
    driver.approve("shop")
    assert driver.call("OverrideStageCondition", **over, conditionType="ON_SUCCESS") == {}
    assert driver.status("shop", run) == "Succeeded"
