"""`[names.aws]`: where the AWS home lies, and what its parts are called.

Names follow one rule, `<project>-<word>`, so that roles can be written before what they are about exists.
Names of buckets are shared by everybody on AWS, so the account's number follows in them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from laststop.pipeline.problems import Problem, did_you_mean, listed, quoted

CONNECTION_PROVIDERS: Final = ("GitHub", "GitLab", "Bitbucket", "AzureDevOps")
"""Those a connection reaches without a host of its own; for others give `connection_arn`."""

_BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_TABLE: Final = r"[A-Za-z0-9_.-]{3,255}"
_SHAPES: Final = {
    "region": (r"[a-z]{2}(-[a-z]+)+-[0-9]", "eu-west-1"),
    "account": (r"[0-9]{12}", "111122223333"),
    "connection_arn": (
        r"arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[A-Za-z0-9-]+",
        "arn:aws:codeconnections:eu-west-1:111122223333:connection/...",
    ),
    "catalog_table": (_TABLE, "algorithms"),
    "catalog_stream_arn": (
        rf"arn:aws[a-z-]*:dynamodb:[a-z0-9-]+:[0-9]{{12}}:table/{_TABLE}/stream/[0-9T:.-]+",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/algorithms/stream/2026-01-31T08:00:00.000",
    ),
    "ledger_table": (_TABLE, "translations-ledger"),
    "artifacts_bucket": (_BUCKET, "translations-artifacts-111122223333"),
    "site_bucket": (_BUCKET, "translations-site-111122223333"),
}
"""Name -> what its value looks like, and an example."""


class AwsNames(msgspec.Struct, frozen=True, kw_only=True):
    """What the parts of a project are called on AWS; region, account and ARNs are empty while unknown."""

    region: str
    account: str
    connection_arn: str
    connection_provider: str
    catalog_table: str
    catalog_stream_arn: str
    ledger_table: str
    documents_bucket: str
    artifacts_bucket: str
    site_bucket: str
    build_project: str

    @property
    def placeholders(self) -> dict[str, str]:
        """Those pipeline.yml may name; one without a value is left out, so that its use is refused."""
        names = ("region", "account", "connection_arn", "catalog_table", "ledger_table")
        buckets = ("documents_bucket", "artifacts_bucket", "site_bucket", "build_project")
        return {name: getattr(self, name) for name in (*names, *buckets) if getattr(self, name)}


def aws_names(project: str, documents_bucket: str, given: Mapping[str, str]) -> AwsNames:
    """The names of a project: what `[names.aws]` gives, and the rule for the rest.

    `documents_bucket` is `[documents] bucket`, empty when the file is silent about it.
    """
    account = given.get("account", "")
    suffix = f"-{account}" if account else ""

    def named(name: str, default: str = "") -> str:
        return given.get(name, default)

    return AwsNames(
        region=named("region"),
        account=account,
        connection_arn=named("connection_arn"),
        connection_provider=named("connection_provider"),
        catalog_table=named("catalog_table", f"{project}-catalog"),
        catalog_stream_arn=named("catalog_stream_arn"),
        ledger_table=named("ledger_table", f"{project}-ledger"),
        documents_bucket=named("documents_bucket", documents_bucket or f"{project}-documents{suffix}"),
        artifacts_bucket=named("artifacts_bucket", f"{project}-artifacts{suffix}"),
        site_bucket=named("site_bucket", f"{project}-site{suffix}"),
        build_project=named("build_project", f"{project}-build"),
    )


def aws_names_problems(given: Mapping[str, str]) -> Iterator[Problem]:
    """What is wrong with the names that mean something to laststop itself; the others are the user's own."""
    for name, (shape, example) in _SHAPES.items():
        value = given.get(name)
        if value is not None and not re.fullmatch(shape, value):
            yield Problem(
                path=("names", "aws", name),
                message=f"{quoted(value)} is no {name.replace('_', ' ')}",
                hint=f"it looks like {example}",
            )
    provider = given.get("connection_provider")
    if provider is not None and provider not in CONNECTION_PROVIDERS:
        otherwise = f"they are {listed(CONNECTION_PROVIDERS)}; for others give connection_arn"
        yield Problem(
            path=("names", "aws", "connection_provider"),
            message=f"{quoted(provider)} is no provider a connection can be made for",
            hint=did_you_mean(provider, CONNECTION_PROVIDERS, otherwise=otherwise),
        )
    yield from _stream(given)


def _stream(given: Mapping[str, str]) -> Iterator[Problem]:
    stream = given.get("catalog_stream_arn", "")
    parts = stream.split("/")
    if "stream" in parts[2:] and parts[1] != given.get("catalog_table"):
        yield Problem(
            path=("names", "aws", "catalog_stream_arn"),
            message=f"it is the stream of the table {quoted(parts[1])}",
            hint=f"set catalog_table = {quoted(parts[1])}, so that both name the same existing table",
        )
