"""How the attributes of a catalog table are named."""

from collections.abc import Mapping

import msgspec

from laststop.catalog.names import did_you_mean
from laststop.errors import UsageError


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Our word -> the attribute that holds it; an existing table may call them otherwise.

    `algorithm` is the partition key, `version` the sort key, `pin` stands on the item `#active` only.
    """

    algorithm: str = "algorithm"
    version: str = "version"
    type: str = "type"
    phase: str = "phase"
    pin: str = "pin"

    @property
    def reserved(self) -> tuple[str, ...]:
        """The attribute names that no free attribute may have."""
        return (self.algorithm, self.version, self.type, self.phase, self.pin)


OWN_COLUMNS = Columns()
"""The names in a table that laststop made."""


def columns_of(names: Mapping[str, str]) -> Columns:
    """Read `[catalog.columns]`: our word -> the existing table's.

    Raises: UsageError for a word that is not ours, an empty name, or one name used twice.
    """
    words = msgspec.structs.asdict(OWN_COLUMNS)
    for word, name in names.items():
        place = f"catalog.columns.{word}"
        if word not in words:
            raise UsageError("no such column", place=place, hint=did_you_mean(word, words))
        if not name:
            raise UsageError("is empty", place=place, hint="name the attribute of your table")
        words[word] = name
    columns = Columns(**words)
    if len(set(columns.reserved)) < len(words):
        raise UsageError(
            "two words have the same attribute name",
            place="catalog.columns",
            hint="give each its own attribute",
        )
    return columns
