"""What Terraform made, as a CloudFormation template: for a linter that knows the services' own rules.

Only the types the modules use are converted; a type that appears anew is refused, so that none goes unjudged.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any

from terraform.cloudformation_pipeline import pipeline_properties
from terraform.workbench import MADE, Plan

Json = dict[str, Any]

_NOT_ASKED_FOR = {"id", "arn", "region", "tags", "tags_all", "etag", "timeouts"}
"""What AWS decides, and tags."""


def template_of(*plans: Plan) -> Json:
    """A template with every resource of the plans that stands for one of CloudFormation's own.

    Raises: KeyError naming a type nobody converts.
    """
    resources: Json = {}
    for plan in plans:
        for kind in sorted({each["type"] for each in _all(plan)}):
            if kind in _PARTS or kind in _ELSEWHERE:
                continue
            type_, convert = _CONVERTED[kind]
            for address, values in plan.resources(kind):
                properties = _clean(convert(_Members(values), plan))
                resources[_logical(address)] = {"Type": type_, "Properties": properties}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def linked(template: Json) -> Json:
    """The same, with what AWS decides taken from the resources themselves, so that a stack can be made of it.

    Account and region become the stack's own, in names too.
    """
    words = {"111122223333": "${AWS::AccountId}", "eu-west-1": "${AWS::Region}"}
    for name, resource in template["Resources"].items():
        for made_up, attribute in _made_up(resource):
            words[made_up] = f"${{{name}{attribute}}}"
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word) for word in longest_first))

    def link(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: link(each) for key, each in value.items()}
        if isinstance(value, list):
            return [link(each) for each in value]
        if isinstance(value, str) and pattern.search(value):
            return {"Fn::Sub": pattern.sub(lambda found: words[found[0]], value)}
        return value

    return {**template, "Resources": link(template["Resources"])}


def _made_up(resource: Json) -> Iterator[tuple[str, str]]:
    """What the provider made up for a resource, and the attribute that has the real one; "" is its reference."""
    properties = resource["Properties"]
    match resource["Type"]:
        case "AWS::CloudFront::Distribution":
            yield MADE["aws_cloudfront_distribution"]["id"], ""
            yield MADE["aws_cloudfront_distribution"]["domain_name"], ".DomainName"
        case "AWS::CloudFront::OriginAccessControl":
            yield "aws_cloudfront_origin_access_control-id", ".Id"
        case "AWS::CloudFront::CachePolicy":
            yield "aws_cloudfront_cache_policy-id", ""
        case "AWS::CloudFront::ResponseHeadersPolicy":
            yield "aws_cloudfront_response_headers_policy-id", ""
        case "AWS::CloudFront::Function":
            yield "aws_cloudfront_function-arn", ".FunctionARN"
        case "AWS::SecretsManager::Secret":
            yield MADE["aws_secretsmanager_secret"]["arn"].format(name=properties["Name"]), ".Id"
        case "AWS::DynamoDB::Table" if "StreamSpecification" in properties:
            yield MADE["aws_dynamodb_table"]["stream_arn"].format(name=properties["TableName"]), ".StreamArn"
        case _:
            pass


def seeds_of(plan: Plan) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Key, content and metadata of every document of generation 0, which a stack cannot hold."""
    for _, values in plan.resources("aws_s3_object"):
        yield values["key"], b64decode(values["content_base64"]), values["metadata"]


class _Members:
    """The arguments of one resource."""

    def __init__(self, values: Json) -> None:
        self.values = {name: value for name, value in values.items() if name not in _NOT_ASKED_FOR}

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name)

    def one(self, name: str) -> Json:
        found = self.values.get(name) or [{}]
        (only,) = found
        return only

    def renamed(self, **names: str) -> Json:
        """Plain arguments by their other names."""
        return {theirs: self.values.get(ours) for ours, theirs in names.items()}


def _all(plan: Plan) -> Iterator[Json]:
    modules = [plan.values["root_module"]]
    while modules:
        module = modules.pop()
        yield from (each for each in module.get("resources", []) if each["mode"] == "managed")
        modules.extend(module.get("child_modules", []))


def _logical(address: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", address)
    return "".join(word[:1].upper() + word[1:] for word in words if word not in ("module", "this"))


def _clean(value: Any) -> Any:
    """Without what was not said."""
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items() if each not in (None, [], {})}
    if isinstance(value, list):
        return [_clean(each) for each in value]
    return value


def _siblings(plan: Plan, kind: str, bucket: str) -> list[Json]:
    return [values for _, values in plan.resources(kind) if values.get("bucket") == bucket]


def _only(values: Iterator[Json]) -> Json | None:
    """The first, if there is one: Terraform counts what CloudFormation leaves out."""
    return next(values, None)


def _bucket(m: _Members, plan: Plan) -> Json:
    name = m["bucket"]
    public = _siblings(plan, "aws_s3_bucket_public_access_block", name)
    rules = [
        rule
        for each in _siblings(plan, "aws_s3_bucket_lifecycle_configuration", name)
        for rule in each["rule"]
    ]
    return {
        "BucketName": name,
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": public[0]["block_public_acls"],
            "BlockPublicPolicy": public[0]["block_public_policy"],
            "IgnorePublicAcls": public[0]["ignore_public_acls"],
            "RestrictPublicBuckets": public[0]["restrict_public_buckets"],
        },
        "OwnershipControls": {
            "Rules": [
                {"ObjectOwnership": rule["object_ownership"]}
                for each in _siblings(plan, "aws_s3_bucket_ownership_controls", name)
                for rule in each["rule"]
            ]
        },
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"ServerSideEncryptionByDefault": {"SSEAlgorithm": default["sse_algorithm"]}}
                for each in _siblings(plan, "aws_s3_bucket_server_side_encryption_configuration", name)
                for rule in each["rule"]
                for default in rule["apply_server_side_encryption_by_default"]
            ]
        },
        "VersioningConfiguration": _only(
            {"Status": each["versioning_configuration"][0]["status"]}
            for each in _siblings(plan, "aws_s3_bucket_versioning", name)
        ),
        "LifecycleConfiguration": {"Rules": [_lifecycle(rule) for rule in rules]},
        "NotificationConfiguration": _only(
            {"EventBridgeConfiguration": {"EventBridgeEnabled": each["eventbridge"]}}
            for each in _siblings(plan, "aws_s3_bucket_notification", name)
        ),
    }


def _lifecycle(rule: Json) -> Json:
    unfinished = (rule.get("abort_incomplete_multipart_upload") or [{}])[0].get("days_after_initiation")
    noncurrent = (rule.get("noncurrent_version_expiration") or [{}])[0].get("noncurrent_days")
    return {
        "Id": rule["id"],
        "Status": rule["status"],
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": unfinished} if unfinished else None,
        "NoncurrentVersionExpiration": {"NoncurrentDays": noncurrent} if noncurrent else None,
        "ExpirationInDays": (rule.get("expiration") or [{}])[0].get("days"),
    }


def _table(m: _Members, plan: Plan) -> Json:
    del plan
    keys = [(m["hash_key"], "HASH"), (m["range_key"], "RANGE")]
    return {
        **m.renamed(
            name="TableName",
            billing_mode="BillingMode",
            deletion_protection_enabled="DeletionProtectionEnabled",
        ),
        "AttributeDefinitions": [
            {"AttributeName": each["name"], "AttributeType": each["type"]} for each in m["attribute"]
        ],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        "PointInTimeRecoverySpecification": {
            "PointInTimeRecoveryEnabled": m.one("point_in_time_recovery")["enabled"]
        },
        "StreamSpecification": {"StreamViewType": m["stream_view_type"]} if m["stream_enabled"] else None,
    }


def _role(m: _Members, plan: Plan) -> Json:
    policies = [
        {"PolicyName": values["name"], "PolicyDocument": json.loads(values["policy"])}
        for _, values in plan.resources("aws_iam_role_policy")
        if values["role"] == m["name"]
    ]
    return {
        "RoleName": m["name"],
        "AssumeRolePolicyDocument": json.loads(m["assume_role_policy"]),
        "Policies": policies,
    }


def _queue(m: _Members, plan: Plan) -> Json:
    del plan
    return m.renamed(
        name="QueueName",
        sqs_managed_sse_enabled="SqsManagedSseEnabled",
        message_retention_seconds="MessageRetentionPeriod",
    )


def _queue_policy(m: _Members, plan: Plan) -> Json:
    del plan
    queue = "https://sqs.eu-west-1.amazonaws.com/111122223333/translations-function-failures"
    return {"Queues": [queue], "PolicyDocument": json.loads(m["policy"])}


def _distribution(m: _Members, plan: Plan) -> Json:
    del plan
    behaviour = m.one("default_cache_behavior")
    certificate = m.one("viewer_certificate")
    return {
        "DistributionConfig": {
            **m.renamed(
                enabled="Enabled",
                comment="Comment",
                default_root_object="DefaultRootObject",
                http_version="HttpVersion",
                is_ipv6_enabled="IPV6Enabled",
                price_class="PriceClass",
                aliases="Aliases",
                web_acl_id="WebACLId",
            ),
            "Origins": [
                {
                    "Id": each["origin_id"],
                    "DomainName": each["domain_name"],
                    "OriginPath": each["origin_path"],
                    "OriginAccessControlId": each["origin_access_control_id"],
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                }
                for each in m["origin"]
            ],
            "DefaultCacheBehavior": {
                "TargetOriginId": behaviour["target_origin_id"],
                "ViewerProtocolPolicy": behaviour["viewer_protocol_policy"],
                "AllowedMethods": behaviour["allowed_methods"],
                "CachedMethods": behaviour["cached_methods"],
                "Compress": behaviour["compress"],
                "CachePolicyId": behaviour["cache_policy_id"],
                "ResponseHeadersPolicyId": behaviour["response_headers_policy_id"],
                "FunctionAssociations": [
                    {"EventType": each["event_type"], "FunctionARN": each["function_arn"]}
                    for each in behaviour["function_association"]
                ],
            },
            "CustomErrorResponses": [
                {
                    "ErrorCode": each["error_code"],
                    "ResponseCode": each["response_code"],
                    "ResponsePagePath": each["response_page_path"],
                    "ErrorCachingMinTTL": each["error_caching_min_ttl"],
                }
                for each in m["custom_error_response"]
            ],
            "Restrictions": {
                "GeoRestriction": {
                    "RestrictionType": m.one("restrictions")["geo_restriction"][0]["restriction_type"]
                }
            },
            "ViewerCertificate": {
                "CloudFrontDefaultCertificate": certificate["cloudfront_default_certificate"]
            },
        }
    }


def _access_control(m: _Members, plan: Plan) -> Json:
    del plan
    return {
        "OriginAccessControlConfig": m.renamed(
            name="Name",
            description="Description",
            origin_access_control_origin_type="OriginAccessControlOriginType",
            signing_behavior="SigningBehavior",
            signing_protocol="SigningProtocol",
        )
    }


def _edge_function(m: _Members, plan: Plan) -> Json:
    del plan
    return {
        **m.renamed(name="Name", code="FunctionCode", publish="AutoPublish"),
        "FunctionConfig": m.renamed(comment="Comment", runtime="Runtime"),
    }


def _cache_policy(m: _Members, plan: Plan) -> Json:
    del plan
    key = m.one("parameters_in_cache_key_and_forwarded_to_origin")
    return {
        "CachePolicyConfig": {
            **m.renamed(
                name="Name", comment="Comment", min_ttl="MinTTL", default_ttl="DefaultTTL", max_ttl="MaxTTL"
            ),
            "ParametersInCacheKeyAndForwardedToOrigin": {
                "EnableAcceptEncodingBrotli": key["enable_accept_encoding_brotli"],
                "EnableAcceptEncodingGzip": key["enable_accept_encoding_gzip"],
                "CookiesConfig": {"CookieBehavior": key["cookies_config"][0]["cookie_behavior"]},
                "HeadersConfig": {"HeaderBehavior": key["headers_config"][0]["header_behavior"]},
                "QueryStringsConfig": {
                    "QueryStringBehavior": key["query_strings_config"][0]["query_string_behavior"]
                },
            },
        }
    }


def _headers_policy(m: _Members, plan: Plan) -> Json:
    del plan
    security = m.one("security_headers_config")
    transport = security["strict_transport_security"][0]
    return {
        "ResponseHeadersPolicyConfig": {
            **m.renamed(name="Name", comment="Comment"),
            "SecurityHeadersConfig": {
                "ContentTypeOptions": {"Override": security["content_type_options"][0]["override"]},
                "FrameOptions": {
                    "FrameOption": security["frame_options"][0]["frame_option"],
                    "Override": security["frame_options"][0]["override"],
                },
                "ReferrerPolicy": {
                    "ReferrerPolicy": security["referrer_policy"][0]["referrer_policy"],
                    "Override": security["referrer_policy"][0]["override"],
                },
                "StrictTransportSecurity": {
                    "AccessControlMaxAgeSec": transport["access_control_max_age_sec"],
                    "IncludeSubdomains": transport["include_subdomains"],
                    "Override": transport["override"],
                    "Preload": transport["preload"],
                },
            },
        }
    }


def _build_project(m: _Members, plan: Plan) -> Json:
    del plan
    environment = m.one("environment")
    logs = m.one("logs_config")["cloudwatch_logs"][0]
    return {
        **m.renamed(
            name="Name",
            description="Description",
            service_role="ServiceRole",
            build_timeout="TimeoutInMinutes",
            queued_timeout="QueuedTimeoutInMinutes",
        ),
        "Source": {"Type": m.one("source")["type"]},
        "Artifacts": {"Type": m.one("artifacts")["type"]},
        "Environment": {
            "Type": environment["type"],
            "ComputeType": environment["compute_type"],
            "Image": environment["image"],
            "PrivilegedMode": environment["privileged_mode"],
        },
        "LogsConfig": {"CloudWatchLogs": {"GroupName": logs["group_name"], "Status": logs["status"]}},
    }


def _bucket_policy(m: _Members, plan: Plan) -> Json:
    del plan
    return {"Bucket": m["bucket"], "PolicyDocument": json.loads(m["policy"])}


def _plain(**names: str) -> Callable[[_Members, Plan], Json]:
    return lambda m, plan: m.renamed(**names)


_CONVERTED: dict[str, tuple[str, Callable[[_Members, Plan], Json]]] = {
    "aws_cloudfront_cache_policy": ("AWS::CloudFront::CachePolicy", _cache_policy),
    "aws_cloudfront_distribution": ("AWS::CloudFront::Distribution", _distribution),
    "aws_cloudfront_function": ("AWS::CloudFront::Function", _edge_function),
    "aws_cloudfront_origin_access_control": ("AWS::CloudFront::OriginAccessControl", _access_control),
    "aws_cloudfront_response_headers_policy": ("AWS::CloudFront::ResponseHeadersPolicy", _headers_policy),
    "aws_cloudwatch_log_group": (
        "AWS::Logs::LogGroup",
        _plain(name="LogGroupName", retention_in_days="RetentionInDays"),
    ),
    "aws_codebuild_project": ("AWS::CodeBuild::Project", _build_project),
    "aws_codeconnections_connection": (
        "AWS::CodeConnections::Connection",
        _plain(name="ConnectionName", provider_type="ProviderType"),
    ),
    "aws_codepipeline": ("AWS::CodePipeline::Pipeline", lambda m, plan: pipeline_properties(m.values)),
    "aws_dynamodb_table": ("AWS::DynamoDB::Table", _table),
    "aws_iam_role": ("AWS::IAM::Role", _role),
    "aws_s3_bucket": ("AWS::S3::Bucket", _bucket),
    "aws_s3_bucket_policy": ("AWS::S3::BucketPolicy", _bucket_policy),
    "aws_secretsmanager_secret": ("AWS::SecretsManager::Secret", _plain(name="Name", description="Description")),
    "aws_sqs_queue": ("AWS::SQS::Queue", _queue),
    "aws_sqs_queue_policy": ("AWS::SQS::QueuePolicy", _queue_policy),
    "aws_ssm_parameter": ("AWS::SSM::Parameter", _plain(name="Name", type="Type", tier="Tier", value="Value")),
}  # fmt: skip

_PARTS = {
    "aws_iam_role_policy", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_notification",
    "aws_s3_bucket_ownership_controls", "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_versioning",
}  # fmt: skip
"""Members of another resource there."""
_ELSEWHERE = {"aws_s3_object"}
"""CloudFormation has no objects."""
