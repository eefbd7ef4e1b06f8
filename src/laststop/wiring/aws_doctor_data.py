"""Tables, buckets and edge of the AWS home, looked at from outside.

Source: the answers' shapes in botocore's DynamoDB, S3 and CloudFront models (1.43).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from laststop.homes.aws.site_bucket import FOLDER
from laststop.wiring.aws_examination import (
    APPLY_BASE,
    AwsPatient,
    code_of,
    note,
    ok,
    trouble,
)
from laststop.wiring.examination import Finding

VIEW: Final = "NEW_AND_OLD_IMAGES"
_NO_BUCKET: Final = frozenset({"NoSuchBucket", "404"})
_NO_TABLE: Final = "ResourceNotFoundException"


def of_catalog(patient: AwsPatient) -> Iterator[Finding]:
    """Keys and stream of the catalog; what wakes `publish` is the stream that the parameter names."""
    name = patient.value("catalog/table")
    table = _table(patient, name)
    if table is None:
        yield trouble("catalog", f"there is no table {name}", APPLY_BASE)
        return
    columns = patient.home.policy.columns
    yield from _keys("catalog", name, table, (columns.algorithm, columns.version))
    view = table.get("StreamSpecification", {}).get("StreamViewType", "")
    turn_on = (
        f"aws dynamodb update-table --table-name {name} --stream-specification"
        f" StreamEnabled=true,StreamViewType={VIEW}"
    )
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        yield trouble("catalog", f"{name} has no stream, so nothing is published", turn_on)
        return
    if view != VIEW:
        off = f"aws dynamodb update-table --table-name {name} --stream-specification StreamEnabled=false"
        says = f"the stream of {name} carries {view}, not {VIEW}"
        yield trouble("catalog", says, f"{off}; then: {turn_on}; then: {APPLY_BASE}")
        return
    stream = str(table.get("LatestStreamArn", ""))
    if patient.parameters.get("catalog/stream-arn", stream) != stream:
        says = f"the parameter catalog/stream-arn names a stream that {name} no longer has"
        yield trouble("catalog", says, f"{APPLY_BASE}; then, in infra: osls deploy")
        return
    yield ok("catalog", f"{name}, with a stream of {VIEW}")


def of_ledger(patient: AwsPatient) -> Iterator[Finding]:
    """Keys of the ledger; a stream on it would call whoever reads it for laststop's own notes."""
    name = patient.value("ledger/table")
    table = _table(patient, name)
    if table is None:
        yield trouble("ledger", f"there is no table {name}", APPLY_BASE)
        return
    wrong = list(_keys("ledger", name, table, ("pk", "sk")))
    yield from wrong
    if table.get("StreamSpecification", {}).get("StreamEnabled"):
        off = f"aws dynamodb update-table --table-name {name} --stream-specification StreamEnabled=false"
        yield note("ledger", f"{name} has a stream that nobody needs", off)
    elif not wrong:
        yield ok("ledger", name)


def _table(patient: AwsPatient, name: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = patient.client("dynamodb").describe_table(TableName=name)["Table"]
    except ClientError as error:
        if code_of(error) == _NO_TABLE:
            return None
        raise
    return found


def _keys(about: str, name: str, table: Mapping[str, Any], wanted: tuple[str, str]) -> Iterator[Finding]:
    kinds = {each["AttributeName"]: each["AttributeType"] for each in table.get("AttributeDefinitions", ())}
    found = {each["KeyType"]: each["AttributeName"] for each in table.get("KeySchema", ())}
    told = (found.get("HASH", ""), found.get("RANGE", ""))
    if told != wanted or any(kinds.get(each) != "S" for each in wanted):
        key = " and ".join(filter(None, told))
        says = f"{name} has the key {key}; wanted are the texts {wanted[0]} and {wanted[1]}"
        mend = (
            "name them under [catalog.columns]; a key cannot be changed"
            if about == "catalog"
            else f"{APPLY_BASE}, with another ledger_table"
        )
        yield trouble(about, says, mend)


def of_documents(patient: AwsPatient) -> Iterator[Finding]:
    """Versions and events of the documents' bucket, and whether every document was written once."""
    name = patient.value("documents/bucket")
    s3 = patient.client("s3")
    try:
        versioning = s3.get_bucket_versioning(Bucket=name).get("Status", "")
    except ClientError as error:
        if code_of(error) in _NO_BUCKET:
            yield trouble("documents", f"there is no bucket {name}", APPLY_BASE)
            return
        raise
    if versioning != "Enabled":
        turn_on = f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"
        yield trouble("documents", f"{name} keeps no versions, so no run can pin its documents", turn_on)
    told = s3.get_bucket_notification_configuration(Bucket=name)
    if "EventBridgeConfiguration" not in told:
        turn_on = (
            f"aws s3api put-bucket-notification-configuration --bucket {name}"
            " --notification-configuration '{\"EventBridgeConfiguration\": {}}'"
        )
        yield trouble("documents", f"{name} tells EventBridge nothing, so no run starts by itself", turn_on)
    missing = [
        each.key for each in patient.home.policy.objects if not patient.home.documents.head(each.object)
    ]
    if missing:
        says = f"{', '.join(missing)} in {name} was never written"
        yield trouble("documents", says, f"laststop aws render; {APPLY_BASE}")
    elif versioning == "Enabled" and "EventBridgeConfiguration" in told:
        yield ok(
            "documents", f"{name}: versions kept, EventBridge on, {len(patient.home.policy.objects)} written"
        )


def of_buckets(patient: AwsPatient) -> Iterator[Finding]:
    """The buckets of artifacts and site; nothing may expire the live site."""
    for about in ("artifacts", "site"):
        name = patient.value(f"{about}/bucket")
        try:
            patient.client("s3").head_bucket(Bucket=name)
        except ClientError as error:
            if code_of(error) not in _NO_BUCKET:
                raise
            yield trouble(about, f"there is no bucket {name}", APPLY_BASE)
            continue
        expiring = _expiring(patient, name) if about == "site" else ""
        if expiring:
            says = f"the lifecycle rule {expiring} of {name} takes away the live site after a while"
            yield trouble(about, says, f"take the rule away, or {APPLY_BASE}")
        else:
            yield ok(about, name)


def _expiring(patient: AwsPatient, bucket: str) -> str:
    """The name of a rule that expires current objects; empty when there is none."""
    try:
        rules = patient.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket).get("Rules", ())
    except ClientError as error:
        if code_of(error) == "NoSuchLifecycleConfiguration":
            return ""
        raise
    for rule in rules:
        expires = rule.get("Expiration", {})
        if rule.get("Status") == "Enabled" and ("Days" in expires or "Date" in expires):
            return str(rule.get("ID", "without a name"))
    return ""


def of_edge(patient: AwsPatient) -> Iterator[Finding]:
    """The distribution: on, over the site's folder, with origin access control that the bucket knows."""
    identity, bucket = patient.value("edge/distribution-id"), patient.value("site/bucket")
    try:
        found = patient.client("cloudfront").get_distribution(Id=identity)["Distribution"]
    except ClientError as error:
        if code_of(error) != "NoSuchDistribution":
            raise
        yield trouble("edge", f"there is no distribution {identity}", APPLY_BASE)
        return
    config = found["DistributionConfig"]
    origins = [
        each
        for each in config.get("Origins", {}).get("Items", ())
        if str(each.get("DomainName", "")).startswith(f"{bucket}.s3")
    ]
    wrong: list[Finding] = []
    if not config.get("Enabled"):
        wrong.append(trouble("edge", f"the distribution {identity} is turned off", APPLY_BASE))
    if not origins:
        wrong.append(trouble("edge", f"no origin of {identity} is the bucket {bucket}", APPLY_BASE))
    for origin in origins:
        if origin.get("OriginPath") != f"/{FOLDER}":
            says = f"readers of {identity} reach more than the folder /{FOLDER} of {bucket}"
            wrong.append(trouble("edge", says, APPLY_BASE))
        if not origin.get("OriginAccessControlId"):
            says = f"the origin {bucket} of {identity} has no origin access control, so every page is a 403"
            wrong.append(trouble("edge", says, APPLY_BASE))
        elif not _may_read(patient, bucket, str(found.get("ARN", ""))):
            says = f"the policy of {bucket} does not let {identity} read"
            wrong.append(trouble("edge", says, APPLY_BASE))
    yield from wrong
    if wrong:
        return
    if found.get("Status") != "Deployed":
        yield note("edge", f"{identity} is being changed", "look again in some minutes")
    else:
        yield ok("edge", f"{identity} at {patient.parameters.get('edge/domain', found.get('DomainName'))}")


def _may_read(patient: AwsPatient, bucket: str, arn: str) -> bool:
    try:
        policy = str(patient.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if code_of(error) == "NoSuchBucketPolicy":
            return False
        raise
    return arn in policy and "cloudfront.amazonaws.com" in policy
