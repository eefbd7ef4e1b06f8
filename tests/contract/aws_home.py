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

    def call(self, operation, request):
        answer = self._inner.call(operation, request)
        self.done.append(operation)
        return answer

    def ask(self, operation, request):
        answer = self._inner.ask(operation, request)
        self.done.append(operation)
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
