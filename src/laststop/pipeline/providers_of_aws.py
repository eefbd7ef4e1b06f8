"""Action providers that only AWS runs, known so that a declaration can be judged before it goes there.

Source: AWS's action structure reference, one page per provider, and its table of artifact counts, as of 2026.
"""

from typing import Final

from laststop.pipeline.provider import Key, Provider, may, must

_STACK_MODES: Final = (
    "CREATE_UPDATE",
    "DELETE_ONLY",
    "REPLACE_ON_FAILURE",
    "CHANGE_SET_REPLACE",
    "CHANGE_SET_EXECUTE",
)

PROVIDERS_OF_AWS: Final = (
    Provider(
        text="Deploy/AWS/CloudFormation/1",
        inputs=(0, 10),
        outputs=(0, 1),
        keys=(
            Key(name="ActionMode", required=True, choices=_STACK_MODES),
            *must("StackName"),
            *may("ChangeSetName", "Capabilities", "RoleArn", "TemplatePath", "TemplateConfiguration"),
            *may("OutputFileName", "ParameterOverrides"),
        ),
        variables=None,  # the stack's outputs
    ),
    Provider(
        text="Deploy/AWS/CodeDeploy/1",
        inputs=(1, 1),
        outputs=(0, 0),
        keys=must("ApplicationName", "DeploymentGroupName"),
        variables=("DeploymentId",),
    ),
    Provider(
        text="Deploy/AWS/CodeDeployToECS/1",
        inputs=(1, 5),
        outputs=(0, 0),
        keys=(
            *must("ApplicationName", "DeploymentGroupName", "TaskDefinitionTemplateArtifact"),
            *must("AppSpecTemplateArtifact"),
            *may("TaskDefinitionTemplatePath", "AppSpecTemplatePath"),
            *may(*(f"Image{n}{part}" for n in range(1, 5) for part in ("ArtifactName", "ContainerName"))),
        ),
        variables=None,
    ),
    Provider(
        text="Deploy/AWS/ECS/1",
        inputs=(1, 1),
        outputs=(0, 0),
        keys=(*must("ClusterName", "ServiceName"), *may("FileName", "DeploymentTimeout")),
        variables=None,
    ),
    Provider(
        text="Deploy/AWS/ElasticBeanstalk/1",
        inputs=(1, 1),
        outputs=(0, 0),
        keys=must("ApplicationName", "EnvironmentName"),
        variables=None,
    ),
    Provider(
        text="Invoke/AWS/StepFunctions/1",
        inputs=(0, 1),
        outputs=(0, 1),
        keys=(
            *must("StateMachineArn"),
            *may("ExecutionNamePrefix", "Input"),
            *may("InputType", choices=("Literal", "FilePath")),
        ),
        variables=("ExecutionArn", "StateMachineArn"),
    ),
)
