"""Where AWS is: the region, and the address of each service.

Source: AWS SDKs and tools reference guide, "Service-specific endpoints" and "AWS Region"; the addresses are
those of botocore's `endpoints.json` (1.43) for the services used here.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from laststop.errors import UsageError

CLOUDFRONT: Final = "cloudfront"

_VARIABLES: Final = {
    "dynamodb": "DYNAMODB",
    "s3": "S3",
    "codepipeline": "CODEPIPELINE",
    CLOUDFRONT: "CLOUDFRONT",
    "secretsmanager": "SECRETS_MANAGER",
    "ssm": "SSM",
    "codebuild": "CODEBUILD",
    "logs": "CLOUDWATCH_LOGS",
    "scheduler": "SCHEDULER",
    "lambda": "LAMBDA",
}
"""Service, as its address and its signature spell it -> the end of its `AWS_ENDPOINT_URL_...` variable."""

_CHINA: Final = "cn-"
_GLOBAL_REGION: Final = {False: "us-east-1", True: "cn-northwest-1"}


class AwsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The region everything lies in, and addresses that replace AWS's own: service -> URL, "" for all.

    CloudFront is one service for the whole world; its requests are signed for the region it is ruled from.
    """

    region: str
    endpoints: dict[str, str] = {}

    def own_endpoint(self, service: str) -> str:
        """The address that was set for a service, or for all; empty when AWS's own is meant."""
        return self.endpoints.get(service) or self.endpoints.get("", "")

    def endpoint(self, service: str) -> str:
        """The address of a service, without a closing slash."""
        if own := self.own_endpoint(service):
            return own.rstrip("/")
        china = self.region.startswith(_CHINA)
        suffix = "amazonaws.com.cn" if china else "amazonaws.com"
        if service == CLOUDFRONT:
            return f"https://cloudfront.{'cn-northwest-1.' if china else ''}{suffix}"
        return f"https://{service}.{self.region}.{suffix}"

    def signing_region(self, service: str) -> str:
        """The region a request to a service is signed for."""
        if service == CLOUDFRONT:
            return _GLOBAL_REGION[self.region.startswith(_CHINA)]
        return self.region


def settings_from(environment: Mapping[str, str], *, region: str = "") -> AwsSettings:
    """Read the settings that AWS's own tools read: `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`...

    A given `region`, the project's own, goes before the environment's.
    Raises: UsageError when no region is named, or an address is none.
    """
    found = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    if not found:
        raise UsageError(
            "no AWS region is named",
            place="region",
            hint="set region under [names.aws] in laststop.toml, or AWS_REGION in the environment",
        )
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return AwsSettings(region=found)
    named = {service: f"AWS_ENDPOINT_URL_{end}" for service, end in _VARIABLES.items()}
    variables = {"": "AWS_ENDPOINT_URL", **named}
    endpoints = {
        service: _checked(environment[name], name)
        for service, name in variables.items()
        if environment.get(name)
    }
    return AwsSettings(region=found, endpoints=endpoints)


def _checked(url: str, name: str) -> str:
    try:
        parts = urlsplit(url)
        plain = parts.path in ("", "/") and not parts.query
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and plain
    except ValueError:
        usable = False
    if not usable:
        raise UsageError(f"{url!r} is no address", place=name, hint="it looks like http://127.0.0.1:4566")
    return url
