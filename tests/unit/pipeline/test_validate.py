"""Bad frames and bad actions, and the exact answer to each."""

import msgspec
import pytest

from laststop.pipeline.declaration import Pipeline
from laststop.pipeline.validate import problems_of
from unit.pipeline.good_declaration import (
    BUILD,
    GOOD,
    RELEASE,
    SOURCE,
    Change,
    Node,
    action,
    deploy,
    document_source,
    function,
    settings,
    told,
    type_id,
)


def test_the_whole_flow_is_a_good_declaration() -> None:
    assert problems_of(msgspec.convert(GOOD, Pipeline)) == ()


NAME = "use 1 to 100 of the characters A-Z a-z 0-9 . @ - _"

STRUCTURE: list[tuple[Change, list[str]]] = [
    (lambda p: p.update(name="my pipeline"), [f'name: "my pipeline" cannot name a pipeline; {NAME}']),
    (lambda p: p.update(name="n" * 101), [f'name: "{"n" * 80}…" cannot name a pipeline; {NAME}']),
    (lambda p: p.update(version=0), ["version: versions begin at 1; leave it out; it is counted for you"]),
    (
        lambda p: p.update(roleArn="admin"),
        ['roleArn: "admin" is no ARN of an IAM role; it reads arn:aws:iam::123456789012:role/NAME'],
    ),
    (
        lambda p: p.update(pipelineType="V1", executionMode="QUEUED"),
        ['executionMode: QUEUED needs a pipeline of type V2; write pipelineType: "V2"'],
    ),
    (
        lambda p: p.update(artifactStore={"encryptionKey": {"id": "k", "type": "AES"}}),
        ["artifactStore.encryptionKey: an encryption key has an id and the type KMS, nothing else"],
    ),
    (
        lambda p: p.update(stages=[p["stages"][SOURCE]]),
        [
            (
                "stages: a pipeline needs at least two stages; this one has 1; "
                "the first reads the sources, the others work on them"
            )
        ],
    ),
    (
        lambda p: p["stages"][RELEASE].update(name="Build"),
        ['stages[2].name: stages[1] is called "Build" already; stage names are unique in a pipeline'],
    ),
    (
        lambda p: p["stages"].append({"name": "Empty", "actions": []}),
        ["stages[3].actions: a stage needs at least one action"],
    ),
    (
        lambda p: action(p, RELEASE, 2).update(name="invalidate-edge"),
        [
            (
                "stages[2].actions[2].name: actions[1] of this stage has this name already; "
                "action names are unique in a stage"
            )
        ],
    ),
    (
        lambda p: p["stages"][RELEASE]["actions"].append(document_source("late")),
        [
            (
                "stages[2].actions[4].actionTypeId.category: source actions stand in the first stage only; "
                'move "late" to the first stage'
            )
        ],
    ),
    (
        lambda p: p["stages"][SOURCE]["actions"].append(function("sweep", 1)),
        [
            (
                "stages[0].actions[4].actionTypeId.category: the first stage holds source actions only; "
                'move "sweep" to a later stage'
            )
        ],
    ),
    (
        lambda p: p["stages"][SOURCE].update(onFailure={"result": "ROLLBACK"}),
        ["stages[0].onFailure.result: the stage that reads the sources cannot be rolled back"],
    ),
    (
        lambda p: (
            p.update(executionMode="PARALLEL"),
            p["stages"][RELEASE].update(onFailure={"result": "ROLLBACK"}),
        ),
        ["stages[2].onFailure.result: there is no rollback in PARALLEL mode"],
    ),
    (
        lambda p: p["stages"][RELEASE].update(onFailure={"result": "ROLLBACK", "retryConfiguration": {}}),
        ['stages[2].onFailure.retryConfiguration: it goes only with result: "RETRY"'],
    ),
    (
        lambda p: p.update(variables=[{"name": "A"}, {"name": "A", "defaultValue": ""}]),
        [
            'variables[1].name: the variable "A" stands twice',
            (
                "variables[1].defaultValue: a value has 1 to 1000 characters; "
                "without a default, leave the key out: every start must then name the value"
            ),
        ],
    ),
    (
        lambda p: p.update(variables=[{"name": "a b"}]),
        ['variables[0].name: "a b" cannot name a variable; use 1 to 128 of the characters A-Z a-z 0-9 @ - _'],
    ),
    (
        lambda p: p.update(variables=[{"name": f"v{n}"} for n in range(51)]),
        ["variables: a pipeline has at most 50 variables"],
    ),
    (
        lambda p: p.update(pipelineType="V1", variables=[{"name": "A"}]),
        ['variables: variables of the pipeline need type V2; write pipelineType: "V2"'],
    ),
]

ACTIONS: list[tuple[Change, list[str]]] = [
    (
        lambda p: deploy(p).update(name="deploy site"),
        [f'stages[2].actions[0].name: "deploy site" cannot name an action; {NAME}'],
    ),
    (
        lambda p: deploy(p).update(roleArn="admin"),
        ['stages[2].actions[0].roleArn: "admin" is no ARN of an IAM role'],
    ),
    (
        lambda p: settings(p, RELEASE, 0).update({"K" * 51: "x"}),
        [
            f"stages[2].actions[0].configuration.{'K' * 51}: a key has 1 to 50 characters",
            (
                f'stages[2].actions[0].configuration.{"K" * 51}: Invoke/AWS/Lambda/1 takes no key "{"K" * 51}"; '
                "it takes FunctionName, UserParameters"
            ),
        ],
    ),
    (
        lambda p: action(p, RELEASE, 3).update(runOrder=1000),
        ["stages[2].actions[3].runOrder: runOrder is a number from 1 to 999, not 1000"],
    ),
    (
        lambda p: deploy(p).update(timeoutInMinutes=10),
        [
            (
                "stages[2].actions[0].timeoutInMinutes: only a manual approval takes a timeout here; "
                "the time of a build is set by [build] timeout_minutes in laststop.toml"
            )
        ],
    ),
    (
        lambda p: deploy(p).update(
            actionTypeId=type_id("Approval/AWS/Manual/1"),
            configuration={},
            inputArtifacts=[],
            timeoutInMinutes=4,
        ),
        ["stages[2].actions[0].timeoutInMinutes: a timeout is 5 to 86400 minutes, not 4"],
    ),
    (
        lambda p: settings(p, BUILD, 0).pop("ProjectName"),
        [
            (
                "stages[1].actions[0].configuration: Build/AWS/CodeBuild/1 needs the key ProjectName; "
                "it takes ProjectName, PrimarySource, EnvironmentVariables, BatchEnabled, CombineArtifacts"
            )
        ],
    ),
    (
        lambda p: settings(p, SOURCE, 1).update(S3Objectkey="x"),
        [
            (
                'stages[0].actions[1].configuration.S3Objectkey: Source/AWS/S3/1 takes no key "S3Objectkey"; '
                'did you mean "S3ObjectKey"?'
            )
        ],
    ),
    (
        lambda p: settings(p, SOURCE, 0).update(DetectChanges="False"),
        [
            (
                'stages[0].actions[0].configuration.DetectChanges: "False" is none of true, false; '
                'did you mean "false"?'
            )
        ],
    ),
    (
        lambda p: settings(p, RELEASE, 0).update(UserParameters="x" * 1001),
        ["stages[2].actions[0].configuration.UserParameters: a value has at most 1000 characters, not 1001"],
    ),
    (
        lambda p: settings(p, RELEASE, 0).update(UserParameters=""),
        [
            (
                "stages[2].actions[0].configuration.UserParameters: an empty value is not allowed; "
                "leave the key out"
            )
        ],
    ),
    (
        lambda p: deploy(p).update(
            actionTypeId=type_id("Deploy/AWS/S3/1"), configuration={"BucketName": "b", "Extract": "false"}
        ),
        ['stages[2].actions[0].configuration: with Extract "false" it needs the key ObjectKey'],
    ),
    (
        lambda p: deploy(p).update(namespace="site"),
        ['stages[2].actions[0].namespace: "site" is the name of an artifact; a namespace differs from all'],
    ),
    (
        lambda p: deploy(p).update(namespace="build"),
        ['stages[2].actions[0].namespace: Build/build-site has the namespace "build" already'],
    ),
    (
        lambda p: deploy(p).update(namespace="variables"),
        ['stages[2].actions[0].namespace: the namespace "variables" belongs to CodePipeline'],
    ),
    (
        lambda p: deploy(p).update(namespace="a.b"),
        [
            (
                'stages[2].actions[0].namespace: "a.b" cannot be a namespace; '
                "use 1 to 100 of the characters A-Z a-z 0-9 @ - _"
            )
        ],
    ),
    (
        lambda p: deploy(p).update(commands=["make"]),
        ["stages[2].actions[0].commands: only a Commands action (Compute/AWS/Commands/1) takes commands"],
    ),
]


@pytest.mark.parametrize(("change", "expected"), [*STRUCTURE, *ACTIONS])
def test_a_bad_frame_or_action_gets_exactly_these_sentences(change: Change, expected: list[str]) -> None:
    assert told(change) == expected


def test_an_absent_poll_for_source_changes_is_a_warning() -> None:
    assert told(lambda p: settings(p, SOURCE, 1).pop("PollForSourceChanges"), severity="warning") == [
        (
            "stages[0].actions[1].configuration: AWS would poll this source and start a second run for every "
            'document; write PollForSourceChanges: "false"'
        )
    ]


def test_switch_and_proof_in_different_stages_is_a_warning() -> None:
    def move_proof(p: Node) -> None:
        p["stages"].append({"name": "Verify", "actions": [p["stages"][RELEASE]["actions"].pop()]})

    assert told(move_proof, severity="warning") == [
        (
            'stages[3].actions[0]: it proves what "Release/deploy-site" switched, but in another stage; '
            "put both in one stage: its lock keeps a later run from switching before the proof"
        )
    ]


def test_an_unknown_provider_is_a_warning_because_aws_may_know_it() -> None:
    def misspell(p: Node) -> None:
        deploy(p)["actionTypeId"]["provider"] = "Lamda"

    assert told(misspell) == []
    assert told(misspell, severity="warning") == [
        (
            'stages[2].actions[0].actionTypeId: laststop does not know "Invoke/AWS/Lamda/1", '
            'so what it takes was not checked; did you mean "Invoke/AWS/Lambda/1"?'
        )
    ]


def test_an_empty_on_failure_is_a_warning() -> None:
    assert told(lambda p: p["stages"][RELEASE].update(onFailure={}), severity="warning") == [
        "stages[2].onFailure: it names no result, so it does nothing"
    ]


def test_fifty_one_stages_or_actions_are_too_many() -> None:
    def widen(p: Node) -> None:
        p["stages"][RELEASE]["actions"] = [function(f"announce-{n}", 1) for n in range(51)]

    def lengthen(p: Node) -> None:
        p["stages"].extend({"name": f"s{n}", "actions": [function("sweep", 1)]} for n in range(48))

    assert told(widen) == ["stages[2].actions: a stage has at most 50 actions, not 51"]
    assert told(lengthen) == ["stages: a pipeline has at most 50 stages, not 51"]


def test_hostile_names_cannot_reach_the_terminal() -> None:
    answers = told(lambda p: p.update(name="\x1b[2J\x9b\u202e"))
    assert answers == [f'name: "\\x1b[2J\\x9b\\u202e" cannot name a pipeline; {NAME}']
