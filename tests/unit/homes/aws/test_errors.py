"""Every error a service can answer with has its meaning, and the meaning is one of ours."""

import pytest
from botocore.session import Session

from laststop.errors import (
    ConflictError,
    DeniedError,
    LaststopError,
    NotFoundError,
    TransientError,
    UsageError,
)
from laststop.homes.aws.errors import MEANINGS, SKEW_CODES, ServiceError, failure, known, meaning
from laststop.homes.aws.operations import OPERATIONS

UNKNOWN = "NobodyKnowsThisException"


def modelled():
    """(service, operation, code) of every error in the models of the operations we call."""
    found = []
    for service, operations in OPERATIONS.items():
        model = Session().get_service_model(service)
        for operation in sorted(operations):
            found += [
                (service, operation, shape.error_code)
                for shape in model.operation_model(operation).error_shapes
            ]
    return found


def test_every_code_in_the_models_of_the_operations_we_call_is_in_the_table():
    found = modelled()
    assert len(found) > 60
    missing = [each for each in found if known(each[0], each[2]) is None]
    assert missing == []


def test_the_table_names_no_code_that_no_model_has_apart_from_the_common_ones():
    """What was taken out of a service must not stay behind here."""
    unmodelled = {
        "dynamodb": {"ItemCollectionSizeLimitExceededException"},
        "s3": {"404", "NoSuchVersion", "NoSuchBucket", "NoSuchKey", "PreconditionFailed", "BadDigest",
               "ConditionalRequestConflict", "XAmzContentSHA256Mismatch", "EncryptionTypeMismatch"},
        "cloudfront": {"MalformedXML", "InvalidationBatchAlreadyExists"},
    }  # fmt: skip
    for service, codes in MEANINGS.items():
        if service in ("secretsmanager", "ssm"):
            continue  # share one table
        model = Session().get_service_model(service)
        shapes = {shape.error_code for shape in model.error_shapes}
        assert set(codes) - shapes - unmodelled.get(service, set()) == set(), service


@pytest.mark.parametrize(
    ("service", "code", "kind"),
    [
        ("dynamodb", "ConditionalCheckFailedException", ConflictError),
        ("dynamodb", "ProvisionedThroughputExceededException", TransientError),
        ("dynamodb", "ResourceNotFoundException", NotFoundError),
        ("dynamodb", "AccessDeniedException", DeniedError),
        ("dynamodb", "ValidationException", UsageError),
        ("codepipeline", "JobNotFoundException", NotFoundError),
        ("codepipeline", "StageNotRetryableException", ConflictError),
        ("cloudfront", "TooManyInvalidationsInProgress", TransientError),
        ("cloudfront", "InvalidationBatchAlreadyExists", ConflictError),
        ("s3", "PreconditionFailed", ConflictError),
        ("ssm", "ExpiredTokenException", DeniedError),
    ],
)
def test_a_code_becomes_the_error_that_callers_act_on(service, code, kind):
    error = failure(service, "Operation", ServiceError(code, "why", status=400))
    assert type(error) is kind
    assert str(error) == f"{service} Operation: why ({code})"


@pytest.mark.parametrize(
    ("status", "kind"), [(400, UsageError), (429, TransientError), (503, TransientError)]
)
def test_an_unknown_code_is_judged_by_its_status(status, kind):
    assert isinstance(failure("ssm", "GetParameter", ServiceError(UNKNOWN, "", status=status)), kind)


def test_every_denial_and_every_absence_names_the_next_step():
    for service, codes in MEANINGS.items():
        for code in codes:
            found = meaning(service, code)
            assert issubclass(found.kind, LaststopError)
            if found.kind is DeniedError:
                assert found.hint, code
    assert all(meaning("s3", code).hint for code in SKEW_CODES)
