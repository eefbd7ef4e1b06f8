"""What the operations do, beyond the shape of their answers."""

import base64
import json

import pytest

from codepipeline.declared import APPROVE, SOURCE, gate, pipeline
from codepipeline.driver import RefusedError
from laststop.homes.embedded.store.replay import differences

FLOW = ("Code", "Compile", "Check")


def through(driver, *actions, run=""):
    for action in actions:
        driver.end("shop", action, run=run)


def ship(driver, run=""):
    """A run that waits for nothing but its actions, to its end."""
    run = run or driver.start("shop")
    through(driver, *FLOW, run=run)
    driver.approve("shop")
    driver.end("shop", "Ship", run=run)
    assert driver.status("shop", run) == "Succeeded"
    return run


def pages(driver, operation, member, **request):
    """All pages of a list, as lists."""
    found, token = [], None
    while True:
        told = driver.call(operation, **request, **({"nextToken": token} if token else {}))
        found.append(told[member])
        token = told.get("nextToken")
        if token is None:
            return found


def test_a_new_pipeline_starts_at_once_and_says_why(driver):
    run = driver.begin("shop")
    told = driver.call("GetPipelineExecution", pipelineName="shop", pipelineExecutionId=run)[
        "pipelineExecution"
    ]
    assert told["trigger"]["triggerType"] == "CreatePipeline"
    assert told["variables"] == [{"name": "go", "resolvedValue": "yes"}]


def test_a_declaration_that_is_wrong_tells_everything_that_is(driver):
    declared = pipeline("other")
    declared["stages"][1]["actions"][0]["configuration"] = {}
    declared["stages"][2]["beforeEntry"]["conditions"][0]["result"] = "ROLLBACK"
    with pytest.raises(RefusedError) as no:
        driver.call("CreatePipeline", pipeline=declared)
    for place in (
        "pipeline.stages[1].actions[0].configuration: ",
        "pipeline.stages[2].beforeEntry",
        "ProjectName",
    ):
        assert place in no.value.message
    assert driver.refused("GetPipeline", name="other") == "PipelineNotFoundException"


def test_a_pipeline_cannot_be_made_of_what_nothing_here_runs(driver):
    declared = pipeline("other")
    declared["stages"][1]["actions"][0]["actionTypeId"] = {
        "category": "Deploy", "owner": "AWS", "provider": "ECS", "version": "1",
    }  # fmt: skip
    assert driver.refused("CreatePipeline", pipeline=declared).endswith("Exception")


def test_a_start_under_a_used_token_is_the_same_run_also_after_it_ended(driver):
    run = driver.start("shop", clientRequestToken="once")
    ship(driver, run)
    assert driver.start("shop", clientRequestToken="once", variables=[{"name": "go", "value": "no"}]) == run
    assert driver.start("shop", clientRequestToken="twice") != run


def test_executions_come_page_by_page_and_none_twice(driver):
    runs = [driver.start("shop") for _ in range(5)]
    for size in (1, 2, 5, 100):
        found = pages(
            driver,
            "ListPipelineExecutions",
            "pipelineExecutionSummaries",
            pipelineName="shop",
            maxResults=size,
        )
        assert all(len(page) <= size for page in found)
        assert [each["pipelineExecutionId"] for page in found for each in page] == runs[::-1]


def test_a_run_that_begins_between_two_pages_is_not_on_the_second(driver):
    runs = [driver.start("shop") for _ in range(4)]
    first = driver.call("ListPipelineExecutions", pipelineName="shop", maxResults=2)
    driver.start("shop")
    second = driver.call(
        "ListPipelineExecutions", pipelineName="shop", maxResults=2, nextToken=first["nextToken"]
    )
    assert [each["pipelineExecutionId"] for each in second["pipelineExecutionSummaries"]] == runs[1::-1]
    assert "nextToken" not in second


def test_a_token_of_one_list_is_none_of_another(driver):
    for _ in range(3):
        driver.start("shop")
    token = driver.call("ListPipelineExecutions", pipelineName="shop", maxResults=1)["nextToken"]
    elsewhere = [
        ("ListPipelineExecutions", {"pipelineName": "translations"}),
        (
            "ListPipelineExecutions",
            {"pipelineName": "shop", "filter": {"succeededInStage": {"stageName": "Build"}}},
        ),
        ("ListActionExecutions", {"pipelineName": "shop"}),
        ("ListPipelines", {}),
    ]
    for operation, request in elsewhere:
        assert driver.refused(operation, nextToken=token, **request) == "InvalidNextTokenException"
    forged = base64.urlsafe_b64encode(json.dumps(["0" * 12, "x"]).encode()).decode()
    assert (
        driver.refused("ListPipelineExecutions", pipelineName="shop", nextToken=forged)
        == "InvalidNextTokenException"
    )


def test_a_stopped_run_still_says_why(driver):
    run = driver.start("shop")
    stop = {"pipelineName": "shop", "pipelineExecutionId": run, "reason": "wrong branch"}
    driver.call("StopPipelineExecution", abandon=True, **stop)
    told = driver.call("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"][0]
    assert (told["status"], told["stopTrigger"]) == ("Stopped", {"reason": "wrong branch"})


def test_attempts_come_page_by_page_the_newest_first(driver):
    ship(driver, driver.begin("shop"))
    every = driver.call("ListActionExecutions", pipelineName="shop")["actionExecutionDetails"]
    assert {each["actionName"] for each in every} == {*FLOW, "Sign-off", "Ship"}
    assert [each["startTime"] for each in every] == sorted(
        (each["startTime"] for each in every), reverse=True
    )
    paged = pages(driver, "ListActionExecutions", "actionExecutionDetails", pipelineName="shop", maxResults=2)
    assert [each for page in paged for each in page] == every


def test_a_filter_lists_one_run_and_only_what_came_after_its_retry(driver):
    run = driver.begin("shop")
    through(driver, "Code")
    driver.end("shop", "Compile", fails="no")
    driver.start("shop")
    retry = {
        "pipelineName": "shop",
        "stageName": "Build",
        "pipelineExecutionId": run,
        "retryMode": "FAILED_ACTIONS",
    }
    driver.call("RetryStageExecution", **retry)
    of_run = driver.call("ListActionExecutions", pipelineName="shop", filter={"pipelineExecutionId": run})
    assert len(of_run["actionExecutionDetails"]) == 3
    for range_, expected in (("All", 3), ("Latest", 1)):
        chosen = {"latestInPipelineExecution": {"pipelineExecutionId": run, "startTimeRange": range_}}
        told = driver.call("ListActionExecutions", pipelineName="shop", filter=chosen)[
            "actionExecutionDetails"
        ]
        assert len(told) == expected, range_


def test_an_attempt_tells_what_was_declared_and_what_it_was_asked(driver):
    driver.begin("shop")
    through(driver, *FLOW)
    newest = driver.call("ListActionExecutions", pipelineName="shop", maxResults=1)["actionExecutionDetails"][
        0
    ]
    assert newest["input"]["configuration"] == {"CustomData": "commit #{Git.CommitId}"}
    assert newest["input"]["resolvedConfiguration"]["CustomData"].startswith("commit 4f2a9c1d")


def test_the_declaration_of_a_run_is_the_one_it_began_with(driver):
    driver.begin("shop")
    through(driver, "Code")
    changed = pipeline()
    changed["stages"][1]["actions"][0]["configuration"] = {"ProjectName": "other"}
    driver.call("UpdatePipeline", pipeline=changed)
    attempt = driver.call("ListActionExecutions", pipelineName="shop", maxResults=1)[
        "actionExecutionDetails"
    ][0]
    assert (attempt["pipelineVersion"], attempt["input"]["configuration"]) == (1, {"ProjectName": "compile"})
    assert driver.call("GetPipeline", name="shop", version=1)["pipeline"]["version"] == 1


def test_queued_runs_wait_in_order_before_the_first_stage(driver):
    driver.call("UpdatePipeline", pipeline=pipeline(mode="QUEUED"))
    runs = [driver.start("shop") for _ in range(3)]
    inbound = driver.stage("shop", "Source")["inboundExecutions"]
    assert [each["pipelineExecutionId"] for each in inbound] == runs[1:]


def test_an_approval_is_answered_once_by_its_token_and_says_by_whom(driver):
    driver.begin("shop")
    through(driver, *FLOW)
    token = driver.token("shop")
    driver.approve("shop", status="Rejected", token=token)
    with pytest.raises(RefusedError, match="ApprovalAlreadyCompletedException"):
        driver.approve("shop", token=token)
    told = driver.stage("shop", "Release")["actionStates"][0]["latestExecution"]
    assert told["status"] == "Failed"
    assert "token" not in told
    assert told["lastUpdatedBy"] == "somebody on this machine"
    assert "looked at it" in told["errorDetails"]["message"]


def test_a_stage_goes_back_to_a_run_that_only_the_tables_still_know(driver):
    first = ship(driver, driver.begin("shop"))
    ship(driver)
    back = driver.call(
        "RollbackStage", pipelineName="shop", stageName="Release", targetPipelineExecutionId=first
    )
    run = driver.state("shop").runs[back["pipelineExecutionId"]]
    assert {artifact.name for artifact in run.artifacts} == {"code", "built"}
    assert run.outputs["Git"]["CommitId"].startswith("4f2a")
    driver.approve("shop")
    driver.end("shop", "Ship")
    listed = driver.call("ListPipelineExecutions", pipelineName="shop")["pipelineExecutionSummaries"][0]
    assert listed["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    again = {"pipelineName": "shop", "stageName": "Release"}
    assert (
        driver.refused("RollbackStage", **again, targetPipelineExecutionId=run.id)
        == "UnableToRollbackStageException"
    )


def test_an_update_empties_what_can_be_gone_back_to(driver):
    first = ship(driver, driver.begin("shop"))
    driver.call("UpdatePipeline", pipeline=pipeline(mode="QUEUED"))
    request = {"pipelineName": "shop", "stageName": "Release", "targetPipelineExecutionId": first}
    assert driver.refused("RollbackStage", **request) == "PipelineExecutionOutdatedException"


def test_a_pushed_revision_starts_a_run_pinned_to_it_and_a_known_one_starts_none(driver):
    driver.begin("shop")
    through(driver, "Code")
    pushed = {"pipelineName": "shop", "stageName": "Source", "actionName": "Code"}
    new = {"revisionId": "e" * 40, "revisionChangeId": "x", "created": 1.0}
    told = driver.call("PutActionRevision", **pushed, actionRevision=new)
    assert told["newRevision"]
    assert driver.state("shop").runs[told["pipelineExecutionId"]].overrides[0].revision_value == "e" * 40
    known = new | {"revisionId": "4f2a9c1d" * 5}
    assert not driver.call("PutActionRevision", **pushed, actionRevision=known)["newRevision"]


def test_tags_are_set_changed_and_taken_away(driver):
    arn = driver.call("GetPipeline", name="shop")["metadata"]["pipelineArn"]
    driver.call(
        "TagResource", resourceArn=arn, tags=[{"key": "team", "value": "web"}, {"key": "cost", "value": "1"}]
    )
    driver.call("TagResource", resourceArn=arn, tags=[{"key": "cost", "value": "2"}])
    found = pages(driver, "ListTagsForResource", "tags", resourceArn=arn, maxResults=1)
    assert found == [[{"key": "cost", "value": "2"}], [{"key": "team", "value": "web"}]]
    driver.call("UntagResource", resourceArn=arn, tagKeys=["team", "none"])
    assert driver.call("ListTagsForResource", resourceArn=arn)["tags"] == [{"key": "cost", "value": "2"}]
    too_many = [{"key": f"k{number}", "value": ""} for number in range(50)]
    assert driver.refused("TagResource", resourceArn=arn, tags=too_many) == "TooManyTagsException"


def test_a_deleted_pipeline_leaves_nothing_and_its_name_is_free(driver):
    run = driver.begin("shop")
    through(driver, "Code")
    driver.call(
        "TagResource",
        resourceArn="arn:aws:codepipeline:local:000000000000:shop",
        tags=[{"key": "a", "value": ""}],
    )
    driver.call("DeletePipeline", name="shop")
    driver.call("DeletePipeline", name="shop")
    assert not driver.state("shop").runs
    assert "shop" not in [each["name"] for each in driver.call("ListPipelines")["pipelines"]]
    created = driver.call("CreatePipeline", pipeline=pipeline())
    assert (created["pipeline"]["version"], created["tags"]) == (1, [])
    assert driver.refused("GetPipelineExecution", pipelineName="shop", pipelineExecutionId=run) == (
        "PipelineExecutionNotFoundException"
    )
    assert driver.call("ListActionExecutions", pipelineName="shop")["actionExecutionDetails"] == []


def test_what_a_file_declares_is_read_and_not_changed(driver):
    name = driver.bench.pipeline.name
    told = driver.call("GetPipeline", name=name)["pipeline"]
    with pytest.raises(RefusedError, match=r"is declared in pipeline\.yml"):
        driver.call("UpdatePipeline", pipeline=told)
    with pytest.raises(RefusedError, match=r"is declared in pipeline\.yml"):
        driver.call("DeletePipeline", name=name)


def test_a_condition_is_told_with_its_rules_and_can_be_overridden(driver):
    declared = pipeline("gated", stages=[
        {"name": "Source", "actions": [SOURCE]},
        {"name": "Release", "beforeEntry": gate(value="never"), "actions": [APPROVE]},
    ])  # fmt: skip
    driver.call("CreatePipeline", pipeline=declared)
    assert "latestExecution" not in driver.stage("gated", "Release")["beforeEntryConditionState"]
    run = driver.begin("gated")
    driver.end("gated", "Code")
    told = driver.stage("gated", "Release")["beforeEntryConditionState"]
    assert told["latestExecution"]["status"] == "Failed"
    rule = told["conditionStates"][0]["ruleStates"][0]
    assert (rule["ruleName"], rule["latestExecution"]["status"]) == ("Go", "Failed")
    listed = driver.call("ListRuleExecutions", pipelineName="gated")["ruleExecutionDetails"]
    assert [each["ruleName"] for each in listed] == ["Go"]
    assert (
        driver.call("ListActionExecutions", pipelineName="gated")["actionExecutionDetails"][0]["actionName"]
        == "Code"
    )
    assert driver.status("gated", run) == "Failed"


def test_the_tables_follow_from_the_facts_after_all_this(driver):
    first = ship(driver, driver.begin("shop"))
    driver.call("RollbackStage", pipelineName="shop", stageName="Release", targetPipelineExecutionId=first)
    driver.call("UpdatePipeline", pipeline=pipeline(mode="PARALLEL"))
    driver.start("shop")
    driver.call("CreatePipeline", pipeline=pipeline("other"), tags=[{"key": "a", "value": "b"}])
    driver.begin("other")
    driver.call("DeletePipeline", name="other")
    driver.call("CreatePipeline", pipeline=pipeline("other"))
    assert differences(driver.bench.home.store) == []
