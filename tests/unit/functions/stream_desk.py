"""Publishing with its ports in memory, called as a stream mapping calls it."""

import msgspec

from laststop.catalog.change import Change, Image
from laststop.catalog.record import encode_record
from laststop.functions.publish import Shelf
from laststop.functions.publish_batch import publish_batch
from unit.functions.aws_fakes import MemoryVersions
from unit.functions.test_publish import POLICY, Documents, Publications, Standings
from unit.homes.home_workbench import COMPLETE, EPOCH


class StreamDesk:
    """`poison` names records that meet a bug of ours."""

    def __init__(self) -> None:
        self.versions = MemoryVersions()
        self.documents, self.publications, self.standings = Documents(), Publications(), Standings()
        self.poison: set[str] = set()
        self.judged: list[dict[str, int]] = []

    def judge(self, generations) -> None:
        """What the page shows already is judged."""
        self.judged.append(dict(generations))

    def call(self, event: dict) -> dict:
        """One invocation of the function."""
        if self.poison and any(identifier(record) in self.poison for record in event["Records"]):
            raise ZeroDivisionError
        shelf = Shelf(
            versions=self.versions,
            documents=self.documents,
            standings=self.standings,
            publications=self.publications,
        )
        answer = publish_batch(event, shelf=shelf, policy=POLICY, judge=self.judge)
        return msgspec.json.decode(msgspec.json.encode(answer))

    def publish(self, *records: dict) -> dict:
        return self.call({"Records": list(records)})

    def record(
        self, number: int, version: str = "1.0", phase: str = COMPLETE, old: str | None = None
    ) -> dict:
        """The record of a step whose row stands in the table."""
        self.versions.put("bgp", version, "routing", phase)
        change = Change(
            sequence_number=number,
            event="MODIFY" if old else "INSERT",
            algorithm="bgp",
            version=version,
            old=Image(type="routing", phase=old) if old else None,
            new=Image(type="routing", phase=phase),
            at=EPOCH,
        )
        return encode_record(change, arn="arn", region="r")


def identifier(record: dict) -> str:
    return record["dynamodb"]["SequenceNumber"]
