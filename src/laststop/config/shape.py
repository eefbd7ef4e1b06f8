"""Whether plain data has the shape of a struct: known keys, none missing, the right kind of value.

msgspec stops at the first mismatch and speaks of types; people get every mismatch, in words.
"""

import re
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

from laststop.errors import InvariantError
from laststop.pipeline.problems import Problem, Trail, did_you_mean, listed, quoted

T = TypeVar("T")

_KINDS: Final[dict[type, str]] = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.BoolType: "true or false",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}
_VALUES: Final[dict[type, type]] = {
    inspect.StrType: str,
    inspect.IntType: int,
    inspect.BoolType: bool,
    inspect.VarTupleType: list,
    inspect.DictType: dict,
    inspect.StructType: dict,
}
_FITS: Final = {"a whole number": re.compile(r"-?[0-9]{1,15}"), "true or false": re.compile("true|false")}
_NOTHING: Final = re.compile(r"(?!)")


def shaped(value: object, wanted: type[T]) -> tuple[T | None, list[Problem]]:
    """The data as a value of the wanted struct, and everything that keeps it from being one.

    Unknown keys are reported and dropped, so that the rest can still be judged; anything else
    leaves no value.
    """
    walk = _Walk()
    clean = walk.check(value, inspect.type_info(wanted), ())
    if walk.broken:
        return None, walk.problems
    try:
        return msgspec.convert(clean, wanted), walk.problems
    except msgspec.ValidationError as error:
        raise InvariantError(f"data was checked and yet does not fit {wanted.__name__}: {error}") from error


class _Walk:
    """One pass through the data; `broken` when it cannot become the struct."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.broken = False

    def check(self, value: object, wanted: inspect.Type, path: Trail) -> object:
        if isinstance(wanted, inspect.UnionType):
            kinds = [kind for kind in wanted.types if not isinstance(kind, inspect.NoneType)]
            wanted = next((kind for kind in kinds if type(value) is _VALUES.get(type(kind))), kinds[0])
        if isinstance(wanted, inspect.LiteralType):
            return self._literal(value, wanted, path)
        if type(value) is not _VALUES[type(wanted)]:
            return self._wrong(value, _KINDS[type(wanted)], path)
        if isinstance(wanted, inspect.VarTupleType):
            items = cast("list[object]", value)
            return [self.check(item, wanted.item_type, (*path, index)) for index, item in enumerate(items)]
        if isinstance(wanted, inspect.DictType):
            members = cast("dict[str, object]", value)
            return {key: self.check(item, wanted.value_type, (*path, key)) for key, item in members.items()}
        if isinstance(wanted, inspect.StructType):
            return self._struct(cast("dict[str, object]", value), wanted, path)
        return value

    def _struct(
        self, members: dict[str, object], wanted: inspect.StructType, path: Trail
    ) -> dict[str, object]:
        fields = {field.encode_name: field for field in wanted.fields}
        kept: dict[str, object] = {}
        for key, value in members.items():
            if key in fields:
                kept[key] = self.check(value, fields[key].type, (*path, key))
            else:
                hint = did_you_mean(key, fields, otherwise=f"the keys here are {listed(fields, limit=20)}")
                self.problems.append(
                    Problem(path=(*path, key), message=f"unknown key {quoted(key)}", hint=hint)
                )
        for name, field in fields.items():
            if field.required and name not in members:
                self.broken = True
                self.problems.append(Problem(path=path, message=f"the key {quoted(name)} is missing"))
        return kept

    def _literal(self, value: object, wanted: inspect.LiteralType, path: Trail) -> object:
        choices = [str(choice) for choice in wanted.values]
        if not isinstance(value, str):
            return self._wrong(value, f"one of {listed(choices)}", path)
        if value not in choices:
            self.broken = True
            hint = did_you_mean(value, choices, otherwise=f"write one of {listed(choices)}")
            self.problems.append(Problem(path=path, message=f"{quoted(value)} is not known here", hint=hint))
        return value

    def _wrong(self, value: object, expected: str, path: Trail) -> object:
        self.broken = True
        hint = ""
        if expected == "text" and isinstance(value, bool | int | float):
            hint = f'put it in quotes: "{str(value).lower()}"'
        elif isinstance(value, str) and _FITS.get(expected, _NOTHING).fullmatch(value):
            hint = "remove the quotes"
        message = f"expected {expected}, found {_kind_of(value)}"
        self.problems.append(Problem(path=path, message=message, hint=hint))
        return value


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"the number {value}" if abs(value) < 10**15 else "a large number"
    if isinstance(value, float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, list):
        return "a list"
    return "a mapping" if isinstance(value, dict) else "a date or time"
