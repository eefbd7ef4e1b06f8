"""S3's "Object Created" event, as EventBridge delivers it.

Source: Amazon S3 user guide, "EventBridge event message structure"; `aws.s3`, `Object Created`.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from laststop.errors import UsageError
from laststop.words.digests import digest_of
from laststop.words.instants import Instant, instant_text, parse_instant

_SOURCE = "aws.s3"
_DETAIL_TYPE = "Object Created"
_LOOPBACK = "127.0.0.1"  # the embedded home's requests come from its own machine


class ObjectCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A new version of an object.

    `sequencer` is hexadecimal and orders the events of one key only (see `order`).
    """

    bucket: str
    key: str
    version_id: str
    etag: str
    size_bytes: int
    sequencer: str
    at: Instant
    reason: str = "PutObject"

    @property
    def order(self) -> int:
        """Greater for the later of two events of the same key; nothing between keys."""
        return int(self.sequencer or "0", 16)


class _Bucket(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class _Object(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    key: str
    etag: str
    size: int = 0
    version_id: str = ""
    sequencer: str = ""


class _Detail(msgspec.Struct, frozen=True, kw_only=True):
    bucket: _Bucket
    object: _Object
    reason: str = ""


class _Event(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    source: Literal["aws.s3"]
    detail_type: Literal["Object Created"]
    time: str
    detail: _Detail


def encode_object_created(event: ObjectCreated, *, account: str, region: str) -> dict[str, Any]:
    """The event EventBridge would deliver; its ids follow from the object's version, so a repeat is equal."""
    identity = f"{event.bucket}/{event.key}?versionId={event.version_id}"
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"s3://{identity}")),
        "detail-type": _DETAIL_TYPE,
        "source": _SOURCE,
        "account": account,
        "time": instant_text(event.at)[:19] + "Z",
        "region": region,
        "resources": [f"arn:aws:s3:::{event.bucket}"],
        "detail": {
            "version": "0",
            "bucket": {"name": event.bucket},
            "object": {
                "key": event.key,
                "size": event.size_bytes,
                "etag": event.etag,
                "version-id": event.version_id,
                "sequencer": event.sequencer,
            },
            "request-id": digest_of(identity.encode())[:16].upper(),
            "requester": account,
            "source-ip-address": _LOOPBACK,
            "reason": event.reason,
        },
    }


def decode_object_created(raw: bytes | Mapping[str, Any]) -> ObjectCreated:
    """Read the event, given as JSON or as decoded JSON; unknown members are ignored.

    Raises: UsageError when it is another event, or broken.
    """
    try:
        event = (
            msgspec.json.decode(raw, type=_Event) if isinstance(raw, bytes) else msgspec.convert(raw, _Event)
        )
        object_ = event.detail.object
        int(object_.sequencer or "0", 16)
        return ObjectCreated(
            bucket=event.detail.bucket.name,
            key=object_.key,
            version_id=object_.version_id,
            etag=object_.etag,
            size_bytes=object_.size,
            sequencer=object_.sequencer,
            at=parse_instant(event.time),
            reason=event.detail.reason,
        )
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(
            f'is no "Object Created" event of S3: {error}',
            place="event",
            hint="let the rule match source aws.s3 and detail-type Object Created only",
        ) from error
