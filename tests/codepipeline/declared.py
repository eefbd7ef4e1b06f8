"""Declarations of the API's tests: as a person would send them, in CodePipeline's own spelling."""

from copy import deepcopy
from typing import Any

ROLE = "arn:aws:iam::111122223333:role/pipeline"
SOURCE = {
    "name": "Code",
    "actionTypeId": {
        "category": "Source",
        "owner": "AWS",
        "provider": "CodeStarSourceConnection",
        "version": "1",
    },
    "configuration": {
        "ConnectionArn": "arn:aws:codeconnections:eu-west-1:111122223333:connection/x",
        "FullRepositoryId": "acme/frontend",
        "BranchName": "main",
        "DetectChanges": "false",
    },
    "outputArtifacts": [{"name": "code"}],
    "namespace": "Git",
}
BUILD = {
    "name": "Compile",
    "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
    "configuration": {"ProjectName": "compile"},
    "inputArtifacts": [{"name": "code"}],
    "outputArtifacts": [{"name": "built"}],
    "namespace": "Compiled",
}
TEST = {
    "name": "Check",
    "actionTypeId": {"category": "Test", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
    "configuration": {"ProjectName": "check"},
    "inputArtifacts": [{"name": "built"}],
    "runOrder": 2,
}
APPROVE = {
    "name": "Sign-off",
    "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
    "configuration": {"CustomData": "commit #{Git.CommitId}"},
}
SHIP = {
    "name": "Ship",
    "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
    "configuration": {"ProjectName": "ship"},
    "inputArtifacts": [{"name": "built"}],
    "runOrder": 2,
}


def gate(*, value: str = "yes", result: str = "FAIL") -> dict[str, Any]:
    """A condition that passes while the pipeline's variable `go` has the value."""
    rule = {
        "name": "Go",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
        "configuration": {"Variable": "#{variables.go}", "Operator": "EQ", "Value": value},
    }
    return {"conditions": [{"result": result, "rules": [rule]}]}


def examination(*, result: str = "FAIL") -> dict[str, Any]:
    """A condition whose rule `Smoke` is at work until somebody ends it, as an action is."""
    rule = {
        "name": "Smoke",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "Commands", "version": "1"},
        "commands": ["./smoke"],
        "inputArtifacts": [{"name": "code"}],
    }
    return {"conditions": [{"result": result, "rules": [rule]}]}


def examined(name: str = "shop") -> dict[str, Any]:
    """A pipeline with such a condition before its last stage and after it."""
    release = {
        "name": "Release",
        "beforeEntry": examination(),
        "actions": [APPROVE],
        "onSuccess": examination(),
    }
    return pipeline(name, stages=[{"name": "Source", "actions": [SOURCE]}, release])


def pipeline(name: str = "shop", *, mode: str = "SUPERSEDED", **changes: Any) -> dict[str, Any]:
    """Source, a build and its tests, an approval and a release; each call gives another one, to be changed."""
    declared = {
        "name": name,
        "roleArn": ROLE,
        "artifactStore": {"type": "S3", "location": "artifacts-of-shop"},
        "pipelineType": "V2",
        "executionMode": mode,
        "variables": [{"name": "go", "defaultValue": "yes", "description": "whether to release"}],
        "stages": [
            {"name": "Source", "actions": [SOURCE]},
            {"name": "Build", "actions": [BUILD, TEST]},
            {"name": "Release", "beforeEntry": gate(), "actions": [APPROVE, SHIP]},
        ],
        **changes,
    }
    return deepcopy(declared)
