"""Facts by chance: msgspec knows the types of a struct's fields, hypothesis makes values of these types."""

from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBERS = st.integers(-(2**53), 2**53)
JSON = st.dictionaries(TEXTS, st.none() | st.booleans() | NUMBERS | TEXTS, max_size=3)

_VALUES = {
    inspect.StrType: lambda _: TEXTS,
    inspect.IntType: lambda _: st.integers(0, 2**60),
    inspect.BoolType: lambda _: st.booleans(),
    inspect.DateTimeType: lambda _: INSTANTS,
    inspect.NoneType: lambda _: st.none(),
    inspect.LiteralType: lambda kind: st.sampled_from(kind.values),
    inspect.EnumType: lambda kind: st.sampled_from(list(kind.cls)),
    inspect.UnionType: lambda kind: st.one_of(*(_values(each) for each in kind.types)),
    inspect.VarTupleType: lambda kind: st.lists(_values(kind.item_type), max_size=3).map(tuple),
    inspect.DictType: lambda kind: st.dictionaries(
        _values(kind.key_type), _values(kind.value_type), max_size=3
    ),
    inspect.AnyType: lambda _: st.one_of(st.none(), TEXTS, NUMBERS, JSON),
}


def facts_of(kind: type[msgspec.Struct]) -> st.SearchStrategy:
    """Facts of one kind."""
    return _values(inspect.type_info(kind))


def _values(kind: inspect.Type) -> st.SearchStrategy:
    if isinstance(kind, inspect.StructType):
        return st.builds(kind.cls, **{field.name: _values(field.type) for field in kind.fields})
    return _VALUES[type(kind)](kind)
