"""The AWS home, put together: each part is made when it is first asked for, and imported then.

A function's first call pays for what it uses and for nothing else. Names come from the function's
environment, the project's settings from the parameter `/<project>/settings` (infra/contract.md).
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from laststop.config.project import Project, ProjectTables, project_of
from laststop.errors import UsageError
from laststop.functions.publish import Policy, Shelf
from laststop.homes.aws.credentials import key_source
from laststop.homes.aws.service import JsonService, SignedSender
from laststop.homes.aws.settings import AwsSettings, settings_from
from laststop.homes.aws.table import Table
from laststop.wiring.policy import policy_of
from laststop.words.instants import Instant

if TYPE_CHECKING:  # each is imported by the property that gives it
    from laststop.homes.aws.bill_versions import BucketBillVersions
    from laststop.homes.aws.bucket import Bucket
    from laststop.homes.aws.credentials import KeySource
    from laststop.homes.aws.documents import BucketDocuments
    from laststop.homes.aws.jobs import PipelineJobs
    from laststop.homes.aws.pointer import Pointer
    from laststop.homes.aws.releases import BucketReleases
    from laststop.homes.aws.runs import PipelineRuns
    from laststop.homes.aws.site_ledger import TableSiteLedger
    from laststop.homes.aws.versions import TableVersions

SETTINGS: Final = "LASTSTOP_SETTINGS"
"""The project's settings themselves, for places without Systems Manager."""

SITE_URL: Final = "LASTSTOP_SITE_URL"
"""Another address of the site than its domain, for emulators."""


def clock() -> Instant:
    """The time."""
    return datetime.now(UTC)


class AwsHome:
    """Everything over one project's tables and buckets.

    Concurrency: one invocation at a time, as a function's process has it.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        """Nothing is read or sent before it is asked for."""
        self.environment = environment
        self._senders: dict[str, SignedSender] = {}

    def name(self, variable: str) -> str:
        """A name that the deployment gave the function.

        Raises: UsageError when it gave none.
        """
        found = self.environment.get(variable, "")
        if not found:
            raise UsageError(
                f"the environment has no {variable}", hint="deploy the functions with infra/serverless.yml"
            )
        return found

    @cached_property
    def settings(self) -> AwsSettings:
        """Region and addresses."""
        return settings_from(self.environment)

    @cached_property
    def keys(self) -> "KeySource":
        """Who we are to AWS."""
        return key_source(self.environment)

    def sender(self, name: str) -> SignedSender:
        """What carries requests to a service."""
        if name not in self._senders:
            self._senders[name] = SignedSender(name, self.settings, self.keys)
        return self._senders[name]

    def service(self, name: str) -> JsonService:
        """A service that speaks JSON."""
        return JsonService(self.sender(name))

    def close(self) -> None:
        """Let go of idle connections; Lambda ends functions without asking, tests do not."""
        for sender in self._senders.values():
            sender.close()

    def bucket(self, name: str) -> "Bucket":
        """A bucket."""
        from laststop.homes.aws.bucket import Bucket

        return Bucket(name, self.settings, self.keys)

    @cached_property
    def project(self) -> Project:
        """The project, as its laststop.toml was when the infrastructure was applied.

        Raises: UsageError when the settings cannot be read.
        """
        text = self.environment.get(SETTINGS, "")
        place = SETTINGS
        if not text:
            place = f"/{self.name('LASTSTOP_PROJECT')}/settings"
            found = self.service("ssm").call("GetParameter", {"Name": place})
            text = str(found["Parameter"]["Value"])
        try:
            tables = msgspec.json.decode(text, type=ProjectTables)
        except msgspec.MsgspecError as error:
            raise UsageError(
                f"the project's settings cannot be read: {error}",
                place=place,
                hint="apply the infrastructure and deploy the functions from the same version of laststop",
            ) from error
        return project_of(Path(), tables)

    @property
    def site_url(self) -> str:
        """Where readers find the site, without a closing slash."""
        return self.environment.get(SITE_URL, "") or f"https://{self.name('LASTSTOP_DOMAIN')}"

    @cached_property
    def policy(self) -> Policy:
        """How the project reads its catalog."""
        return policy_of(self.project)

    @property
    def objects(self) -> tuple[str, ...]:
        """The document objects."""
        return tuple(each.object for each in self.policy.objects)

    @cached_property
    def locations(self) -> dict[str, str]:
        """Document object -> `bucket/key`."""
        bucket = self.name("LASTSTOP_DOCUMENTS_BUCKET")
        return {each.object: f"{bucket}/{each.key}" for each in self.policy.objects}

    @cached_property
    def ledger_table(self) -> Table:
        """The ledger."""
        return Table(self.service("dynamodb"), self.name("LASTSTOP_LEDGER_TABLE"))

    @cached_property
    def versions(self) -> "TableVersions":
        """The catalog."""
        from laststop.homes.aws.versions import TableVersions

        table = Table(self.service("dynamodb"), self.name("LASTSTOP_CATALOG_TABLE"))
        return TableVersions(table, self.policy.columns)

    @cached_property
    def documents_bucket(self) -> "Bucket":
        """Where the metadata documents lie."""
        return self.bucket(self.name("LASTSTOP_DOCUMENTS_BUCKET"))

    @cached_property
    def documents(self) -> "BucketDocuments":
        """The metadata documents."""
        from laststop.homes.aws.documents import BucketDocuments

        return BucketDocuments(self.documents_bucket, self.policy.objects)

    @cached_property
    def shelf(self) -> Shelf:
        """What publishing works through."""
        from laststop.homes.aws.publications import TablePublications
        from laststop.homes.aws.standings import TableStandings

        return Shelf(
            versions=self.versions,
            documents=self.documents,
            standings=TableStandings(self.ledger_table),
            publications=TablePublications(self.ledger_table, clock),
        )

    @cached_property
    def pointer(self) -> "Pointer":
        """The live pointer and the releases' rows."""
        from laststop.homes.aws.pointer import Pointer

        return Pointer(self.ledger_table, clock)

    @cached_property
    def site_ledger(self) -> "TableSiteLedger":
        """Refusals, purges, proofs."""
        from laststop.homes.aws.site_ledger import TableSiteLedger

        return TableSiteLedger(self.ledger_table, clock)

    @cached_property
    def releases(self) -> "BucketReleases":
        """The site's releases."""
        from laststop.homes.aws.releases import BucketReleases

        return BucketReleases(
            self.bucket(self.name("LASTSTOP_SITE_BUCKET")),
            self.ledger_table,
            clock,
            ttl_seconds=self.project.edge.default_ttl_seconds,
        )

    @cached_property
    def bill_versions(self) -> "BucketBillVersions":
        """What a bill's documents name active."""
        from laststop.homes.aws.bill_versions import BucketBillVersions

        return BucketBillVersions(self.documents_bucket)

    @cached_property
    def jobs(self) -> "PipelineJobs":
        """The results of jobs."""
        from laststop.homes.aws.jobs import PipelineJobs

        return PipelineJobs(self.service("codepipeline"))

    @cached_property
    def pipeline(self) -> str:
        """The pipeline's name."""
        return self.name("LASTSTOP_PIPELINE")

    @cached_property
    def runs(self) -> "PipelineRuns":
        """Runs and their bills."""
        from laststop.homes.aws.runs import PipelineRuns

        return PipelineRuns(
            self.service("codepipeline"),
            pipeline=self.pipeline,
            documents=self.documents_bucket,
            objects=self.policy.objects,
        )
