"""From a request to a value, with AWS's words for what cannot be used."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from laststop.errors import UsageError
from laststop.pipeline.control import ControlError, control_error
from laststop.pipeline.inputs import Refused

T = TypeVar("T")
_PLACE: Final = re.compile(r" - at `\$\.?(.*)`$")
_STEP: Final = re.compile(r"\[(\d+|\.\.\.)\]")
_SHOWN_CHARACTERS: Final = 200

_CONSTRAINTS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]] = (
    (
        re.compile(r"Expected `(?:str|array|object)` of length >= (\d+)"),
        lambda found: f"Member must have length greater than or equal to {found[1]}",
    ),
    (
        re.compile(r"Expected `(?:str|array|object)` of length <= (\d+)"),
        lambda found: f"Member must have length less than or equal to {found[1]}",
    ),
    (
        re.compile(r"Expected `(?:int|float)` >= (\d+)"),
        lambda found: f"Member must have value greater than or equal to {found[1]}",
    ),
    (
        re.compile(r"Expected `(?:int|float)` <= (\d+)"),
        lambda found: f"Member must have value less than or equal to {found[1]}",
    ),
    (
        re.compile(r"Expected `str` matching regex '(.*)'", re.DOTALL),
        lambda found: (
            "Member must satisfy regular expression pattern: "
            + found[1].replace("\\\\", "\\").removeprefix("\\A").removesuffix("\\Z")
        ),
    ),
)
_MISSING: Final = re.compile(r"Object missing required field `(.*)`")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_WORD: Final = re.compile(r"Invalid enum value ")


def read_request(request: Mapping[str, Any], kind: type[T]) -> T:
    """A request as a value; members that are null count as absent, as in every AWS protocol.

    Raises: ControlError with SerializationException for a value of the wrong JSON type, with
        ValidationException for any other that breaks a constraint. Deviation: a member that CodePipeline does
        not know is refused, too; AWS lets it be, and whoever sent it never learns that it did nothing.
    """
    try:
        return msgspec.convert(_without_nulls(request), kind)
    except msgspec.ValidationError as error:
        raise refusal(str(error), request) from error
    except RecursionError as error:
        raise _serialization("the request is nested too deeply") from error


def refusal(text: str, request: Mapping[str, Any]) -> ControlError:
    """What msgspec found, in AWS's words."""
    found = _PLACE.search(text)
    place = found[1] if found else ""
    said = _PLACE.sub("", text)
    if missing := _MISSING.fullmatch(said):
        return _invalid("null", _joined(place, missing[1]), "Member must not be null")
    if unknown := _UNKNOWN.fullmatch(said):
        name = _joined(place, unknown[1][:_SHOWN_CHARACTERS])
        return _invalid(_shown(_at(request, name)), name, "Member is not one that CodePipeline knows")
    if _WORD.match(said):
        return _invalid(_shown(_at(request, place)), place, "Member must satisfy enum value set")
    for pattern, told in _CONSTRAINTS:
        if bound := pattern.fullmatch(said):
            return _invalid(_shown(_at(request, place)), place, told(bound))
    return _serialization(f"{said.replace('`', '')} at '{member_path(place)}'" if place else said)


def member_path(place: str) -> str:
    """`stages[0].name` as AWS writes it: `stages.1.member.name`."""
    return _STEP.sub(
        lambda step: ".member" if step[1] == "..." else f".{int(step[1]) + 1}.member", place
    ).lstrip(".")


def _invalid(value: str, place: str, told: str) -> ControlError:
    text = (
        f"1 validation error detected: Value {value} at '{member_path(place)}' "
        f"failed to satisfy constraint: {told}"
    )
    return control_error(Refused(code="ValidationException", message=text))


def _serialization(text: str) -> ControlError:
    return control_error(Refused(code="SerializationException", message=text))


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _at(value: Any, place: str) -> Any:
    """The value at a place of the request; None when the place cannot be followed."""
    for step in place.replace("[", ".[").split("."):
        if step.startswith("[") and step[1:-1].isdigit() and isinstance(value, list | tuple):
            number = int(step[1:-1])
            value = value[number] if number < len(value) else None
        elif step and isinstance(value, Mapping):
            value = value.get(step)
        elif step:
            return None
    return value


def _shown(value: Any) -> str:
    text = str(value)
    return f"'{text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + '…'}'"


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(each) for each in value]
    return value


def read_answer(answer: Mapping[str, Any], kind: type[T]) -> T:
    """An answer of `Control.call` as a value; timestamps may be instants or seconds since 1970.

    Raises: UsageError when the service answered something else.
    """
    try:
        return msgspec.convert(answer, kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"the service's answer is not CodePipeline's: {error}") from error
