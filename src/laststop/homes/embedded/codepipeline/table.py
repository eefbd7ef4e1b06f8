"""Every operation of CodePipeline by its name: the only place that knows what each does here."""

from typing import Final

from laststop.homes.embedded.codepipeline import (
    approvals,
    declarations,
    executions,
    histories,
    jobs,
    revisions,
    rollbacks,
    stages,
    states,
    tags,
    types,
)
from laststop.homes.embedded.codepipeline.operation import (
    Operation,
    reading,
    refusing,
    reporting,
    writing,
)
from laststop.homes.embedded.tokens import Scope
from laststop.pipeline.wire import executions as wire_executions
from laststop.pipeline.wire import histories as wire_histories
from laststop.pipeline.wire import jobs as wire_jobs
from laststop.pipeline.wire import pipelines as wire_pipelines
from laststop.pipeline.wire import stages as wire_stages
from laststop.pipeline.wire import states as wire_states
from laststop.pipeline.wire import types as wire_types
from laststop.pipeline.wire.shapes import Nothing

_NO_CUSTOM: Final = "actions of custom types cannot be declared here"
_NO_THIRD_PARTY: Final = "actions of third parties cannot be declared here"
_NO_WEBHOOKS: Final = "a webhook of GitHub's goes to /hooks/github, and needs no registration"

OPERATIONS: Final[dict[str, Operation]] = {
    "CreatePipeline": writing(
        declarations.create,
        wire_pipelines.CreatePipeline,
        wire_pipelines.PipelineCreated,
        "Takes a declaration into the store and starts it. It is judged like `pipeline.yml`.",
        "What the embedded home cannot run is refused as an invalid declaration.",
        scope=Scope.ADMIN,
    ),
    "GetPipeline": reading(
        declarations.get,
        wire_pipelines.GetPipeline,
        wire_pipelines.PipelineTold,
        "Tells a declaration, as it stands or as an earlier version had it, placeholders filled in.",
        "Where no role is declared, a made-up one stands.",
    ),
    "UpdatePipeline": writing(
        declarations.update,
        wire_pipelines.UpdatePipeline,
        wire_pipelines.PipelineUpdated,
        "Takes the whole declaration anew, under the next version.",
        "A pipeline that a file declares is refused: it changes there. An equal declaration counts no "
        "version. After a change one fresh run is asked for.",
        scope=Scope.ADMIN,
    ),
    "DeletePipeline": writing(
        declarations.delete,
        wire_pipelines.DeletePipeline,
        None,
        "Lets go of what runs, and of the pipeline with its history. One that is not there is gone already.",
        "A pipeline that a file declares is refused: take the file away.",
        scope=Scope.ADMIN,
    ),
    "ListPipelines": reading(
        declarations.listed,
        wire_pipelines.ListPipelines,
        wire_pipelines.PipelinesTold,
        "Lists every pipeline by name.",
    ),
    "StartPipelineExecution": writing(
        executions.start,
        wire_executions.StartPipelineExecution,
        wire_executions.ExecutionNamed,
        "Starts an execution. The same request token starts it once, as long as the execution is kept.",
    ),
    "StopPipelineExecution": writing(
        executions.stop,
        wire_executions.StopPipelineExecution,
        wire_executions.ExecutionNamed,
        "Ends an execution after what is in progress, or, abandoned, at once.",
        "Abandoned builds and functions are ended, too; on AWS they go on.",
    ),
    "GetPipelineExecution": reading(
        executions.get,
        wire_executions.GetPipelineExecution,
        wire_executions.PipelineExecutionTold,
        "Tells of one execution: revisions, variables, how it came about.",
    ),
    "ListPipelineExecutions": reading(
        executions.listed,
        wire_executions.ListPipelineExecutions,
        wire_executions.ExecutionsTold,
        "Lists executions, the newest first; with `succeededInStage`, what a stage may be rolled back to.",
        "Executions are kept by `[retention] runs`, not for twelve months.",
    ),
    "GetPipelineState": reading(
        states.get,
        wire_states.GetPipelineState,
        wire_states.PipelineStateTold,
        "Tells where every stage, action and condition stands; a waiting approval shows its token.",
    ),
    "ListActionExecutions": reading(
        histories.actions,
        wire_histories.ListActionExecutions,
        wire_histories.ActionExecutionsTold,
        "Lists every attempt at every action, the newest first.",
    ),
    "ListRuleExecutions": reading(
        histories.rules,
        wire_histories.ListRuleExecutions,
        wire_histories.RuleExecutionsTold,
        "Lists every attempt at every rule of a condition, the newest first.",
    ),
    "ListDeployActionExecutionTargets": reading(
        histories.targets,
        wire_histories.ListDeployActionExecutionTargets,
        wire_histories.TargetsTold,
        "Is empty: only deployments to instances have targets, and none runs here.",
    ),
    "RetryStageExecution": writing(
        stages.retry,
        wire_stages.RetryStageExecution,
        wire_executions.ExecutionNamed,
        "Lets a failed or stopped execution go on in its stage.",
    ),
    "RollbackStage": writing(
        rollbacks.roll_back,
        wire_stages.RollbackStage,
        wire_executions.ExecutionNamed,
        "Runs a stage again, in a new execution, with what one that succeeded there had.",
        "One that changes the site holds it, until `laststop release lift`.",
        scope=Scope.ADMIN,
    ),
    "EnableStageTransition": writing(
        stages.enable, wire_stages.EnableStageTransition, None, "Opens the way into a stage, or out of it."
    ),
    "DisableStageTransition": writing(
        stages.disable, wire_stages.DisableStageTransition, None, "Closes the way into a stage, or out of it."
    ),
    "PutApprovalResult": writing(
        approvals.put_approval,
        wire_stages.PutApprovalResult,
        wire_stages.Approved,
        "Answers a manual approval.",
    ),
    "OverrideStageCondition": writing(
        approvals.override,
        wire_stages.OverrideStageCondition,
        None,
        "Lets an execution go on although a condition says no.",
    ),
    "PutActionRevision": writing(
        revisions.put,
        wire_jobs.PutActionRevision,
        wire_jobs.RevisionTaken,
        "Starts an execution pinned to a revision that its source did not give last.",
    ),
    "GetJobDetails": reporting(
        jobs.details,
        wire_jobs.GetJobDetails,
        wire_jobs.JobDetailsTold,
        "Tells what a job under way is for.",
        "A job that has ended is not found.",
    ),
    "PutJobSuccessResult": reporting(
        jobs.succeeded,
        wire_jobs.PutJobSuccessResult,
        None,
        "A function's job ended well; with a continuation token it goes on in a new job.",
        "`currentRevision` and `percentComplete` are read and not kept.",
    ),
    "PutJobFailureResult": reporting(
        jobs.failed, wire_jobs.PutJobFailureResult, None, "A function's job ended badly."
    ),
    "AcknowledgeJob": reporting(
        jobs.acknowledge,
        wire_jobs.AcknowledgeJob,
        None,
        "Is refused for every job: only workers of custom actions acknowledge.",
    ),
    "PollForJobs": reading(
        types.poll,
        wire_jobs.PollForJobs,
        None,
        "Finds no action type: only those of custom actions are polled for.",
    ),
    "TagResource": writing(tags.tag, wire_pipelines.TagResource, Nothing, "Sets tags of a pipeline."),
    "UntagResource": writing(
        tags.untag, wire_pipelines.UntagResource, Nothing, "Takes tags of a pipeline away."
    ),
    "ListTagsForResource": reading(
        tags.listed, wire_pipelines.ListTagsForResource, wire_pipelines.TagsTold, "Lists a pipeline's tags."
    ),
    "ListActionTypes": reading(
        types.actions,
        wire_types.ListActionTypes,
        wire_types.ActionTypesTold,
        "Lists the kinds of actions that run here.",
        "Where the model has no room for more than five artifacts, five are told.",
    ),
    "GetActionType": reading(
        types.get_action_type,
        wire_types.GetActionType,
        None,
        "Finds none: it tells of action types that an account made for itself.",
    ),
    "ListRuleTypes": reading(
        types.rules,
        wire_types.ListRuleTypes,
        wire_types.RuleTypesTold,
        "Lists the kinds of rules that judge here.",
    ),
    "ListWebhooks": reading(
        declarations.webhooks,
        wire_pipelines.ListWebhooks,
        wire_pipelines.WebhooksTold,
        f"Is empty: {_NO_WEBHOOKS}.",
    ),
    "PutWebhook": refusing(_NO_WEBHOOKS),
    "DeleteWebhook": refusing(_NO_WEBHOOKS),
    "RegisterWebhookWithThirdParty": refusing(_NO_WEBHOOKS),
    "DeregisterWebhookWithThirdParty": refusing(_NO_WEBHOOKS),
    "CreateCustomActionType": refusing(_NO_CUSTOM),
    "DeleteCustomActionType": refusing(_NO_CUSTOM),
    "UpdateActionType": refusing(_NO_CUSTOM),
    "PollForThirdPartyJobs": refusing(_NO_THIRD_PARTY),
    "AcknowledgeThirdPartyJob": refusing(_NO_THIRD_PARTY),
    "GetThirdPartyJobDetails": refusing(_NO_THIRD_PARTY),
    "PutThirdPartyJobSuccessResult": refusing(_NO_THIRD_PARTY),
    "PutThirdPartyJobFailureResult": refusing(_NO_THIRD_PARTY),
}
