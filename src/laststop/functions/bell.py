"""Who may ring for a run: a document's event, the end of another run, a person or the sweep."""

from collections.abc import Mapping
from typing import Any

import msgspec

from laststop.catalog.object_event import decode_object_created
from laststop.errors import UsageError
from laststop.functions.start import Ring
from laststop.pipeline.state_change import decode_state_change
from laststop.words.ids import RunId


class _Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person gives who invokes the function."""

    cause: str
    again: bool = False
    anyway: bool = False


def ring_of(event: Mapping[str, Any]) -> Ring | None:
    """What an event asks for; None when it asks for nothing.

    A run that ended asks for another one only where the site lacks what its documents have; what it read is
    not taken from the event.
    Raises: UsageError for an event that is none of these.
    """
    match event.get("source"):
        case "aws.s3":
            created = decode_object_created(event)
            return Ring(cause=f"{created.bucket}/{created.key} is new")
        case "aws.codepipeline":
            change = decode_state_change(event)
            if not change.run_ended:
                return None
            cause = f"run {change.run} ended: {change.state.lower()}"
            return Ring(cause=cause, again=True, about=RunId(change.run))
        case _:
            return _asked(event)


def _asked(event: Mapping[str, Any]) -> Ring:
    """A person's, or another function's, wish."""
    try:
        asked = msgspec.convert(event, _Asked)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"this is no bell: {error}", hint='a person rings with {"cause": "...", "anyway": true}'
        ) from error
    return Ring(cause=asked.cause, again=asked.again, anyway=asked.anyway)
