"""The AWS home's ports on the emulator, in the shape the conformance suites ask for."""

import hashlib
from contextlib import contextmanager

import pytest

HOMES = ["embedded", pytest.param("aws", marks=pytest.mark.emulator)]
"""The parameters of every suite's fixture."""

CATALOG, LEDGER, DOCUMENTS, SITE = "translations", "translations-ledger", "documents", "site-bucket"


def service(stack, name: str):
    from laststop.homes.aws.service import JsonService, SignedSender

    return JsonService(SignedSender(name, stack.settings, stack.keys))


class AwsVersions:
    """The catalog's table with its stream."""

    def __init__(self, stack) -> None:
        self._stack = stack
        stack.table(CATALOG, "algorithm", "version", stream=True)

    @contextmanager
    def opened(self):
        from laststop.homes.aws.table import Table
        from laststop.homes.aws.versions import TableVersions

        dynamodb = service(self._stack, "dynamodb")
        try:
            yield TableVersions(Table(dynamodb, CATALOG))
        finally:
            dynamodb.close()

    def records(self):
        streams = self._stack.client("dynamodbstreams")
        (stream,) = streams.list_streams(TableName=CATALOG)["Streams"]
        found = []
        for shard in streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]:
            iterator = streams.get_shard_iterator(
                StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            for record in streams.get_records(ShardIterator=iterator)["Records"]:
                keys = record["dynamodb"]["Keys"]
                found.append((record["eventName"], keys["algorithm"]["S"], keys["version"]["S"]))
        return found


class Ledger:
    """The ledger's table, with a count of the writes that went to it."""

    def __init__(self, stack) -> None:
        from laststop.homes.aws.table import Table

        self._stack = stack
        stack.table(LEDGER, "pk", "sk")
        self.service = Counting(service(stack, "dynamodb"))
        self.table = Table(self.service, LEDGER)


class Counting:
    """A service that notes the operations that succeed."""

    def __init__(self, inner) -> None:
        self._inner = inner
        self.done: list[str] = []
        self.requests: list[dict] = []

    def call(self, operation, request):
        return self._noted(self._inner.call, operation, request)

    def ask(self, operation, request):
        return self._noted(self._inner.ask, operation, request)

    def _noted(self, perform, operation, request):
        answer = perform(operation, request)
        self.done.append(operation)
        self.requests.append(request)
        return answer

    def close(self) -> None:
        self._inner.close()


class AwsStandings(Ledger):
    @contextmanager
    def opened(self):
        from laststop.homes.aws.standings import TableStandings

        yield TableStandings(self.table)

    def writes(self) -> int:
        return sum(operation in ("PutItem", "UpdateItem") for operation in self.service.done)


class AwsPublications(Ledger):
    def __init__(self, stack, clock) -> None:
        super().__init__(stack)
        self.clock = clock

    @contextmanager
    def opened(self):
        from laststop.homes.aws.publications import TablePublications

        yield TablePublications(self.table, self.clock)

    def changes(self):
        """(algorithm, version, object, generation, verdict, reason) of every change, settled ones too."""
        from laststop.homes.aws.ledger import row_of
        from laststop.homes.aws.publications import ChangeRow

        rows = [
            row_of(item, ChangeRow)
            for item in self.table.scan()
            if item["pk"]["S"] == "OPEN" or item["pk"]["S"].startswith("CHANGE#")
        ]
        return sorted(
            (r.algorithm, r.version, r.object, r.generation, r.verdict.value, r.reason) for r in rows
        )

    def aside(self):
        """(sequence number, reason, record) of every record set aside."""
        return [
            (item["sk"]["S"], item["reason"]["S"], item["record"]["S"])
            for item in self.table.scan()
            if item["pk"]["S"] == "ASIDE"
        ]


def bucket(stack, name: str, prefix: str = ""):
    from laststop.homes.aws.bucket import Bucket

    return Bucket(name, stack.settings, stack.keys, prefix=prefix)


class AwsDocuments:
    """A versioned bucket."""

    def __init__(self, stack) -> None:
        self._stack = stack
        stack.bucket(DOCUMENTS, versioned=True)

    @contextmanager
    def opened(self):
        from laststop.catalog.dealing import document_objects
        from laststop.homes.aws.documents import BucketDocuments

        yield BucketDocuments(bucket(self._stack, DOCUMENTS), document_objects(["routing", "firewall"]))

    def etag(self, content: bytes) -> str:
        return f'"{hashlib.md5(content).hexdigest()}"'

    def forget(self, revision) -> None:
        self._stack.client("s3").delete_object(
            Bucket=DOCUMENTS, Key=revision.key, VersionId=revision.version_id
        )


class AwsReleases(Ledger):
    """The site's bucket and the ledger."""

    def __init__(self, stack, clock) -> None:
        super().__init__(stack)
        self.clock = clock
        stack.bucket(SITE)
        self.port = self.another()

    def another(self):
        from laststop.homes.aws.releases import BucketReleases

        return BucketReleases(bucket(self._stack, SITE), self.table, self.clock)

    def switches(self) -> int:
        """Every write of the pointer raises its epoch by one."""
        live = self.port.live()
        return live.epoch if live else 0

    def shown(self) -> dict[str, bytes]:
        """What readers can reach: path -> content."""
        client = self._stack.client("s3")
        found = client.list_objects_v2(Bucket=SITE, Prefix="site/").get("Contents", [])
        return {
            each["Key"].removeprefix("site/"): client.get_object(Bucket=SITE, Key=each["Key"])["Body"].read()
            for each in found
        }


class AwsLedger(AwsReleases):
    def __init__(self, stack, clock) -> None:
        from laststop.homes.aws.site_ledger import TableSiteLedger

        super().__init__(stack, clock)
        self.releases = self.port
        self.port = TableSiteLedger(self.table, clock)

    def proofs(self):
        """The releases that were noted as proven, each time one was."""
        updates = [
            write["Update"]
            for request in self.service.requests
            for write in request.get("TransactItems", [])
            if "Update" in write
        ]
        return [
            update["ExpressionAttributeValues"][":release"]["S"]
            for update in updates
            if "seen_release" in update["UpdateExpression"]
        ]

    def remove(self, release) -> None:
        self.table.write(
            "UpdateItem",
            Key={"pk": {"S": "RELEASE"}, "sk": {"S": release}},
            UpdateExpression="SET removed_at = :at",
            ExpressionAttributeValues={":at": {"S": "2026-11-23T12:00:00Z"}},
        )

    def refusals(self):
        """(run, outcome, reason, whether a fresh run is wanted)."""
        from laststop.homes.aws.ledger import row_of
        from laststop.homes.aws.site_ledger import Outcome

        rows = [
            (item["pk"]["S"].removeprefix("RUN#"), row_of(item, Outcome))
            for item in self.table.scan()
            if item["sk"]["S"] == "OUTCOME"
        ]
        return [(run, row.outcome, row.reason, row.fresh_run_wanted) for run, row in rows]


class AwsEdge:
    """A bucket behind CloudFront: the site's files, its edge, and the probe that looks through it."""

    def __init__(self, stack) -> None:
        from emulator.stack import distribution
        from laststop.homes.aws.edge import CloudFrontEdge
        from laststop.homes.aws.probe import SiteProbe
        from laststop.homes.aws.service import SignedSender

        self._stack = stack
        stack.bucket(SITE)
        self.id, host = distribution(stack, SITE)
        self._sender = SignedSender("cloudfront", stack.settings, stack.keys)
        self.edge = CloudFrontEdge(self._sender, self.id, pause=lambda _: None)
        self.probe = SiteProbe(f"http://{host}", connect_to=stack.url.removeprefix("http://"))

    def ship(self, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            self._stack.client("s3").put_object(Bucket=SITE, Key=f"site/{path}", Body=content)

    def purges(self) -> int:
        """How many purges were made."""
        found = self._stack.client("cloudfront").list_invalidations(DistributionId=self.id)
        return found["InvalidationList"]["Quantity"]

    def close(self) -> None:
        self._sender.close()
