"""Bad flow between actions - artifacts, variables, build settings - and the exact answer to each."""

import json

import pytest

from unit.pipeline.good_declaration import (
    BUILD,
    RELEASE,
    SOURCE,
    Change,
    Node,
    action,
    build,
    deploy,
    document_source,
    settings,
    told,
    type_id,
)


def add_inputs(p: Node, *names: str) -> None:
    for name in names:
        p["stages"][SOURCE]["actions"].append(document_source(name))
        build(p)["inputArtifacts"].append({"name": name})


ARTIFACTS: list[tuple[Change, list[str]]] = [
    (lambda p: add_inputs(p, "fifth"), []),
    (
        lambda p: add_inputs(p, "fifth", "optics"),
        [
            (
                'stages[1].actions[0].inputArtifacts[5]: "optics" is the sixth input, '
                "and a CodeBuild action takes at most five; let types share metadata documents: "
                "set [documents] objects in laststop.toml to 4 or less"
            )
        ],
    ),
    (
        lambda p: build(p)["inputArtifacts"].__setitem__(1, {"name": "frontned"}),
        [
            (
                'stages[1].actions[0].inputArtifacts[1]: no earlier action produces "frontned"; '
                'did you mean "frontend"?'
            )
        ],
    ),
    (
        lambda p: build(p)["inputArtifacts"].append({"name": "site"}),
        [
            (
                'stages[1].actions[0].inputArtifacts[4]: this action produces "site" itself; '
                "an action cannot wait for its own output"
            )
        ],
    ),
    (
        lambda p: (
            action(p, RELEASE, 1).update(outputArtifacts=[{"name": "plan"}]),
            action(p, RELEASE, 2).update(inputArtifacts=[{"name": "plan"}]),
        ),
        [
            (
                'stages[2].actions[2].inputArtifacts[0]: Release/invalidate-edge produces "plan", '
                "but runs at the same time (runOrder 2); give this action a runOrder above 2"
            )
        ],
    ),
    (
        lambda p: (
            action(p, RELEASE, 3).update(outputArtifacts=[{"name": "proof"}]),
            build(p)["inputArtifacts"].append({"name": "proof"}),
        ),
        [
            (
                'stages[1].actions[0].inputArtifacts[4]: "proof" is produced only later, by Release/verify-live; '
                "move this action behind it"
            )
        ],
    ),
    (
        lambda p: deploy(p).update(outputArtifacts=[{"name": "site"}]),
        [
            (
                'stages[2].actions[0].outputArtifacts[0]: Build/build-site makes "site" already; '
                "output artifacts have names of their own across the whole pipeline"
            )
        ],
    ),
    (
        lambda p: action(p, RELEASE, 1).update(inputArtifacts=[{"name": "site"}, {"name": "site"}]),
        ['stages[2].actions[1].inputArtifacts[1]: "site" is an input of this action already'],
    ),
    (
        lambda p: action(p, SOURCE, 0).update(outputArtifacts=[{"name": "frontend"}, {"name": "more"}]),
        [
            (
                "stages[0].actions[0].outputArtifacts: Source/AWS/CodeStarSourceConnection/1 has 1 "
                "output artifacts, not 2"
            )
        ],
    ),
    (
        lambda p: build(p)["outputArtifacts"].append({"name": "a b"}),
        [
            (
                'stages[1].actions[0].outputArtifacts[1]: "a b" cannot name an artifact; '
                "use 1 to 100 of the characters A-Z a-z 0-9 - _"
            )
        ],
    ),
    (
        lambda p: (build(p).update(inputArtifacts=[]), settings(p, BUILD, 0).pop("PrimarySource")),
        [
            (
                "stages[1].actions[0].inputArtifacts: Build/AWS/CodeBuild/1 needs an input artifact; "
                "this action has none; name the output of a source, or of an earlier action"
            )
        ],
    ),
    (
        lambda p: deploy(p).update(inputArtifacts=[{"name": n} for n in "abcdef"]),
        [
            (
                'stages[2].actions[0].inputArtifacts[5]: "f" is one input too many: '
                "Invoke/AWS/Lambda/1 takes at most 5"
            ),
            *(
                f'stages[2].actions[0].inputArtifacts[{i}]: no earlier action produces "{n}"'
                for i, n in enumerate("abcdef")
            ),
        ],
    ),
    (
        lambda p: settings(p, BUILD, 0).pop("PrimarySource"),
        [
            (
                "stages[1].actions[0].configuration: with 4 inputs a build needs the key PrimarySource; "
                "name the input that holds buildspec.yml: frontend, routing, firewall, switching"
            )
        ],
    ),
    (
        lambda p: settings(p, BUILD, 0).update(PrimarySource="fronted"),
        [
            (
                'stages[1].actions[0].configuration.PrimarySource: "fronted" is no input of this action; '
                'did you mean "frontend"?'
            )
        ],
    ),
]

ENVIRONMENT = "stages[1].actions[0].configuration.EnvironmentVariables"
BUILDS: list[tuple[Change, list[str]]] = [
    (
        lambda p: settings(p, BUILD, 0).update(
            EnvironmentVariables=json.dumps([{"name": "RUN", "value": "#{codepipeline.PipelineExecutionId}"}])
        ),
        [],
    ),
    (
        lambda p: settings(p, BUILD, 0).update(EnvironmentVariables='{"A": "b"}'),
        [
            (
                f"{ENVIRONMENT}: it is no JSON list of variables (Expected `array`, got `object`); "
                'it reads [{"name": "STAGE", "value": "live", "type": "PLAINTEXT"}]'
            )
        ],
    ),
    (
        lambda p: settings(p, BUILD, 0).update(
            EnvironmentVariables=json.dumps(
                [
                    {"name": "A", "value": "1"},
                    {"name": "A", "value": "2"},
                    {"name": "CODEBUILD_X", "value": ""},
                    {"name": "a-b", "value": ""},
                ]
            )
        ),
        [
            f'{ENVIRONMENT}: the variable "A" stands twice',
            (
                f"{ENVIRONMENT}: CODEBUILD_X belongs to the build service; "
                "names that begin with CODEBUILD_ are reserved"
            ),
            f'{ENVIRONMENT}: "a-b" cannot name an environment variable',
        ],
    ),
    (
        lambda p: settings(p, BUILD, 0).update(CombineArtifacts="true"),
        ['stages[1].actions[0].configuration.CombineArtifacts: it goes only with BatchEnabled: "true"'],
    ),
]


def commands(p: Node, **fields: object) -> None:
    fields.setdefault("commands", ["make"])
    build(p).update(
        actionTypeId=type_id("Compute/AWS/Commands/1"),
        configuration={},
        outputArtifacts=[{"name": "site", "files": ["dist/**"]}],
        **fields,
    )


COMMANDS: list[tuple[Change, list[str]]] = [
    (lambda p: commands(p, outputVariables=["VERSION"]), []),
    (
        lambda p: commands(p, commands=[]),
        ["stages[1].actions[0].commands: it has 1 to 50 commands, not 0"],
    ),
    (
        lambda p: commands(p, outputVariables=[*(f"V{n}" for n in range(15)), "x" * 129]),
        [
            "stages[1].actions[0].outputVariables: it has at most 15 output variables",
            "stages[1].actions[0].outputVariables[15]: a name has 1 to 128 characters",
        ],
    ),
    (
        lambda p: commands(p, environmentVariables=[{"name": f"V{n}", "value": "1"} for n in range(11)]),
        ["stages[1].actions[0].environmentVariables: it has at most 10 environment variables"],
    ),
    (
        lambda p: commands(p, environmentVariables=[{"name": "A-B", "value": "1"}]),
        [
            (
                "stages[1].actions[0].environmentVariables[0]: an environment variable has a name of A-Z a-z 0-9 _ "
                "and a value of 1 to 2000 characters"
            ),
        ],
    ),
    (
        lambda p: (commands(p), build(p)["outputArtifacts"][0].update(files=["x" * 129])),
        [
            "stages[1].actions[0].outputArtifacts[0].files: an output lists 1 to 10 files of at most 128 characters"
        ],
    ),
    (
        lambda p: (commands(p), p.update(pipelineType="V1")),
        ["stages[1].actions[0].actionTypeId: a Commands action needs a pipeline of type V2"],
    ),
    (
        lambda p: build(p)["outputArtifacts"][0].update(files=["dist/**"]),
        [
            (
                "stages[1].actions[0].outputArtifacts[0].files: "
                "only a Commands action (Compute/AWS/Commands/1) lists files"
            ),
        ],
    ),
    (
        lambda p: build(p)["inputArtifacts"][0].update(files=["dist/**"]),
        ["stages[1].actions[0].inputArtifacts[0].files: only outputs list files"],
    ),
    (
        lambda p: commands(p, commands=["make", "a\nb"]),
        ["stages[1].actions[0].commands[1]: a command is one line of 1 to 1000 characters"],
    ),
    (
        lambda p: (
            commands(p, outputVariables=["VERSION"]),
            settings(p, RELEASE, 0).update(UserParameters="#{build.VERSOIN}"),
        ),
        [
            (
                "stages[2].actions[0].configuration.UserParameters: #{build.VERSOIN}: "
                'Build/build-site sets no variable "VERSOIN"; did you mean "VERSION"?'
            )
        ],
    ),
]

PARAMETERS = "stages[2].actions[0].configuration.UserParameters"


def parameters(text: str) -> Change:
    return lambda p: settings(p, RELEASE, 0).update(UserParameters=text)


REFERENCES: list[tuple[Change, list[str]]] = [
    (parameters("#{code.CommitId} #{build.ANYTHING} #{codepipeline.PipelineExecutionId}"), []),
    (
        parameters("#{buidl.VERSION}"),
        [f'{PARAMETERS}: #{{buidl.VERSION}}: no action has the namespace "buidl"; did you mean "build"?'],
    ),
    (
        parameters("#{code.CommitID}"),
        [
            (
                f'{PARAMETERS}: #{{code.CommitID}}: Source/frontend sets no variable "CommitID"; '
                'did you mean "CommitId"?'
            )
        ],
    ),
    (
        parameters("#{deploy.RELEASE}"),
        [f"{PARAMETERS}: #{{deploy.RELEASE}}: an action cannot use its own output variables"],
    ),
    (
        lambda p: (
            action(p, RELEASE, 1).update(namespace="edge"),
            settings(p, RELEASE, 2).update(UserParameters="#{edge.PATHS}"),
        ),
        [
            (
                "stages[2].actions[2].configuration.UserParameters: #{edge.PATHS}: Release/invalidate-edge sets it, "
                "but does not surely end before this action; "
                "move this action to a later stage or a higher runOrder"
            )
        ],
    ),
    (
        parameters("#{codepipeline.PipelineExecutionID}"),
        [
            (
                f"{PARAMETERS}: #{{codepipeline.PipelineExecutionID}}: codepipeline has only the key "
                'PipelineExecutionId; did you mean "PipelineExecutionId"?'
            )
        ],
    ),
    (
        parameters("#{variables.CHANNEL}"),
        [
            (
                f'{PARAMETERS}: #{{variables.CHANNEL}}: the pipeline has no variable "CHANNEL"; '
                "declare it under variables"
            )
        ],
    ),
    (
        lambda p: (
            p.update(variables=[{"name": "BRANCH"}]),
            settings(p, SOURCE, 0).update(BranchName="#{variables.BRANCH}"),
        ),
        [
            (
                "stages[0].actions[0].configuration.BranchName: #{variables.BRANCH}: "
                "variables of the pipeline cannot be used in source actions"
            )
        ],
    ),
    (
        parameters("#{build}"),
        [
            (
                f'{PARAMETERS}: "#{{build}}" is no reference to a variable; '
                "a reference is a namespace and a key separated by a period: #{build.VERSION}"
            )
        ],
    ),
]


@pytest.mark.parametrize(("change", "expected"), [*ARTIFACTS, *BUILDS, *COMMANDS, *REFERENCES])
def test_a_bad_flow_gets_exactly_these_sentences(change: Change, expected: list[str]) -> None:
    assert told(change) == expected
