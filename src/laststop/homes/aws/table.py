"""One DynamoDB table, spoken to in whole items."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from laststop.catalog.typed_value import TypedValue
from laststop.errors import ConflictError, LaststopError, TransientError
from laststop.homes.aws.errors import ServiceError, failure, meaning
from laststop.homes.aws.service import Caller

Item = dict[str, TypedValue]
"""Attribute -> typed value, as on the wire."""

BATCH_READ_MAX: Final = 100
TRANSACTION_MAX: Final = 100
"""Items of one BatchGetItem and of one TransactWriteItems. Source: DynamoDB API reference."""
_ROUNDS_MAX = 8
_SERVICE = "dynamodb"
_CONDITION = "ConditionalCheckFailed"
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


class NotAsExpectedError(ConflictError):
    """A transaction was refused as a whole; `failed` are the places of the conditions that did not hold."""

    def __init__(self, message: str, *, failed: tuple[int, ...], place: str) -> None:
        """Nothing was written."""
        super().__init__(message, place=place, hint="look again, and decide again")
        self.failed = failed


class Table:
    """Reads see every write that ended before they began.

    Concurrency: any thread, if the caller's service takes it.
    """

    def __init__(self, service: Caller, name: str, *, pause: Callable[[float], object] = time.sleep) -> None:
        """`name` is the table's."""
        self._service = service
        self.name = name
        self._pause = pause

    def get(self, key: Item) -> Item | None:
        """The item under a key, or None."""
        found = self._service.call("GetItem", {"TableName": self.name, "Key": key, "ConsistentRead": True})
        return found.get("Item")

    def get_many(self, keys: Iterable[Item]) -> list[Item]:
        """Those of the items that are there, in no order; a key may stand there once.

        Raises: TransientError when the table keeps leaving some unread.
        """
        wanted = list(keys)
        return [
            item
            for first in range(0, len(wanted), BATCH_READ_MAX)
            for item in self._get_batch(wanted[first : first + BATCH_READ_MAX])
        ]

    def query(self, **request: Any) -> Iterator[Item]:
        """The items a Query finds, over all its pages."""
        return self._pages("Query", request)

    def scan(self, **request: Any) -> Iterator[Item]:
        """The items a Scan finds, over all its pages."""
        return self._pages("Scan", request)

    def write(self, operation: str, **request: Any) -> None:
        """A PutItem, UpdateItem or DeleteItem.

        Raises: ConflictError when its condition does not hold.
        """
        self._service.call(operation, {"TableName": self.name, **request})

    def transact(self, *writes: Mapping[str, Mapping[str, Any]]) -> None:
        """All of the writes (`{"Put": {...}}`, ...), or none; at most a hundred.

        Two transactions that meet are tried again here.
        Raises: NotAsExpectedError when a condition does not hold.
        """
        named = [{kind: {"TableName": self.name, **body} for kind, body in write.items()} for write in writes]
        for round_ in range(_ROUNDS_MAX):
            try:
                self._service.ask("TransactWriteItems", {"TransactItems": named})
            except ServiceError as error:
                self._judge(error, last=round_ == _ROUNDS_MAX - 1)
            else:
                return
            self._pause(random.uniform(0.5, 1) * 0.02 * 2**round_)  # noqa: S311

    def _get_batch(self, keys: list[Item]) -> Iterator[Item]:
        for round_ in range(_ROUNDS_MAX):
            request = {"RequestItems": {self.name: {"Keys": keys, "ConsistentRead": True}}}
            answer = self._service.call("BatchGetItem", request)
            yield from answer.get("Responses", {}).get(self.name, [])
            keys = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            if not keys:
                return
            self._pause(random.uniform(0.5, 1) * 0.05 * 2**round_)  # noqa: S311
        raise TransientError(
            "the table is throttled", place=f"{_SERVICE} BatchGetItem {self.name}", hint="try again later"
        )

    def _judge(self, error: ServiceError, *, last: bool) -> None:
        """Raise what a refused transaction means, unless the same may pass a moment later."""
        reasons = _reasons(error)
        failed = tuple(place for place, code in enumerate(reasons) if code == _CONDITION)
        if failed:
            raise NotAsExpectedError(
                "what stands is not what was expected", failed=failed, place=f"{_SERVICE} {self.name}"
            ) from error
        met = [code for code in reasons if code not in ("", "None")]
        if met and _PASSING.issuperset(met):
            if last:
                raise TransientError("others keep writing the same items", place=self.name) from error
            return
        if met:
            raise _of_reason(met[0], error) from error
        if meaning(_SERVICE, error.code, error.status).kind is ConflictError and not last:
            return
        raise failure(_SERVICE, "TransactWriteItems", error) from error

    def _pages(self, operation: str, request: Mapping[str, Any]) -> Iterator[Item]:
        start: Item | None = None
        while True:
            begin = {"ExclusiveStartKey": start} if start else {}
            answer = self._service.call(
                operation, {"ConsistentRead": True, **request, **begin, "TableName": self.name}
            )
            yield from answer.get("Items", [])
            start = answer.get("LastEvaluatedKey")
            if not start:
                return


class _Reason(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    code: str | None = None


class _Cancelled(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    cancellation_reasons: tuple[_Reason, ...] = ()


def _reasons(error: ServiceError) -> tuple[str, ...]:
    """The code of each write's reason; none when the transaction was refused for another."""
    try:
        said = msgspec.json.decode(error.fields, type=_Cancelled)
    except msgspec.MsgspecError:
        return ()
    return tuple(reason.code or "" for reason in said.cancellation_reasons)


def _of_reason(code: str, error: ServiceError) -> LaststopError:
    """The error for a reason that is neither a condition nor a passing one, spelled without its ending."""
    named = ServiceError(f"{code}Exception", error.message, status=error.status)
    if code == "ValidationError":
        named = ServiceError(code, error.message, status=error.status)
    return failure(_SERVICE, "TransactWriteItems", named)
