"""Items of a DynamoDB table, to the catalog's values and back."""

from collections.abc import Mapping
from contextlib import suppress

from laststop.catalog.attributes import Attributes
from laststop.catalog.change import Image
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.names import check_name
from laststop.catalog.typed_value import TypedValue, plain_value, typed_value
from laststop.catalog.version import PIN, VersionRow
from laststop.errors import UsageError


def key_of(item: Mapping[str, object], columns: Columns = OWN_COLUMNS) -> tuple[str, str]:
    """Algorithm and version (or `PIN`) of an item.

    Raises: UsageError when a key is missing, is no text or cannot be a name.
    """
    algorithm = _text(item, columns.algorithm)
    version = _text(item, columns.version)
    check_name(algorithm, columns.algorithm)
    if version != PIN:
        check_name(version, columns.version)
    return algorithm, version


def image_of(item: Mapping[str, object], columns: Columns = OWN_COLUMNS, *, past: bool = False) -> Image:
    """The image of an item; its keys are left to `key_of`.

    Of an item's `past`, attributes that cannot be read are left out: nothing depends on them, and a change
    that replaces a value we cannot read must still be heard.
    Raises: UsageError with the path of a value that cannot be used.
    """
    own = columns.reserved
    free = {name: typed for name, typed in item.items() if name not in own}
    return Image(
        type=_text(item, columns.type, optional=True),
        phase=_text(item, columns.phase, optional=True),
        pin=_text(item, columns.pin, optional=True),
        attributes=_readable(free)
        if past
        else {name: plain_value(typed, name) for name, typed in free.items()},
    )


def row_of(item: Mapping[str, object], columns: Columns = OWN_COLUMNS) -> VersionRow:
    """The row of a version's item.

    Raises: UsageError as `key_of` and `image_of`.
    """
    algorithm, version = key_of(item, columns)
    image = image_of(item, columns)
    return VersionRow(
        algorithm=algorithm, version=version, type=image.type, phase=image.phase, attributes=image.attributes
    )


def keys_item(algorithm: str, version: str, columns: Columns = OWN_COLUMNS) -> dict[str, TypedValue]:
    """The two key attributes of an item."""
    return {columns.algorithm: {"S": algorithm}, columns.version: {"S": version}}


def item_of(
    algorithm: str, version: str, image: Image, columns: Columns = OWN_COLUMNS
) -> dict[str, TypedValue]:
    """The whole item of an image; what is empty is left out."""
    named = ((columns.type, image.type), (columns.phase, image.phase), (columns.pin, image.pin))
    return {
        **keys_item(algorithm, version, columns),
        **{name: {"S": text} for name, text in named if text},
        **{name: typed_value(value) for name, value in image.attributes.items()},
    }


def _readable(free: Mapping[str, object]) -> Attributes:
    """The attributes that JSON can carry."""
    attributes: Attributes = {}
    for name, typed in free.items():
        with suppress(UsageError):
            attributes[name] = plain_value(typed, name)
    return attributes


def _text(item: Mapping[str, object], name: str, *, optional: bool = False) -> str:
    """The text an attribute holds; an optional one may be absent or null, which is the empty text."""
    typed = item.get(name)
    if isinstance(typed, dict) and len(typed) == 1 and isinstance(text := typed.get("S"), str):
        return text
    if optional and typed in (None, {"NULL": True}):
        return ""
    if typed is None:
        raise UsageError("is missing", place=name, hint="name your table's attributes in [catalog.columns]")
    raise UsageError("is no text", place=name, hint="the catalog's own attributes are of type S")
