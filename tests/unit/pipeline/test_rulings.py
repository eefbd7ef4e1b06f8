"""One declaration per rule of the rulebook that breaks this rule and no other."""

import copy
import json
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.embedded_rules import embedded_problems
from laststop.pipeline.problems import Problem
from laststop.pipeline.rulebook import RULINGS, aws_code_of
from laststop.pipeline.validate import problems_of
from unit.pipeline.good_declaration import (
    BUILD,
    GOOD,
    RELEASE,
    SOURCE,
    Change,
    Node,
    action,
    build,
    deploy,
    document_source,
    function,
    settings,
    type_id,
)

ROLE = "arn:aws:iam::123456789012:role/pipeline"


def rule(provider: str = "LambdaInvoke", name: str = "asks", **more: object) -> Node:
    settings_of = {
        "LambdaInvoke": {"FunctionName": "judge"},
        "VariableCheck": {"Variable": "#{code.BranchName}", "Operator": "EQ", "Value": "main"},
        "DeploymentWindow": {"Cron": "0 0 9-17 ? * MON-FRI"},
        "CloudWatchAlarm": {"AlarmName": "errors"},
    }
    return {
        "name": name,
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": settings_of.get(provider, {}),
        **more,
    }


def gate(
    p: Node, at: str = "beforeEntry", result: str | None = "FAIL", *rules: Node, stage: int = RELEASE
) -> None:
    condition = {"rules": list(rules or (rule(),))}
    if result is not None:
        condition["result"] = result
    p["stages"][stage][at] = {"conditions": [condition]}


def trigger(p: Node, **filters: object) -> None:
    p.setdefault("triggers", []).append(
        {
            "providerType": "CodeStarSourceConnection",
            "gitConfiguration": {"sourceActionName": "frontend", **filters},
        }
    )


def commands(p: Node, **more: object) -> None:
    deploy(p).update(
        actionTypeId=type_id("Compute/AWS/Commands/1"), configuration={}, commands=["make"], **more
    )


def approval(p: Node, **more: object) -> None:
    deploy(p).update(
        actionTypeId=type_id("Approval/AWS/Manual/1"), configuration={}, inputArtifacts=[], **more
    )


def many_stages(p: Node, count: int, actions: int = 1) -> None:
    p["stages"].extend(
        {"name": f"s{n}", "actions": [function(f"a{m}", 1) for m in range(actions)]} for n in range(count)
    )


def stores(p: Node, **stores_of: str) -> None:
    p["artifactStores"] = {
        region.replace("_", "-"): {"type": "S3", "location": bucket} for region, bucket in stores_of.items()
    }


def environment(p: Node, text: str) -> None:
    settings(p, BUILD, 0)["EnvironmentVariables"] = text


def both_triggers(p: Node) -> None:
    trigger(p, push=[{"branches": {"includes": ["main"]}}])
    trigger(p, push=[{"tags": {"includes": ["v*"]}}])


BREAKS: list[tuple[str, Change]] = [
    ("V-02", lambda p: p.update(name="my pipeline")),
    ("V-02", lambda p: p["stages"][RELEASE].update(name="re lease")),
    ("V-02", lambda p: deploy(p).update(name="")),
    ("V-02", lambda p: gate(p, "beforeEntry", "FAIL", rule(name="a b"))),
    ("V-03", lambda p: p.update(version=0)),
    ("V-04", lambda p: p.update(roleArn="admin")),
    ("V-04", lambda p: deploy(p).update(roleArn=ROLE.replace("iam", "sts"))),
    ("V-04", lambda p: gate(p, "beforeEntry", "FAIL", rule(roleArn="admin"))),
    ("V-05", lambda p: (p.update(artifactStore={"type": "S3"}), stores(p, eu_west_1="artifacts"))),
    ("V-06", lambda p: p.update(artifactStore={"encryptionKey": {"id": "k", "type": "AES"}})),
    ("V-06", lambda p: p.update(artifactStore={"encryptionKey": {"id": "k" * 401, "type": "KMS"}})),
    ("V-07", lambda p: p.update(artifactStore={"location": "my_bucket"})),
    ("V-08", lambda p: (stores(p, eu_west_1="artifacts"), deploy(p).update(region="us-east-1"))),
    ("V-09", lambda p: p.update(stages=[p["stages"][SOURCE]])),
    ("V-10", lambda p: many_stages(p, 48)),
    ("V-11", lambda p: many_stages(p, 20, 50)),
    ("V-12", lambda p: p["stages"][RELEASE].update(name="Build")),
    ("V-13", lambda p: p["stages"].append({"name": "Empty", "actions": []})),
    ("V-14", lambda p: many_stages(p, 1, 51)),
    ("V-15", lambda p: action(p, RELEASE, 2).update(name="invalidate-edge")),
    ("V-16", lambda p: p["stages"][SOURCE]["actions"].append(function("sweep", 1))),
    ("V-17", lambda p: p["stages"][RELEASE]["actions"].append(document_source("late"))),
    ("V-18", lambda p: p.update(pipelineType="V1", variables=[{"name": "A"}])),
    ("V-19", lambda p: p.update(variables=[{"name": f"v{n}"} for n in range(51)])),
    ("V-20", lambda p: p.update(variables=[{"name": "a.b"}])),
    ("V-21", lambda p: p.update(variables=[{"name": "A"}, {"name": "A"}])),
    ("V-22", lambda p: p.update(variables=[{"name": "A", "defaultValue": ""}])),
    ("V-22", lambda p: p.update(variables=[{"name": "A", "defaultValue": "x" * 1001}])),
    ("V-23", lambda p: p.update(variables=[{"name": "A", "description": "x" * 201}])),
    ("V-24", lambda p: p.update(pipelineType="V1", executionMode="QUEUED")),
    ("V-24", lambda p: p.update(pipelineType="V1", executionMode="PARALLEL")),
    ("V-25", lambda p: p["stages"][RELEASE].update(blockers=[{"name": "night", "type": "Schedule"}])),
    ("V-26", lambda p: p["stages"][RELEASE].update(onFailure={"result": "ROLLBACK", "retryConfiguration": {}})),
    (
        "V-27",
        lambda p: p["stages"][RELEASE].update(
            onFailure={"result": "ROLLBACK", "conditions": [{"result": "ROLLBACK", "rules": [rule()]}]}
        ),
    ),
    ("V-28", lambda p: p["stages"][RELEASE].update(onFailure={"result": "SKIP"})),
    ("V-28", lambda p: p["stages"][RELEASE].update(onFailure={"result": "FAIL"})),
    ("V-29", lambda p: p["stages"][SOURCE].update(onFailure={"result": "ROLLBACK"})),
    ("V-29", lambda p: gate(p, "onSuccess", "ROLLBACK", stage=SOURCE)),
    (
        "V-30",
        lambda p: (
            p.update(executionMode="PARALLEL"),
            p["stages"][RELEASE].update(onFailure={"result": "ROLLBACK"}),
        ),
    ),
    ("V-30", lambda p: (p.update(executionMode="PARALLEL"), gate(p, "onSuccess", "ROLLBACK"))),
    ("V-31", lambda p: p["stages"][RELEASE].update(beforeEntry={"conditions": []})),
    (
        "V-31",
        lambda p: (gate(p), p["stages"][RELEASE]["beforeEntry"]["conditions"].append(
            {"result": "FAIL", "rules": [rule()]}
        )),
    ),
    (
        "V-32",
        lambda p: p["stages"][RELEASE].update(beforeEntry={"conditions": [{"result": "FAIL", "rules": []}]}),
    ),
    ("V-32", lambda p: gate(p, "onSuccess", "FAIL", *(rule(name=f"r{n}") for n in range(6)))),
    ("V-33", lambda p: gate(p, "beforeEntry", "ROLLBACK")),
    ("V-33", lambda p: gate(p, "beforeEntry", "RETRY")),
    ("V-33", lambda p: gate(p, "onSuccess", "SKIP")),
    ("V-33", lambda p: gate(p, "onFailure", "FAIL")),
    ("V-33", lambda p: gate(p, "onSuccess", None)),
    ("V-34", lambda p: (p.update(pipelineType="V1"), gate(p))),
    ("V-35", lambda p: gate(p, "beforeEntry", "FAIL", rule(), rule("VariableCheck"))),
    ("V-36", lambda p: gate(p, "beforeEntry", "FAIL", rule("Oracle"))),
    ("V-37", lambda p: gate(p, "beforeEntry", "FAIL", rule(configuration={}))),
    ("V-37", lambda p: gate(p, "beforeEntry", "FAIL", rule(configuration={"FunctionName": "f", "Name": "f"}))),
    (
        "V-37",
        lambda p: gate(
            p,
            "beforeEntry",
            "FAIL",
            rule("VariableCheck", configuration={"Variable": "a", "Operator": "LT", "Value": "b"}),
        ),
    ),
    ("V-38", lambda p: gate(p, "beforeEntry", "SKIP", rule("CloudWatchAlarm"))),
    (
        "V-39",
        lambda p: gate(
            p, "beforeEntry", "FAIL", rule(configuration={"FunctionName": "f", "UserParameters": "x" * 10_001})
        ),
    ),
    ("V-40", lambda p: gate(p, "beforeEntry", "FAIL", rule(timeoutInMinutes=4))),
    ("V-40", lambda p: gate(p, "beforeEntry", "FAIL", rule(timeoutInMinutes=86_401))),
    ("V-41", lambda p: gate(p, "beforeEntry", "FAIL", rule(commands=["true"]))),
    ("V-42", lambda p: gate(p, "beforeEntry", "FAIL", rule(inputArtifacts=[{"name": "nothing"}]))),
    ("V-42", lambda p: gate(p, "beforeEntry", "FAIL", rule(inputArtifacts=[{"name": "site"}]), stage=BUILD)),
    ("V-43", lambda p: action(p, RELEASE, 3).update(runOrder=1000)),
    ("V-43", lambda p: action(p, RELEASE, 0).update(runOrder=0)),
    ("V-44", lambda p: deploy(p).update(timeoutInMinutes=10)),
    ("V-45", lambda p: approval(p, timeoutInMinutes=4)),
    ("V-45", lambda p: approval(p, timeoutInMinutes=86_401)),
    ("V-46", lambda p: deploy(p).update(actionTypeId=type_id("Deploy/AWS/Moon/1"))),
    ("V-47", lambda p: settings(p, BUILD, 0).pop("ProjectName")),
    ("V-48", lambda p: settings(p, SOURCE, 1).update(S3Objectkey="x")),
    ("V-49", lambda p: settings(p, SOURCE, 0).update(DetectChanges="False")),
    (
        "V-50",
        lambda p: deploy(p).update(actionTypeId=type_id("Deploy/AWS/Moon/1"), configuration={"K" * 51: "x"}),
    ),
    ("V-51", lambda p: settings(p, RELEASE, 0).update(UserParameters="x" * 1001)),
    ("V-51", lambda p: settings(p, RELEASE, 0).update(UserParameters="")),
    (
        "V-52",
        lambda p: deploy(p).update(
            actionTypeId=type_id("Deploy/AWS/S3/1"), configuration={"BucketName": "b", "Extract": "false"}
        ),
    ),
    ("V-53", lambda p: (build(p).update(inputArtifacts=[]), settings(p, BUILD, 0).pop("PrimarySource"))),
    ("V-53", lambda p: approval(p) or deploy(p).update(inputArtifacts=[{"name": "site"}])),
    ("V-54", lambda p: action(p, SOURCE, 0)["outputArtifacts"].append({"name": "more"})),
    ("V-55", lambda p: deploy(p).update(namespace="a.b")),
    ("V-56", lambda p: deploy(p).update(namespace="variables")),
    ("V-57", lambda p: deploy(p).update(namespace="site")),
    ("V-58", lambda p: deploy(p).update(namespace="build")),
    ("V-59", lambda p: build(p)["outputArtifacts"].append({"name": "a b"})),
    ("V-60", lambda p: deploy(p).update(outputArtifacts=[{"name": "site"}])),
    ("V-61", lambda p: build(p)["inputArtifacts"].append({"name": "nothing"})),
    (
        "V-62",
        lambda p: (
            action(p, RELEASE, 3).update(outputArtifacts=[{"name": "proof"}]),
            action(p, RELEASE, 2).update(inputArtifacts=[{"name": "proof"}]),
        ),
    ),
    (
        "V-62",
        lambda p: (
            action(p, RELEASE, 1).update(outputArtifacts=[{"name": "plan"}]),
            action(p, RELEASE, 2).update(inputArtifacts=[{"name": "plan"}]),
        ),
    ),
    ("V-63", lambda p: deploy(p)["inputArtifacts"].append({"name": "site"})),
    ("V-64", lambda p: build(p)["outputArtifacts"][0].update(files=["dist"])),
    ("V-64", lambda p: deploy(p)["inputArtifacts"][0].update(files=["dist"])),
    ("V-65", lambda p: settings(p, BUILD, 0).pop("PrimarySource")),
    ("V-66", lambda p: settings(p, BUILD, 0).update(PrimarySource="site")),
    ("V-67", lambda p: environment(p, "STAGE=live")),
    ("V-67", lambda p: environment(p, json.dumps([{"name": "A", "value": 1}]))),
    ("V-68", lambda p: environment(p, json.dumps([{"name": "CODEBUILD_X", "value": "1"}]))),
    ("V-68", lambda p: environment(p, json.dumps([{"name": "A", "value": "1"}] * 2))),
    ("V-69", lambda p: settings(p, BUILD, 0).update(CombineArtifacts="true")),
    ("V-70", lambda p: deploy(p).update(commands=["make"])),
    ("V-70", lambda p: deploy(p).update(outputVariables=["A"])),
    ("V-71", lambda p: (p.update(pipelineType="V1"), commands(p))),
    ("V-72", lambda p: commands(p) or deploy(p).update(commands=[])),
    ("V-72", lambda p: commands(p) or deploy(p).update(commands=["make\nmake install"])),
    ("V-72", lambda p: commands(p) or deploy(p).update(commands=["true"] * 51)),
    ("V-72", lambda p: gate(p, "onSuccess", "FAIL", rule("Commands", commands=[]))),
    ("V-73", lambda p: commands(p, outputVariables=[f"v{n}" for n in range(16)])),
    ("V-73", lambda p: commands(p, outputVariables=["v" * 129])),
    ("V-74", lambda p: commands(p, environmentVariables=[{"name": f"v{n}", "value": "1"} for n in range(11)])),
    ("V-74", lambda p: commands(p, environmentVariables=[{"name": "a-b", "value": "1"}])),
    ("V-75", lambda p: commands(p, outputArtifacts=[{"name": "out"}])),
    ("V-75", lambda p: commands(p, outputArtifacts=[{"name": "out", "files": ["f"] * 11}])),
    ("V-76", lambda p: deploy(p).update(region="eu")),
    ("V-77", lambda p: (stores(p, eu_west_1="aaa", us_east_1="bbb"), action(p, 0, 1).update(region="us-east-1"))),
    ("V-78", lambda p: settings(p, RELEASE, 0).update(UserParameters="#{build}")),
    ("V-79", lambda p: settings(p, RELEASE, 0).update(UserParameters="#{bulid.VERSION}")),
    ("V-79", lambda p: gate(p, "onSuccess", "FAIL", rule(configuration={"FunctionName": "#{nobody.KEY}"}))),
    ("V-80", lambda p: settings(p, BUILD, 0).update(ProjectName="#{deploy.X}")),
    ("V-80", lambda p: settings(p, RELEASE, 0).update(UserParameters="#{deploy.X}")),
    ("V-80", lambda p: gate(p, "beforeEntry", "FAIL", rule(configuration={"FunctionName": "#{deploy.KEY}"}))),
    ("V-81", lambda p: settings(p, RELEASE, 0).update(UserParameters="#{code.Commit}")),
    ("V-82", lambda p: settings(p, RELEASE, 0).update(UserParameters="#{codepipeline.Name}")),
    ("V-83", lambda p: settings(p, RELEASE, 0).update(UserParameters="#{variables.A}")),
    ("V-84", lambda p: (p.update(pipelineType="V1"), trigger(p))),
    (
        "V-86",
        lambda p: (trigger(p), p["triggers"][0]["gitConfiguration"].update(sourceActionName="routing")),
    ),
    ("V-87", both_triggers),
    ("V-88", lambda p: trigger(p, push=[{"branches": {"includes": ["main"]}}] * 4)),
    ("V-88", lambda p: trigger(p, pullRequest=[{"events": ["OPEN"]}] * 4)),
    ("V-89", lambda p: trigger(p, push=[{"branches": {}}])),
    ("V-89", lambda p: trigger(p, push=[{"branches": {"includes": ["b"] * 9}}])),
    ("V-89", lambda p: trigger(p, push=[{"tags": {"excludes": ["t" * 256]}}])),
    ("V-89", lambda p: trigger(p, pullRequest=[{"filePaths": {"includes": [""]}}])),
    ("V-91", lambda p: trigger(p, push=[{"branches": {"includes": ["release/[0-9"]}}])),
    ("V-91", lambda p: trigger(p, push=[{"branches": {"includes": ["{a,{b}}"]}}])),
    ("V-92", lambda p: trigger(p, pullRequest=[{"events": ["OPEN", "OPEN"]}])),
    ("V-93", lambda p: trigger(p, push=[{"tags": {"includes": ["v*"]}, "branches": {"includes": ["main"]}}])),
    ("V-93", lambda p: trigger(p, push=[{}])),
    ("V-94", lambda p: settings(p, SOURCE, 1).pop("PollForSourceChanges")),
    (
        "V-95",
        lambda p: p["stages"].append({"name": "Verify", "actions": [p["stages"][RELEASE]["actions"].pop()]}),
    ),
    ("V-96", lambda p: deploy(p).update(actionTypeId=type_id("Deploy/AWS/my service/1"))),
    ("V-97", lambda p: (p.update(variables=[{"name": "A"}]), settings(p, SOURCE, 1).update(S3Bucket="#{variables.A}"))),
    ("V-98", lambda p: p["stages"][RELEASE].update(onFailure={})),
]  # fmt: skip

ALSO = {"V-96": {"V-46"}, "V-50": {"V-46"}}
"""What cannot be broken without breaking this as well."""


def broken(change: Change, judge: Callable[[Pipeline], tuple[Problem, ...]] = problems_of) -> set[str]:
    declaration = copy.deepcopy(GOOD)
    change(declaration)
    return {problem.rule for problem in judge(msgspec.convert(declaration, Pipeline))}


@pytest.mark.parametrize(
    ("ruling", "change"), BREAKS, ids=[f"{ruling} row {row}" for row, (ruling, _) in enumerate(BREAKS)]
)
def test_a_declaration_that_breaks_one_rule_is_told_of_exactly_this_one(ruling: str, change: Change) -> None:
    assert broken(change) - ALSO.get(ruling, set()) == {ruling}


def many_triggers(p: Node, count: int, pattern: str) -> None:
    """A source and a trigger each, with as many patterns as fit."""
    p["triggers"] = []
    filters = [{"branches": {"includes": [pattern] * 8, "excludes": [pattern] * 8}}] * 3
    for index in range(count):
        source = copy.deepcopy(p["stages"][SOURCE]["actions"][0])
        source.update(name=f"code-{index}", namespace="", outputArtifacts=[{"name": f"code-{index}"}])
        p["stages"][SOURCE]["actions"].append(source)
        p["triggers"].append(
            {
                "providerType": "CodeStarSourceConnection",
                "gitConfiguration": {"sourceActionName": f"code-{index}", "push": filters},
            }
        )


def test_triggers_have_a_number_and_a_size() -> None:
    """V-85 and V-90: more triggers than sources fit into one stage, so the stage is too full as well."""
    assert broken(lambda p: many_triggers(p, 51, "b")) == {"V-85", "V-14"}
    assert broken(lambda p: many_triggers(p, 20, "b" * 255)) == {"V-90"}


def test_the_gates_take_what_is_made_before_them() -> None:
    def all_gates(p: Node) -> None:
        gate(p, "beforeEntry", "SKIP", rule("VariableCheck"))
        gate(p, "onSuccess", "ROLLBACK", rule(inputArtifacts=[{"name": "site"}]), stage=BUILD)
        gate(p, "onFailure", "ROLLBACK", rule("Commands", commands=["make check"]))

    assert broken(all_gates) == set()


def test_a_trigger_of_every_kind_is_right() -> None:
    def filters(p: Node) -> None:
        trigger(
            p,
            push=[
                {"branches": {"includes": ["main", "release/**"]}, "filePaths": {"excludes": ["docs/**"]}},
                {"tags": {"includes": ["v[0-9]*"], "excludes": ["*-{alpha,beta}"]}},
            ],
            pullRequest=[{"events": ["OPEN", "UPDATED"], "branches": {"includes": ["main"]}}],
        )

    assert broken(filters) == set()


ELSEWHERE = {
    "V-01": "unit/config/test_pipeline_file.py",
    "V-85": "this file",
    "V-90": "this file",
    **{f"V-{number}": "unit/pipeline/test_validate_embedded.py" for number in (101, *range(103, 112))},
    **{f"V-{number}": "unit/pipeline/test_validate_aws.py" for number in range(121, 127)},
}
"""Rules that are broken in a test of their own home."""


def test_every_rule_of_the_rulebook_is_broken_by_a_test_that_carries_its_id() -> None:
    carried = {ruling for ruling, _ in BREAKS}
    assert carried | set(ELSEWHERE) == set(RULINGS)
    tests = Path(__file__).parents[2]
    for ruling, place in ELSEWHERE.items():
        if place != "this file":
            assert f'"{ruling}"' in (tests / place).read_text(), f"{place} does not carry {ruling}"


def test_every_rule_that_modules_name_stands_in_the_rulebook() -> None:
    rooms = Path(__file__).parents[3] / "src/laststop"
    named = {
        found
        for module in [*(rooms / "pipeline").glob("*.py"), *(rooms / "config").glob("*.py")]
        for found in re.findall(r'rule="(V-[0-9]+)"', module.read_text())
    }
    assert named == set(RULINGS)


def test_a_rule_answers_with_the_services_exception() -> None:
    problems = problems_of(msgspec.convert({**GOOD, "stages": GOOD["stages"][:1], "version": 0}, Pipeline))
    assert {problem.rule: problem.aws_code for problem in problems} == {
        "V-09": "InvalidStructureException",
        "V-03": "ValidationException",
    }
    assert aws_code_of("") == "ValidationException"


def test_embedded_rules_judge_only_what_runs_here() -> None:
    assert broken(
        lambda p: None,
        lambda pipeline: embedded_problems(
            pipeline,
            project="translations",
            repositories={"acme/frontend"},
            documents=[f"docs/{name}.zip" for name in ("routing", "firewall", "switching")],
        ),
    ) == set()  # fmt: skip
