"""The ledger: laststop's own state in a table of its own, without a stream; the keys and rows of it.

Key `pk` (partition) and `sk` (sort), both texts; everything else are plain attributes.

```
SITE                  LIVE                             the live pointer, and what was purged and proven last
SITE                  TURN                             who is writing the site's files
RELEASE               release id                       a kept release, and how it fared
RUN#<run>             OUTCOME                          why a run's release was not switched to
RUN#<run>             CAUSE                            why laststop began a run
RUN#<run>             MESSAGE#<bulletin>               what stands at a bulletin of a run's message
START                 MARK                             the newest run that was decided, and who is deciding
MONTH#<yyyy-mm>       PURGES                           paths invalidated in a month: what CloudFront bills
STANDING#<algorithm>  version                          evidence of release and retirement
OPEN                  <sequence>#<algorithm>#<version> a change without a final verdict
CHANGE#<algorithm>    <version>#<sequence>             the same with its final verdict, never in both places
ASIDE                 sequence number                  a stream record that cannot be used, with its reason
```

docs/reference/aws-ledger.md lists the attributes of each.
Sequence numbers are padded to 40 digits, so that texts compare as numbers do; DynamoDB's own numbers hold 38.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from laststop.catalog.typed_value import TypedValue, plain_value, typed_value
from laststop.errors import InvariantError
from laststop.homes.aws.table import Item

SITE: Final = "SITE"
LIVE: Final = "LIVE"
RELEASE: Final = "RELEASE"
OUTCOME: Final = "OUTCOME"
CAUSE: Final = "CAUSE"
OPEN: Final = "OPEN"
ASIDE: Final = "ASIDE"
PURGES: Final = "PURGES"
SEQUENCE_DIGITS: Final = 40

_KEYS = ("pk", "sk")
_Row = TypeVar("_Row", bound=msgspec.Struct)


def key(pk: str, sk: str) -> Item:
    """The key of an item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def sequence_key(number: int) -> str:
    """A stream's sequence number as a text that sorts as it does."""
    return f"{number:0{SEQUENCE_DIGITS}d}"


def item_of(pk: str, sk: str, row: msgspec.Struct) -> Item:
    """The item of a row; members that are None are left out."""
    plain: dict[str, Any] = _plain(row)
    return {
        **key(pk, sk),
        **{name: typed_value(value) for name, value in plain.items() if value is not None},
    }


def typed(value: Any) -> TypedValue:
    """A value as an attribute: a struct as a map, an instant as text."""
    return typed_value(_plain(value))


def row_of(item: Mapping[str, object], kind: type[_Row]) -> _Row:
    """The row of an item; attributes a later version may add are passed over.

    Raises: InvariantError for an item that is no such row: nobody else writes into the ledger.
    """
    plain = {name: plain_value(value, name) for name, value in item.items() if name not in _KEYS}
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError as error:
        named = "/".join(str(item.get(name)) for name in _KEYS)
        raise InvariantError(f"the ledger's item {named} is no {kind.__name__}: {error}") from error


def _plain(value: Any) -> Any:
    """A value as JSON would carry it."""
    return msgspec.json.decode(msgspec.json.encode(value))
