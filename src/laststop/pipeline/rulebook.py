"""Every rule a declaration is judged by: its id, its sentence, the exception the service answers with.

Source of the exception classes: those CreatePipeline and UpdatePipeline name in botocore's CodePipeline model
(1.43), and messages of the service that others published. What the model itself limits (patterns, lengths,
counts) is a ValidationException; which class the service gives to the rest is not documented rule by rule, so
it is chosen by what the rule is about.
"""

from typing import Final, Literal

import msgspec

AwsCode = Literal[
    "ValidationException",
    "InvalidStructureException",
    "InvalidStageDeclarationException",
    "InvalidActionDeclarationException",
    "InvalidBlockerDeclarationException",
    "LimitExceededException",
]
Asker = Literal["CodePipeline", "laststop", "embedded home", "AWS home"]
"""Whose rule it is."""


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """One rule; `says` completes the sentence in the reference, `aws_code` is what breaking it answers."""

    id: str
    aws_code: AwsCode
    says: str
    asker: Asker = "CodePipeline"


def _of(code: AwsCode, asker: Asker = "CodePipeline", **sentences: str) -> tuple[Ruling, ...]:
    return tuple(
        Ruling(id=name.replace("_", "-"), aws_code=code, says=says, asker=asker)
        for name, says in sentences.items()
    )


_ALL: Final = (
    *_of(
        "ValidationException",
        V_01="Every key is known, every value of the right kind, no required key missing.",
        V_02="Names of pipelines, stages, actions and rules have 1 to 100 of `A-Z a-z 0-9 . @ - _`.",
        V_03="`version` begins at 1.",
        V_04="`roleArn` is the ARN of an IAM role, at most 1024 characters long.",
        V_06="An encryption key has an `id` of 1 to 400 characters and the type `KMS`.",
        V_07="An artifact store's `location` is a bucket's name: 3 to 63 of `A-Z a-z 0-9 - .`.",
        V_19="A pipeline has at most 50 variables.",
        V_20="A variable's name has 1 to 128 of `A-Z a-z 0-9 @ - _`.",
        V_22="A variable's default value has 1 to 1000 characters.",
        V_23="A variable's description has at most 200 characters.",
        V_31="A gate of a stage has exactly one condition.",
        V_32="A condition has 1 to 5 rules.",
        V_39="A rule's configuration has at most 200 keys of 1 to 50 characters, values to 10000.",
        V_40="A rule's `timeoutInMinutes` is 5 to 86400.",
        V_43="`runOrder` is 1 to 999.",
        V_45="An approval's `timeoutInMinutes` is 5 to 86400.",
        V_50="A configuration key has 1 to 50 characters.",
        V_51="A configuration value has 1 to 1000 characters, before variables are filled in.",
        V_55="A namespace has 1 to 100 of `A-Z a-z 0-9 @ - _`.",
        V_59="An artifact's name has 1 to 100 of `A-Z a-z 0-9 - _`.",
        V_72="A Commands action or rule has 1 to 50 commands, each one line of 1 to 1000 characters.",
        V_73="A Commands action has at most 15 output variables with names of 1 to 128 characters.",
        V_74="A Commands action has at most 10 environment variables; names of `A-Z a-z 0-9 _`.",
        V_75="An output of a Commands action lists 1 to 10 files of at most 128 characters.",
        V_76="A region's name has 4 to 30 characters.",
        V_85="A pipeline has at most 50 triggers.",
        V_88="A trigger has 1 to 3 filters for pushes, and 1 to 3 for pull requests, where it has any.",
        V_89="A list of patterns has 1 to 8 patterns of 1 to 255 characters.",
        V_92="A pull request filter names 1 to 3 events, each once.",
        V_96="A provider's name has 1 to 35 of `A-Z a-z 0-9 - _`, its version 1 to 9.",
    ),
    *_of(
        "InvalidStructureException",
        V_05="A pipeline has `artifactStore` or `artifactStores`, not both.",
        V_08="`artifactStores` has a store for every region that an action names.",
        V_09="A pipeline has at least two stages.",
        V_16="The first stage holds source actions only.",
        V_17="Source actions stand in the first stage only.",
        V_18="Variables of the pipeline need the type V2.",
        V_21="Variables of the pipeline have names of their own.",
        V_24="`QUEUED` and `PARALLEL` need the type V2.",
        V_30="There is no `ROLLBACK` in `PARALLEL` mode.",
        V_34="Conditions of stages need the type V2.",
        V_84="Triggers need the type V2.",
        V_86="A trigger names a source action of the provider CodeStarSourceConnection.",
        V_87="A source action has at most one trigger.",
        V_91="A pattern is a glob that can be read.",
        V_93="A filter asks for what one event can be: tags alone, or branches, with or without paths.",
    ),
    *_of(
        "LimitExceededException",
        V_10="A pipeline has at most 50 stages.",
        V_11="A pipeline has at most 1000 actions.",
        V_14="A stage has at most 50 actions.",
        V_90="All triggers together have at most 200 KB.",
    ),
    *_of(
        "InvalidStageDeclarationException",
        V_12="Stages have names of their own.",
        V_13="A stage has at least one action.",
        V_26="`retryConfiguration` goes only with the result `RETRY`.",
        V_27="`onFailure` has a result or conditions, not both.",
        V_28="The result of `onFailure` is `ROLLBACK` or `RETRY`.",
        V_29="The stage that reads the sources cannot be rolled back.",
        V_33="A condition's result fits its gate: `FAIL` or `SKIP` before entry, `FAIL` or "
        "`ROLLBACK` on success, `ROLLBACK` on failure.",
        V_35="The rules of a condition have names of their own.",
        V_36="A rule names a rule provider of CodePipeline.",
        V_37="A rule's configuration has its provider's keys: all required ones, no others.",
        V_38="With the result `SKIP`, only VariableCheck and LambdaInvoke may judge.",
        V_41="`commands` stand in Commands rules only.",
        V_42="Inputs of a rule are made surely before its gate.",
    ),
    *_of("InvalidBlockerDeclarationException", V_25="`blockers` are reserved; a stage has none."),
    *_of(
        "InvalidActionDeclarationException",
        V_15="The actions of a stage have names of their own.",
        V_44="Only a manual approval takes `timeoutInMinutes`.",
        V_46="An action names a provider that is known here; of others nothing can be checked.",
        V_47="Every configuration key a provider needs is there.",
        V_48="A configuration has no key that its provider does not know.",
        V_49="A configuration key with fixed values has one of them.",
        V_52='A Deploy/S3 action with Extract `"false"` has an ObjectKey.',
        V_53="The number of input artifacts is one its provider takes.",
        V_54="The number of output artifacts is one its provider gives.",
        V_56="The namespaces `codepipeline` and `variables` are reserved.",
        V_57="A namespace is not the name of an artifact.",
        V_58="Namespaces are unique in a pipeline.",
        V_60="Output artifacts have names of their own across the whole pipeline.",
        V_61="An input artifact is an output of another action.",
        V_62="An input artifact is made surely earlier: in an earlier stage, or at a lower `runOrder`.",
        V_63="An action takes an input once.",
        V_64="`files` stand at outputs of Commands actions only.",
        V_65="A build with several inputs has a PrimarySource.",
        V_66="PrimarySource names an input of the action.",
        V_67="EnvironmentVariables is a JSON list of names, values and types.",
        V_68="Its variables have names of their own that are not reserved.",
        V_69="CombineArtifacts goes only with BatchEnabled.",
        V_70="`commands`, `outputVariables` and `environmentVariables` stand in Commands actions only.",
        V_71="A Commands action needs the type V2.",
        V_77="Sources, third-party and custom actions stay in the pipeline's own region.",
        V_78="What begins like a variable is one: `#{namespace.key}`.",
        V_79="A variable's namespace is one of an action, `codepipeline` or `variables`.",
        V_80="A variable is set by an action that has surely ended before.",
        V_81="A variable's key is one its provider sets.",
        V_82="`codepipeline` has only the key PipelineExecutionId.",
        V_83="A variable of the pipeline is declared.",
        V_97="Variables of the pipeline cannot be used in source actions.",
    ),
    *_of(
        "ValidationException",
        "laststop",
        V_94='An S3 source has PollForSourceChanges `"false"`: polling starts a second run for every object.',
        V_95="`deploy-site` and `verify-live` stand in one stage, under one lock.",
        V_98="A gate says what it does: an empty `onFailure` does nothing.",
    ),
    *_of(
        "InvalidActionDeclarationException",
        "embedded home",
        V_101="An action's provider is one of those that run here.",
        V_103="Builds are not batched.",
        V_104="A bucket's name is one a folder can have; that of the documents is only read.",
        V_105="`laststop.toml` says where a repository is.",
        V_106="Every metadata document of the project is read by a source.",
        V_107="A Lambda action or rule names a function of laststop, or one under `[functions]`.",
        V_111="Laststop's own functions are called by the project's own pipeline alone.",
        V_108="A rule's provider is one of those that judge here.",
    ),
    *_of(
        "InvalidStructureException",
        "embedded home",
        V_109="`artifactStores` has one region; everything runs in one place.",
        V_110="No action names another region.",
    ),
    *_of(
        "ValidationException",
        "AWS home",
        V_121="No action has `environmentVariables`: Terraform's AWS provider 6.62 has no word for them.",
        V_122="The role and the artifact stores are Terraform's own.",
        V_123="Everything runs in the region of `[names.aws]`.",
        V_124='An S3 source has PollForSourceChanges `"false"`: laststop starts the runs.',
        V_125="A Lambda action names a function by its bare name.",
        V_126="The project's own pipeline calls its `deploy-site`.",
    ),
)

RULINGS: Final = {ruling.id: ruling for ruling in sorted(_ALL, key=lambda ruling: int(ruling.id[2:]))}
"""Every rule by its id, in the order of ids."""


def aws_code_of(rule: str) -> AwsCode:
    """The service's exception class for a broken rule; ValidationException for what has no id of its own."""
    ruling = RULINGS.get(rule)
    return ruling.aws_code if ruling is not None else "ValidationException"
