"""What Lambda's mapping of a DynamoDB stream does with one shard, where emulators do less.

Source: AWS Lambda developer guide, "How Lambda processes records from stream and queue-based event sources",
"Configuring partial batch response" and "Retain discarded batches"; botocore's Lambda model (1.43).
Rules kept here: filters skip records, batches keep the shard's order, one batch at a time; an error delivers
the batch again and, where asked for, in halves, which costs no attempt; a partial answer moves the checkpoint
to the lowest number it names and delivers from there on; an answer that names nothing of the batch is a
failure of all of it; an attempt is used up by every delivery that did not end well, not by a throttle; who is
out of attempts, or too old, goes to the failure queue as a pointer, and the shard goes on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from aws_rules.patterns import matches


class ThrottledError(Exception):
    """Lambda itself had no room; it is tried again and costs no attempt."""


@dataclass
class StreamMapping:
    """One mapping. `call` is the function; `now` the time in seconds, moved by whoever tests."""

    call: Callable[[dict], dict | None]
    batch_size: int = 100
    attempts_max: int = 3
    record_age_seconds: float = 3600.0
    bisect: bool = True
    partial: bool = True
    filters: tuple[dict, ...] = ()
    now: Callable[[], float] = lambda: 0.0
    deliveries: list[list[str]] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    skipped: int = 0

    def drain(self, records: list[dict]) -> None:
        """Bring a shard's records to their end, each in its function or in the failure queue."""
        wanted = [record for record in records if self._passes(record)]
        self.skipped += len(records) - len(wanted)
        for first in range(0, len(wanted), self.batch_size):
            self._deliver(wanted[first : first + self.batch_size], self.attempts_max)

    def _passes(self, record: dict) -> bool:
        return not self.filters or any(matches(each, record) for each in self.filters)

    def _deliver(self, batch: list[dict], retries: int) -> None:
        while batch:
            if self._is_too_old(batch[0]):
                old = [record for record in batch if self._is_too_old(record)]
                self._give_up(old, "MaxRecordAgeExceeded")
                batch = batch[len(old) :]
                continue
            left, whole = self._once(batch)
            if not left:
                return
            if len(left) < len(batch):  # a checkpoint: what came before it is done
                retries = self.attempts_max
            elif self.bisect and whole and len(left) > 1:
                half = (len(left) + 1) // 2
                self._deliver(left[:half], retries)
                self._deliver(left[half:], retries)
                return
            else:
                if retries == 0:
                    self._give_up(left, "RetryAttemptsExhausted")
                    return
                retries -= 1
            batch = left

    def _once(self, batch: list[dict]) -> tuple[list[dict], bool]:
        """What of a batch is not done after one call, and whether the call failed as a whole."""
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        while True:
            try:
                answer = self.call({"Records": batch})
            except ThrottledError:
                continue
            except Exception:  # noqa: BLE001 - whatever a function raises is a failed invocation
                self.deliveries.append(numbers)
                return batch, True
            break
        self.deliveries.append(numbers)
        named = (answer or {}).get("batchItemFailures") if self.partial else None
        if not named:
            return [], False
        identifiers = [each.get("itemIdentifier") for each in named]
        if any(identifier not in numbers for identifier in identifiers):
            return batch, True
        first = min(numbers.index(identifier) for identifier in identifiers)
        return batch[first:], False

    def _is_too_old(self, record: dict) -> bool:
        made_at = record["dynamodb"]["ApproximateCreationDateTime"]
        return self.now() - made_at > self.record_age_seconds

    def _give_up(self, batch: list[dict], condition: str) -> None:
        """The failure queue gets where the records stand, never the records."""
        self.failures.append(
            {
                "requestContext": {"condition": condition, "approximateInvokeCount": len(self.deliveries)},
                "DDBStreamBatchInfo": {
                    "startSequenceNumber": batch[0]["dynamodb"]["SequenceNumber"],
                    "endSequenceNumber": batch[-1]["dynamodb"]["SequenceNumber"],
                    "batchSize": len(batch),
                },
            }
        )
