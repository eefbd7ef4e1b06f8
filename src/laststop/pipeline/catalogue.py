"""The action providers a declaration may name, and what each of them takes and gives.

Source: AWS's action structure reference, one page per provider, and its table of artifact counts, as of 2026.
"""

from typing import Final

import msgspec

FLAG: Final = ("true", "false")
_FORMATS: Final = ("CODE_ZIP", "CODEBUILD_CLONE_REF")


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One configuration key; `choices` are its only values, when there are only some."""

    name: str
    required: bool = False
    choices: tuple[str, ...] = ()


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """What an action of this type takes and gives.

    `inputs` and `outputs` are the least and the most artifacts; `variables` are the keys of its output
    variables, None when they are the action's own affair.
    """

    text: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    keys: tuple[Key, ...]
    variables: tuple[str, ...] | None = ()

    def key(self, name: str) -> Key | None:
        """The configuration key of that name."""
        return next((key for key in self.keys if key.name == name), None)


def _must(*names: str) -> tuple[Key, ...]:
    return tuple(Key(name=name, required=True) for name in names)


def _may(*names: str, choices: tuple[str, ...] = ()) -> tuple[Key, ...]:
    return tuple(Key(name=name, choices=choices) for name in names)


S3_SOURCE: Final = "Source/AWS/S3/1"
CONNECTION_SOURCE: Final = "Source/AWS/CodeStarSourceConnection/1"
CODEBUILD: Final = "Build/AWS/CodeBuild/1"
CODEBUILD_TEST: Final = "Test/AWS/CodeBuild/1"
LAMBDA: Final = "Invoke/AWS/Lambda/1"
APPROVAL: Final = "Approval/AWS/Manual/1"
COMMANDS: Final = "Compute/AWS/Commands/1"
S3_DEPLOY: Final = "Deploy/AWS/S3/1"

_GIT_VARIABLES: Final = ("AuthorDate", "BranchName", "CommitId", "CommitMessage")
_BUILD_KEYS: Final = (
    *_must("ProjectName"),
    *_may("PrimarySource", "EnvironmentVariables"),
    *_may("BatchEnabled", "CombineArtifacts", choices=FLAG),
)

PROVIDERS: Final = {
    provider.text: provider
    for provider in (
        Provider(
            text=S3_SOURCE,
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *_must("S3Bucket", "S3ObjectKey"),
                *_may("PollForSourceChanges", "AllowOverrideForS3ObjectKey", choices=FLAG),
            ),
            variables=("BucketName", "ETag", "ObjectKey", "VersionId"),
        ),
        Provider(
            text=CONNECTION_SOURCE,
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *_must("ConnectionArn", "FullRepositoryId", "BranchName"),
                *_may("OutputArtifactFormat", choices=_FORMATS),
                *_may("DetectChanges", choices=FLAG),
            ),
            variables=(*_GIT_VARIABLES, "ConnectionArn", "FullRepositoryName"),
        ),
        Provider(
            text="Source/ThirdParty/GitHub/1",
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *_must("Owner", "Repo", "Branch", "OAuthToken"),
                *_may("PollForSourceChanges", choices=FLAG),
            ),
            variables=(*_GIT_VARIABLES, "CommitterDate", "CommitUrl", "RepositoryName"),
        ),
        Provider(
            text="Source/AWS/CodeCommit/1",
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *_must("RepositoryName", "BranchName"),
                *_may("PollForSourceChanges", choices=FLAG),
                *_may("OutputArtifactFormat", choices=_FORMATS),
            ),
            variables=(*_GIT_VARIABLES, "CommitterDate", "RepositoryName"),
        ),
        Provider(
            text="Source/AWS/ECR/1",
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(*_must("RepositoryName"), *_may("ImageTag")),
            variables=("ImageDigest", "ImageTag", "ImageURI", "RegistryId", "RepositoryName"),
        ),
        Provider(text=CODEBUILD, inputs=(1, 5), outputs=(0, 5), keys=_BUILD_KEYS, variables=None),
        Provider(text=CODEBUILD_TEST, inputs=(1, 5), outputs=(0, 5), keys=_BUILD_KEYS, variables=None),
        Provider(
            text=LAMBDA,
            inputs=(0, 5),
            outputs=(0, 5),
            keys=(*_must("FunctionName"), *_may("UserParameters")),
            variables=None,
        ),
        Provider(
            text=APPROVAL,
            inputs=(0, 0),
            outputs=(0, 0),
            keys=_may("NotificationArn", "CustomData", "ExternalEntityLink"),
        ),
        Provider(
            text=S3_DEPLOY,
            inputs=(1, 1),
            outputs=(0, 0),
            keys=(
                *_must("BucketName"),
                Key(name="Extract", required=True, choices=FLAG),
                *_may("ObjectKey", "CannedACL", "CacheControl", "KMSEncryptionKeyARN"),
            ),
        ),
        Provider(
            text=COMMANDS,
            inputs=(1, 10),
            outputs=(0, 1),
            keys=_may("EnvironmentType", "ComputeType", "VpcId", "Subnets", "SecurityGroupIds"),
            variables=None,  # those the action lists in its own outputVariables
        ),
        Provider(
            text="Invoke/AWS/CodePipeline/1",
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(*_must("PipelineName"), *_may("SourceRevisions", "Variables")),
        ),
    )
}

EMBEDDED_PROVIDERS: Final = (
    S3_SOURCE,
    CONNECTION_SOURCE,
    CODEBUILD,
    CODEBUILD_TEST,
    S3_DEPLOY,
    LAMBDA,
    COMMANDS,
    APPROVAL,
)
"""What the embedded home can run."""

VARIABLE_CHECK: Final = "Rule/AWS/VariableCheck/1"
RULE_LAMBDA: Final = "Rule/AWS/LambdaInvoke/1"
RULE_COMMANDS: Final = "Rule/AWS/Commands/1"

RULE_PROVIDERS: Final = {
    provider.text: provider
    for provider in (
        Provider(
            text=VARIABLE_CHECK,
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(
                *_must("Variable"),
                Key(name="Operator", required=True, choices=("EQ", "NE", "CONTAINS", "MATCHES")),
                *_must("Value"),
            ),
        ),
        Provider(
            text=RULE_LAMBDA,
            inputs=(0, 5),
            outputs=(0, 0),
            keys=(*_must("FunctionName"), *_may("UserParameters")),
        ),
        Provider(
            text=RULE_COMMANDS,
            inputs=(0, 10),
            outputs=(0, 0),
            keys=_may("EnvironmentType", "ComputeType", "VpcId", "Subnets", "SecurityGroupIds"),
        ),
        Provider(
            text="Rule/AWS/DeploymentWindow/1",
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(*_must("Cron"), *_may("TimeZone")),
        ),
        Provider(
            text="Rule/AWS/CloudWatchAlarm/1",
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(*_must("AlarmName"), *_may("AlarmStates", "WaitTime")),
        ),
    )
}
"""The rules a condition may name. Source: AWS's rule structure reference, as of 2026."""

EMBEDDED_RULES: Final = (VARIABLE_CHECK, RULE_LAMBDA, RULE_COMMANDS)
"""The rules the embedded home can judge by."""

FUNCTIONS: Final = (
    "publish", "start", "deploy-site", "invalidate-edge", "announce", "verify-live", "sweep",
)  # fmt: skip
"""The functions both homes have; on AWS each is called `<project>-<function>`."""


def function_of(configured: str, project: str) -> str:
    """The function a configured `FunctionName` means: without the project's prefix, if it has it."""
    return configured if configured in FUNCTIONS else configured.removeprefix(f"{project}-")
