"""AWS's error codes, to the errors of laststop: one table, by code and never by text.

Source: the service models of botocore (1.43) for the operations named in `operations.py`, and AWS's lists of
common errors. A test walks these models and finds every code of theirs here.
"""

import msgspec

from laststop.errors import (
    ConflictError,
    DeniedError,
    InvariantError,
    LaststopError,
    NotFoundError,
    TransientError,
    UsageError,
)


class ServiceError(Exception):
    """A service's no, as it says it. `code` is its exception's name; `fields` the rest of its answer."""

    def __init__(self, code: str, message: str, *, status: int, fields: bytes = b"") -> None:
        """`status` is HTTP's; `fields` is the body, undecoded."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a code means here: the error it becomes, the next step, and whether the same request may pass."""

    kind: type[LaststopError]
    hint: str = ""
    again: bool = False


_SIGN_IN = "sign in again, or renew the credentials"
_CLOCK = "set this machine's clock; AWS takes 5 to 15 minutes of difference"
_PERMISSION = "see docs/concepts/aws-home.md for what each part needs"
_LATER = "AWS asks to come back later; it is tried again by itself where something drives it"
_MISSING = "deploy the infrastructure first, or correct the name"

_THROTTLED = Meaning(kind=TransientError, hint=_LATER, again=True)
_BROKEN = Meaning(kind=TransientError, hint=_LATER, again=True)
_BUSY = Meaning(kind=TransientError, hint=_LATER)
_RACE = Meaning(kind=ConflictError, hint="look again, and decide again")
_REFUSED = Meaning(kind=ConflictError)
_DENIED = Meaning(kind=DeniedError, hint=_PERMISSION)
_UNKNOWN_US = Meaning(kind=DeniedError, hint=_SIGN_IN)
_SKEWED = Meaning(kind=DeniedError, hint=_CLOCK)
_ABSENT = Meaning(kind=NotFoundError, hint=_MISSING)
_GONE = Meaning(kind=NotFoundError)
_UNDEPLOYED = Meaning(kind=NotFoundError, hint="deploy the functions: osls deploy, in infra/")
_CRIPPLED = Meaning(kind=UsageError, hint="the function cannot start as it is deployed: look at it in AWS")
_UNUSABLE = Meaning(kind=UsageError)
_OURS = Meaning(kind=InvariantError)

SKEW_CODES = frozenset(
    {
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "RequestTimeTooSkewed",
        "RequestExpired",
        "RequestInTheFuture",
        "AuthFailure",
    }
)
"""Codes that a wrong clock may cause; the answer's `Date` tells whether it did."""

_COMMON = {
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "ThrottledException": _THROTTLED,
    "RequestThrottled": _THROTTLED,
    "RequestThrottledException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "BandwidthLimitExceeded": _THROTTLED,
    "LimitExceededException": _THROTTLED,
    "SlowDown": _THROTTLED,
    "PriorRequestNotComplete": _THROTTLED,
    "TransactionInProgressException": _THROTTLED,
    "EC2ThrottledException": _THROTTLED,
    "RequestTimeout": _BROKEN,
    "RequestTimeoutException": _BROKEN,
    "InternalError": _BROKEN,
    "InternalFailure": _BROKEN,
    "InternalServerError": _BROKEN,
    "InternalServiceError": _BROKEN,
    "InternalServiceException": _BROKEN,
    "ServiceUnavailable": _BROKEN,
    "ServiceUnavailableException": _BROKEN,
    "ServerError": _BROKEN,
    "AccessDenied": _DENIED,
    "AccessDeniedException": _DENIED,
    "NotAuthorized": _DENIED,
    "OptInRequired": _DENIED,
    "UnauthorizedOperation": _DENIED,
    "ExpiredToken": _UNKNOWN_US,
    "ExpiredTokenException": _UNKNOWN_US,
    "IncompleteSignature": _UNKNOWN_US,
    "InvalidAccessKeyId": _UNKNOWN_US,
    "InvalidClientTokenId": _UNKNOWN_US,
    "InvalidToken": _UNKNOWN_US,
    "MissingAuthenticationToken": _UNKNOWN_US,
    "MissingAuthenticationTokenException": _UNKNOWN_US,
    "UnrecognizedClientException": _UNKNOWN_US,
    **dict.fromkeys(SKEW_CODES, _SKEWED),
    "ValidationException": _UNUSABLE,
    "ValidationError": _UNUSABLE,
    "SerializationException": _UNUSABLE,
    "MalformedInput": _UNUSABLE,
    "MissingParameter": _UNUSABLE,
    "InvalidParameterException": _UNUSABLE,
    "InvalidParameterValue": _UNUSABLE,
    "UnknownOperationException": _UNUSABLE,
    "InvalidAction": _UNUSABLE,
}

_DYNAMODB = {
    "ConditionalCheckFailedException": _RACE,
    "TransactionConflictException": _RACE,
    "ReplicatedWriteConflictException": _RACE,
    "TransactionCanceledException": _RACE,
    "IdempotentParameterMismatchException": _OURS,
    "ItemCollectionSizeLimitExceededException": _UNUSABLE,
    "ProvisionedThroughputExceededException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "ResourceNotFoundException": _ABSENT,
}

_S3 = {
    "NoSuchBucket": _ABSENT,
    "NoSuchKey": _GONE,
    "NoSuchVersion": _GONE,
    "404": _GONE,
    "PreconditionFailed": _RACE,
    "ConditionalRequestConflict": _RACE,
    "InvalidObjectState": _GONE,
    "InvalidRequest": _UNUSABLE,
    "InvalidWriteOffset": _OURS,
    "TooManyParts": _OURS,
    "EncryptionTypeMismatch": _UNUSABLE,
    "BadDigest": _BROKEN,
    "XAmzContentSHA256Mismatch": _BROKEN,
}

_SECRETS = {
    "ResourceNotFoundException": _ABSENT,
    "DecryptionFailure": _DENIED,
    "InvalidRequestException": _UNUSABLE,
    "ParameterNotFound": _ABSENT,
    "ParameterVersionNotFound": _ABSENT,
    "InvalidKeyId": _DENIED,
}

_LAMBDA = {
    **dict.fromkeys(
        (
            "CodeArtifactUserPendingException",
            "EC2UnexpectedException",
            "ENINotReadyException",
            "ResourceNotReadyException",
            "ServiceException",
            "SnapStartNotReadyException",
        ),
        _BROKEN,
    ),
    **dict.fromkeys(
        ("ENILimitReachedException", "ServiceQuotaExceededException", "SubnetIPAddressLimitReachedException"),
        _BUSY,
    ),
    **dict.fromkeys(
        ("EC2AccessDeniedException", "KMSAccessDeniedException", "KMSDisabledException"),
        _DENIED,
    ),
    **dict.fromkeys(("ResourceNotFoundException", "NoPublishedVersionException"), _UNDEPLOYED),
    **dict.fromkeys(("DurableExecutionAlreadyStartedException", "ResourceConflictException"), _RACE),
    **dict.fromkeys(
        (
            "InvalidParameterValueException",
            "InvalidRequestContentException",
            "RequestTooLargeException",
            "SerializedRequestEntityTooLargeException",
            "UnsupportedMediaTypeException",
        ),
        _OURS,
    ),
    **dict.fromkeys(
        (
            "CodeArtifactUserDeletedException",
            "CodeArtifactUserFailedException",
            "EFSIOException",
            "EFSMountConnectivityException",
            "EFSMountFailureException",
            "EFSMountTimeoutException",
            "InvalidRuntimeException",
            "InvalidSecurityGroupIDException",
            "InvalidSubnetIDException",
            "InvalidZipFileException",
            "KMSInvalidStateException",
            "KMSNotFoundException",
            "ModeNotSupportedException",
            "RecursiveInvocationException",
            "S3FilesMountConnectivityException",
            "S3FilesMountFailureException",
            "S3FilesMountTimeoutException",
            "SnapStartException",
            "SnapStartRegenerationFailureException",
            "SnapStartTimeoutException",
        ),
        _CRIPPLED,
    ),
}
"""What a call may be answered with before the function runs; what it raises itself is `functions.py`'s."""

_CLOUDFRONT = {
    "NoSuchDistribution": _ABSENT,
    "NoSuchInvalidation": _GONE,
    "InvalidationBatchAlreadyExists": _REFUSED,
    "BatchTooLarge": _OURS,
    "InconsistentQuantities": _OURS,
    "MissingBody": _OURS,
    "MalformedXML": _OURS,
    "InvalidArgument": _UNUSABLE,
    "TooManyInvalidationsInProgress": _BUSY,
}

_CODEPIPELINE = {
    "ApprovalAlreadyCompletedException": _REFUSED,
    "ConcurrentModificationException": _RACE,
    "ConcurrentPipelineExecutionsLimitExceededException": _REFUSED,
    "ConditionNotOverridableException": _REFUSED,
    "ConflictException": _RACE,
    "DuplicatedStopRequestException": _REFUSED,
    "InvalidActionDeclarationException": _UNUSABLE,
    "InvalidApprovalTokenException": _REFUSED,
    "InvalidBlockerDeclarationException": _UNUSABLE,
    "InvalidJobException": _GONE,
    "InvalidJobStateException": _REFUSED,
    "InvalidNextTokenException": _UNUSABLE,
    "InvalidStageDeclarationException": _UNUSABLE,
    "InvalidStructureException": _UNUSABLE,
    "InvalidTagsException": _UNUSABLE,
    "JobNotFoundException": _GONE,
    "LimitExceededException": _THROTTLED,
    "NotLatestPipelineExecutionException": _REFUSED,
    "OutputVariablesSizeExceededException": _OURS,
    "PipelineExecutionNotFoundException": _GONE,
    "PipelineExecutionNotStoppableException": _REFUSED,
    "PipelineExecutionOutdatedException": _REFUSED,
    "PipelineNotFoundException": _ABSENT,
    "PipelineVersionNotFoundException": _GONE,
    "ActionNotFoundException": _GONE,
    "StageNotFoundException": _GONE,
    "StageNotRetryableException": _REFUSED,
    "UnableToRollbackStageException": _REFUSED,
}

_CODEBUILD = {
    "InvalidInputException": _UNUSABLE,
}

_LOGS = {
    "InvalidParameterException": _UNUSABLE,
    "ResourceNotFoundException": _GONE,
    "ServiceUnavailableException": _BROKEN,
}

_SCHEDULER = {
    "ConflictException": _REFUSED,
    "InternalServerException": _BROKEN,
    "ResourceNotFoundException": _ABSENT,
    "ServiceQuotaExceededException": _BUSY,
}

MEANINGS: dict[str, dict[str, Meaning]] = {
    "dynamodb": _DYNAMODB,
    "s3": _S3,
    "secretsmanager": _SECRETS,
    "ssm": _SECRETS,
    "cloudfront": _CLOUDFRONT,
    "codepipeline": _CODEPIPELINE,
    "codebuild": _CODEBUILD,
    "logs": _LOGS,
    "scheduler": _SCHEDULER,
    "lambda": _LAMBDA,
}
"""Service -> code -> meaning; what a service does not say of its own is in AWS's common list."""

_SERVER_ERRORS = 500
_BY_STATUS = {401: _DENIED, 403: _DENIED, 404: _GONE, 409: _RACE, 412: _RACE, 429: _THROTTLED}


def known(service: str, code: str) -> Meaning | None:
    """What the table says of a code; None when it does not know it."""
    return MEANINGS.get(service, {}).get(code) or _COMMON.get(code)


def meaning(service: str, code: str, status: int = 400) -> Meaning:
    """What a code of a service means; one that nobody knows is judged by HTTP's status.

    Limit: the text of an unknown code is shown as it came, with no next step but what the status suggests.
    """
    if found := known(service, code):
        return found
    return _BROKEN if status >= _SERVER_ERRORS else _BY_STATUS.get(status, _UNUSABLE)


def failure(service: str, operation: str, error: ServiceError) -> LaststopError:
    """The error to raise for a service's no; `place` names service and operation."""
    found = meaning(service, error.code, error.status)
    return found.kind(
        f"{error.message or 'no reason was given'} ({error.code})",
        place=f"{service} {operation}",
        hint=found.hint,
    )
