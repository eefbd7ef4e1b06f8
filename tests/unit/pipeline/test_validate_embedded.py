"""What the embedded home refuses although CodePipeline takes it."""

import copy
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from laststop.pipeline.catalogue import EMBEDDED_PROVIDERS, function_of
from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.embedded_rules import embedded_problems
from laststop.pipeline.problems import Problem, path_text

GOOD = {
    "name": "p",
    "stages": [
        {
            "name": "Source",
            "actions": [
                {
                    "name": "code",
                    "actionTypeId": {
                        "category": "Source",
                        "owner": "AWS",
                        "provider": "CodeStarSourceConnection",
                        "version": "1",
                    },
                    "configuration": {"FullRepositoryId": "acme/frontend"},
                },
                {
                    "name": "routing",
                    "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                    "configuration": {"S3Bucket": "docs", "S3ObjectKey": "routing.zip"},
                },
            ],
        },
        {
            "name": "Release",
            "actions": [
                {
                    "name": "deploy",
                    "actionTypeId": {"category": "Invoke", "owner": "AWS", "provider": "Lambda"},
                    "configuration": {"FunctionName": "web-deploy-site"},
                }
            ],
        },
    ],
}


def told(place: tuple[int, int], key: str, value: str) -> list[str]:
    declaration = copy.deepcopy(GOOD)
    action = declaration["stages"][place[0]]["actions"][place[1]]  # type: ignore[index]
    action["configuration"][key] = value
    return answers(declaration)


def answers(declaration: object) -> list[str]:
    return [
        f"{problem.severity} {path_text(problem.path)}: {problem.message}; {problem.hint}"
        for problem in problems(declaration)
    ]


def problems(declaration: object, **more: Any) -> tuple[Problem, ...]:
    return embedded_problems(
        msgspec.convert(declaration, Pipeline),
        project="web",
        repositories={"acme/frontend"},
        documents=("docs/routing.zip",),
        **more,
    )


def test_a_good_declaration_runs_here() -> None:
    assert answers(GOOD) == []


@pytest.mark.parametrize(
    ("place", "key", "value", "expected"),
    [
        (
            (0, 0),
            "FullRepositoryId",
            "acme/fronted",
            (
                "error stages[0].actions[0].configuration.FullRepositoryId: laststop.toml does not say where "
                '"acme/fronted" is; did you mean "acme/frontend"?'
            ),
        ),
        (
            (0, 0),
            "FullRepositoryId",
            "other/thing",
            (
                "error stages[0].actions[0].configuration.FullRepositoryId: laststop.toml does not say where "
                '"other/thing" is; add "other/thing" = "PATH or URL" under [repositories]'
            ),
        ),
        (
            (1, 0),
            "FunctionName",
            "web-deploy-sit",
            (
                "error stages[1].actions[0].configuration.FunctionName: "
                '"web-deploy-sit" is neither a function of laststop nor one of the project\'s; '
                'did you mean "deploy-site"?'
            ),
        ),
        (
            (1, 0),
            "FunctionName",
            "blog-mailer",
            (
                "error stages[1].actions[0].configuration.FunctionName: "
                '"blog-mailer" is neither a function of laststop nor one of the project\'s; '
                'name its file in laststop.toml: [functions] blog-mailer = "file.py:handler"'
            ),
        ),
    ],
)
def test_a_name_nobody_here_knows_is_refused(
    place: tuple[int, int], key: str, value: str, expected: str
) -> None:
    assert told(place, key, value) == [expected]


def test_a_source_that_is_no_document_is_refused_and_the_unread_document_named() -> None:
    assert told((0, 1), "S3ObjectKey", "ruoting.zip") == [
        (
            'error stages[0].actions[1].configuration.S3ObjectKey: "docs/ruoting.zip" is no metadata document '
            'of this project; did you mean "docs/routing.zip"?'
        ),
        (
            'warning stages[0]: no source reads the metadata document "docs/routing.zip", '
            "so its changes start no run; add a Source/AWS/S3/1 action for it"
        ),
    ]


@pytest.mark.parametrize("mode", ["SUPERSEDED", "QUEUED", "PARALLEL"])
def test_every_mode_runs_here(mode: str) -> None:
    assert answers({**GOOD, "executionMode": mode}) == []


def test_a_provider_without_a_runner_is_refused_with_the_list_of_those_that_have_one() -> None:
    declaration = copy.deepcopy(GOOD)
    action = declaration["stages"][1]["actions"][0]  # type: ignore[index]
    action["actionTypeId"] = {"category": "Deploy", "owner": "AWS", "provider": "CloudFormation"}
    assert answers(declaration) == [
        (
            'error stages[1].actions[0].actionTypeId: "Deploy/AWS/CloudFormation/1" does not run in the '
            f'embedded home; did you mean "Deploy/AWS/S3/1"? it runs {", ".join(EMBEDDED_PROVIDERS)}'
        )
    ]


def _action(p: Any, **more: object) -> None:
    p["stages"][1]["actions"][0].update(more)


def _rule(p: Any, provider: str, **configuration: str) -> None:
    rule = {"name": "r", "ruleTypeId": {"provider": provider}, "configuration": configuration}
    p["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}


BUILD = {"category": "Build", "owner": "AWS", "provider": "CodeBuild"}
STORES = {region: {"type": "S3", "location": "bucket"} for region in ("eu-west-1", "us-east-1")}
ROWS: list[tuple[str, Callable[[Any], object]]] = [
    ("V-101", lambda p: _action(p, actionTypeId={**BUILD, "category": "Deploy", "provider": "ECS"})),
    ("V-103", lambda p: _action(p, actionTypeId=BUILD, configuration={"BatchEnabled": "true"})),
    (
        "V-104",
        lambda p: _action(
            p,
            actionTypeId={**BUILD, "category": "Deploy", "provider": "S3"},
            configuration={"BucketName": "docs"},
        ),
    ),
    ("V-105", lambda p: p["stages"][0]["actions"][0]["configuration"].update(FullRepositoryId="a/b")),
    ("V-106", lambda p: p["stages"][0]["actions"].pop()),
    ("V-107", lambda p: _action(p, configuration={"FunctionName": "nobody"})),
    ("V-107", lambda p: _rule(p, "LambdaInvoke", FunctionName="nobody")),
    ("V-108", lambda p: _rule(p, "CloudWatchAlarm", AlarmName="a")),
    ("V-108", lambda p: _rule(p, "DeploymentWindow", Cron="0 0 9 ? * *")),
    ("V-109", lambda p: p.update(artifactStores=STORES)),
    ("V-110", lambda p: (p.update(artifactStores={"eu-west-1": {}}), _action(p, region="us-east-1"))),
]


@pytest.mark.parametrize(("ruling", "change"), ROWS, ids=[f"{row[0]} row {n}" for n, row in enumerate(ROWS)])
def test_what_does_not_run_here_breaks_exactly_one_rule(ruling: str, change: Callable[[Any], object]) -> None:
    declaration = copy.deepcopy(GOOD)
    change(declaration)
    assert {problem.rule for problem in problems(declaration)} == {ruling}


def test_another_pipeline_of_the_project_may_leave_documents_alone() -> None:
    declaration: Any = copy.deepcopy(GOOD)
    declaration["stages"][0]["actions"].pop()
    _action(declaration, configuration={"FunctionName": "mine"})
    assert problems(declaration, flow=False, functions=("mine",)) == ()


def test_only_the_flow_calls_the_functions_that_release() -> None:
    assert [problem.rule for problem in problems(GOOD, flow=False)] == ["V-111"]


def test_a_function_of_the_users_is_known_by_its_name() -> None:
    declaration: Any = copy.deepcopy(GOOD)
    _action(declaration, configuration={"FunctionName": "nobody"})
    assert problems(declaration, functions=("nobody",)) == ()


@pytest.mark.parametrize(
    ("configured", "project", "function"),
    [
        ("web-deploy-site", "web", "deploy-site"),
        ("deploy-site", "web", "deploy-site"),
        ("deploy-site", "deploy", "deploy-site"),
        ("deploy-deploy-site", "deploy", "deploy-site"),
        ("wep-deploy-site", "web", "wep-deploy-site"),
    ],
)
def test_a_function_is_found_with_and_without_the_projects_prefix(
    configured: str, project: str, function: str
) -> None:
    assert function_of(configured, project) == function


def test_a_variable_may_be_a_secret_of_aws() -> None:
    declaration = copy.deepcopy(GOOD)
    action = declaration["stages"][1]["actions"][0]  # type: ignore[index]
    action["actionTypeId"] = {"category": "Build", "owner": "AWS", "provider": "CodeBuild"}
    action["configuration"] = {
        "ProjectName": "site",
        "EnvironmentVariables": '[{"name": "KEY", "value": "s", "type": "SECRETS_MANAGER"}]',
    }
    assert answers(declaration) == []


def s3_action(kind: str, **configuration: str) -> list[str]:
    declaration = copy.deepcopy(GOOD)
    stage = 0 if kind == "Source" else 1
    action = declaration["stages"][stage]["actions"][0]  # type: ignore[index]
    action["actionTypeId"] = {"category": kind, "owner": "AWS", "provider": "S3"}
    action["configuration"] = configuration
    return answers(declaration)


def test_a_source_may_read_any_bucket_but_of_the_documents_bucket_only_documents() -> None:
    assert s3_action("Source", S3Bucket="uploads", S3ObjectKey="app.zip") == []
    (refused,) = s3_action("Source", S3Bucket="docs", S3ObjectKey="app.zip")
    assert "is no metadata document of this project" in refused


@pytest.mark.parametrize(
    ("bucket", "answer"),
    [
        ("pages", None),
        ("#{variables.Bucket}", None),
        ("docs", '"docs" holds the metadata documents, which only publishing writes'),
        ("laststop-artifacts", '"laststop-artifacts" is the artifact store\'s own'),
        ("../x", '"../x" cannot name a bucket: use 3 to 63 of the characters a-z 0-9 . -'),
    ],
)
def test_a_deploy_names_a_bucket_that_can_be_one(bucket: str, answer: str | None) -> None:
    place = "error stages[1].actions[0].configuration.BucketName: "
    assert s3_action("Deploy", BucketName=bucket, Extract="true") == (
        [f"{place}{answer}; "] if answer else []
    )


def test_a_function_of_the_project_may_be_called_by_its_name() -> None:
    declaration = copy.deepcopy(GOOD)
    action = declaration["stages"][1]["actions"][0]  # type: ignore[index]
    action["configuration"]["FunctionName"] = "mailer"
    problems = embedded_problems(
        msgspec.convert(declaration, Pipeline),
        project="web",
        repositories={"acme/frontend"},
        documents=("docs/routing.zip",),
        functions=("mailer",),
    )
    assert problems == ()
