"""One change of the catalog."""

from typing import Literal, TypeAlias

import msgspec

from laststop.catalog.attributes import Attributes, identical
from laststop.catalog.phases import Phases
from laststop.catalog.version import PIN, VersionRow
from laststop.words.instants import Instant

Event: TypeAlias = Literal["INSERT", "MODIFY", "REMOVE"]


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the catalog as it stood before or after a change, without its keys.

    A version has `type`, `phase` and attributes, a pin has `pin`, the version it points to; what an item
    does not have is empty.
    """

    type: str = ""
    phase: str = ""
    pin: str = ""
    attributes: Attributes = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One record of the change stream, parsed.

    Units: `sequence_number` orders the changes of one item; between items it means nothing. `identifier` is
    the record's own spelling of it, which a partial batch answer must repeat. `at` is whole seconds where the
    record came from DynamoDB.
    """

    sequence_number: int
    event: Event
    algorithm: str
    version: str
    old: Image | None
    new: Image | None
    at: Instant
    identifier: str = ""

    @property
    def is_pin(self) -> bool:
        """Whether the algorithm's pin changed, not a version."""
        return self.version == PIN

    @property
    def old_phase(self) -> str | None:
        """The phase before; None when there was no item."""
        return self.old.phase if self.old else None

    @property
    def new_phase(self) -> str | None:
        """The phase after; None when the item is gone."""
        return self.new.phase if self.new else None

    @property
    def row(self) -> VersionRow | None:
        """The version as this change left it; None for a pin or a deleted version."""
        if self.new is None or self.is_pin:
            return None
        return VersionRow(
            algorithm=self.algorithm,
            version=self.version,
            type=self.new.type,
            phase=self.new.phase,
            attributes=self.new.attributes,
        )

    def wakes(self, phases: Phases) -> bool:
        """Whether somebody must look: a document may have to change.

        A step into a release phase, into `RETIRED`, a pin set, moved or removed, and the deletion of a
        version that may have counted. Only a retired one surely did not: one in a re-test did, and one bell
        too many is harmless where one too few is not.
        """
        if self.is_pin:
            return (self.old.pin if self.old else None) != (self.new.pin if self.new else None)
        if self.new is None:
            return not phases.retires(self.old_phase)
        return phases.enters_release(self.old_phase, self.new_phase) or phases.enters_retirement(
            self.old_phase, self.new_phase
        )


def change_between(
    *, sequence_number: int, algorithm: str, version: str, old: Image | None, new: Image | None, at: Instant
) -> Change | None:
    """The change from one image to another; None where nothing changed: no record is written then."""
    event: Event
    if old is None and new is None:
        return None
    if old is None:
        event = "INSERT"
    elif new is None:
        event = "REMOVE"
    elif identical(old, new):
        return None
    else:
        event = "MODIFY"
    return Change(
        sequence_number=sequence_number,
        event=event,
        algorithm=algorithm,
        version=version,
        old=old,
        new=new,
        at=at,
        identifier=sequence_text(sequence_number),
    )


def sequence_text(sequence_number: int) -> str:
    """A sequence number as our own records spell it.

    Source: `SequenceNumber` in botocore's DynamoDB streams model (1.43): 21 to 40 characters.
    """
    return f"{sequence_number:021d}"


def image_of_row(row: VersionRow) -> Image:
    """The image of a version's row."""
    return Image(type=row.type, phase=row.phase, attributes=row.attributes)


def image_of_pin(pin: str | None) -> Image | None:
    """The image of an algorithm's pin."""
    return None if pin is None else Image(pin=pin)
