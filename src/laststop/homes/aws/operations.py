"""Every operation that laststop calls, by service: what the error table and the permissions have to cover."""

from typing import Final

OPERATIONS: Final[dict[str, frozenset[str]]] = {
    "dynamodb": frozenset(
        {
            "BatchGetItem",
            "DeleteItem",
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "TransactWriteItems",
            "UpdateItem",
        }
    ),
    "s3": frozenset({"DeleteObjects", "GetObject", "HeadObject", "ListObjectsV2", "PutObject"}),
    "cloudfront": frozenset({"CreateInvalidation", "GetInvalidation"}),
    "secretsmanager": frozenset({"GetSecretValue"}),
    "ssm": frozenset({"GetParameter", "GetParameters"}),
    "lambda": frozenset({"Invoke"}),
    "codebuild": frozenset({"BatchGetBuilds"}),
    "logs": frozenset({"GetLogEvents"}),
    "scheduler": frozenset({"CreateSchedule"}),
    "codepipeline": frozenset(
        {
            "DisableStageTransition",
            "EnableStageTransition",
            "GetJobDetails",
            "GetPipeline",
            "GetPipelineExecution",
            "GetPipelineState",
            "ListActionExecutions",
            "ListPipelineExecutions",
            "OverrideStageCondition",
            "PutApprovalResult",
            "PutJobFailureResult",
            "PutJobSuccessResult",
            "RetryStageExecution",
            "RollbackStage",
            "StartPipelineExecution",
            "StopPipelineExecution",
        }
    ),
}
"""Service -> operations, as botocore's models name them."""
