"""The action providers a declaration may name, and what each of them takes and gives.

Source: AWS's action structure reference, one page per provider, and its table of artifact counts, as of 2026.
"""

from typing import Final

from laststop.pipeline.provider import Key, Provider, may, must
from laststop.pipeline.providers_of_aws import PROVIDERS_OF_AWS

FLAG: Final = ("true", "false")
_FORMATS: Final = ("CODE_ZIP", "CODEBUILD_CLONE_REF")


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
    *must("ProjectName"),
    *may("PrimarySource", "EnvironmentVariables"),
    *may("BatchEnabled", "CombineArtifacts", choices=FLAG),
)

PROVIDERS: Final = {
    provider.text: provider
    for provider in (
        Provider(
            text=S3_SOURCE,
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *must("S3Bucket", "S3ObjectKey"),
                *may("PollForSourceChanges", "AllowOverrideForS3ObjectKey", choices=FLAG),
            ),
            variables=("BucketName", "ETag", "ObjectKey", "VersionId"),
        ),
        Provider(
            text=CONNECTION_SOURCE,
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *must("ConnectionArn", "FullRepositoryId", "BranchName"),
                *may("OutputArtifactFormat", choices=_FORMATS),
                *may("DetectChanges", choices=FLAG),
            ),
            variables=(*_GIT_VARIABLES, "ConnectionArn", "FullRepositoryName"),
        ),
        Provider(
            text="Source/ThirdParty/GitHub/1",
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *must("Owner", "Repo", "Branch", "OAuthToken"),
                *may("PollForSourceChanges", choices=FLAG),
            ),
            variables=(*_GIT_VARIABLES, "CommitterDate", "CommitUrl", "RepositoryName"),
        ),
        Provider(
            text="Source/AWS/CodeCommit/1",
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(
                *must("RepositoryName", "BranchName"),
                *may("PollForSourceChanges", choices=FLAG),
                *may("OutputArtifactFormat", choices=_FORMATS),
            ),
            variables=(*_GIT_VARIABLES, "CommitterDate", "RepositoryName"),
        ),
        Provider(
            text="Source/AWS/ECR/1",
            inputs=(0, 0),
            outputs=(1, 1),
            keys=(*must("RepositoryName"), *may("ImageTag")),
            variables=("ImageDigest", "ImageTag", "ImageURI", "RegistryId", "RepositoryName"),
        ),
        Provider(text=CODEBUILD, inputs=(1, 5), outputs=(0, 5), keys=_BUILD_KEYS, variables=None),
        Provider(text=CODEBUILD_TEST, inputs=(1, 5), outputs=(0, 5), keys=_BUILD_KEYS, variables=None),
        Provider(
            text=LAMBDA,
            inputs=(0, 5),
            outputs=(0, 5),
            keys=(*must("FunctionName"), *may("UserParameters")),
            variables=None,
        ),
        Provider(
            text=APPROVAL,
            inputs=(0, 0),
            outputs=(0, 0),
            keys=may("NotificationArn", "CustomData", "ExternalEntityLink"),
        ),
        Provider(
            text=S3_DEPLOY,
            inputs=(1, 1),
            outputs=(0, 0),
            keys=(
                *must("BucketName"),
                Key(name="Extract", required=True, choices=FLAG),
                *may("ObjectKey", "CannedACL", "CacheControl", "KMSEncryptionKeyARN"),
            ),
        ),
        Provider(
            text=COMMANDS,
            inputs=(1, 10),
            outputs=(0, 1),
            keys=may("EnvironmentType", "ComputeType", "VpcId", "Subnets", "SecurityGroupIds"),
            variables=None,  # those the action lists in its own outputVariables
        ),
        Provider(
            text="Invoke/AWS/CodePipeline/1",
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(*must("PipelineName"), *may("SourceRevisions", "Variables")),
        ),
        *PROVIDERS_OF_AWS,
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
                *must("Variable"),
                Key(name="Operator", required=True, choices=("EQ", "NE", "CONTAINS", "MATCHES")),
                *must("Value"),
            ),
        ),
        Provider(
            text=RULE_LAMBDA,
            inputs=(0, 5),
            outputs=(0, 0),
            keys=(*must("FunctionName"), *may("UserParameters")),
        ),
        Provider(
            text=RULE_COMMANDS,
            inputs=(0, 10),
            outputs=(0, 0),
            keys=may("EnvironmentType", "ComputeType", "VpcId", "Subnets", "SecurityGroupIds"),
        ),
        Provider(
            text="Rule/AWS/DeploymentWindow/1",
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(*must("Cron"), *may("TimeZone")),
        ),
        Provider(
            text="Rule/AWS/CloudWatchAlarm/1",
            inputs=(0, 0),
            outputs=(0, 0),
            keys=(*must("AlarmName"), *may("AlarmStates", "WaitTime")),
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
