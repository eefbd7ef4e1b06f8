"""The whole flow as a declaration, and what is said about a changed copy of it."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.problems import path_text
from laststop.pipeline.validate import problems_of

Node = Any
Change = Callable[[Node], object]


def type_id(text: str) -> Node:
    category, owner, provider, version = text.split("/")
    return {"category": category, "owner": owner, "provider": provider, "version": version}


def document_source(name: str) -> Node:
    return {
        "name": name,
        "actionTypeId": type_id("Source/AWS/S3/1"),
        "configuration": {"S3Bucket": "docs", "S3ObjectKey": f"{name}.zip", "PollForSourceChanges": "false"},
        "outputArtifacts": [{"name": name}],
    }


def function(name: str, run_order: int, **more: object) -> Node:
    return {
        "name": name,
        "runOrder": run_order,
        "actionTypeId": type_id("Invoke/AWS/Lambda/1"),
        "configuration": {
            "FunctionName": f"translations-{name}",
            "UserParameters": "#{codepipeline.PipelineExecutionId}",
        },
        **more,
    }


GOOD: Node = {
    "name": "translations",
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "frontend",
                    "namespace": "code",
                    "actionTypeId": type_id("Source/AWS/CodeStarSourceConnection/1"),
                    "configuration": {
                        "ConnectionArn": "arn:aws:codeconnections:eu-west-1:000000000000:connection/c",
                        "FullRepositoryId": "acme/frontend",
                        "BranchName": "main",
                    },
                    "outputArtifacts": [{"name": "frontend"}],
                },
                document_source("routing"),
                document_source("firewall"),
                document_source("switching"),
            ],
        },
        {
            "name": "Build",
            "actions": [
                {
                    "name": "build-site",
                    "namespace": "build",
                    "actionTypeId": type_id("Build/AWS/CodeBuild/1"),
                    "configuration": {"ProjectName": "site", "PrimarySource": "frontend"},
                    "inputArtifacts": [
                        {"name": "frontend"},
                        {"name": "routing"},
                        {"name": "firewall"},
                        {"name": "switching"},
                    ],
                    "outputArtifacts": [{"name": "site"}],
                }
            ],
        },
        {
            "name": "Release",
            "actions": [
                function("deploy-site", 1, namespace="deploy", inputArtifacts=[{"name": "site"}]),
                function("invalidate-edge", 2),
                function("announce", 2),
                function("verify-live", 3),
            ],
        },
    ],
}
SOURCE, BUILD, RELEASE = 0, 1, 2


def told(change: Change, *, severity: str = "error") -> list[str]:
    declaration = copy.deepcopy(GOOD)
    change(declaration)
    pipeline = msgspec.convert(declaration, Pipeline)
    return [
        f"{path_text(problem.path)}: {problem.message}" + (f"; {problem.hint}" if problem.hint else "")
        for problem in problems_of(pipeline)
        if problem.severity == severity
    ]


def action(p: Node, stage: int, index: int) -> Node:
    return p["stages"][stage]["actions"][index]


def build(p: Node) -> Node:
    return action(p, BUILD, 0)


def deploy(p: Node) -> Node:
    return action(p, RELEASE, 0)


def settings(p: Node, stage: int, index: int) -> Node:
    return action(p, stage, index)["configuration"]
