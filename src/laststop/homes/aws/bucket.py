"""One S3 bucket, through obstore."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from laststop.errors import LaststopError, NotFoundError, TransientError
from laststop.homes.aws.credentials import KeySource, for_object_store
from laststop.homes.aws.errors import ServiceError, failure
from laststop.homes.aws.settings import AwsSettings
from laststop.words.instants import Instant

if TYPE_CHECKING:  # they exist for checkers only
    from obstore import GetOptions
    from obstore.store import ClientConfig, RetryConfig, S3Config

_SERVICE: Final = "s3"
_RETRIES: Final["RetryConfig"] = {
    "max_retries": 5,
    "retry_timeout": timedelta(seconds=30),
    "backoff": {"init_backoff": timedelta(milliseconds=50), "max_backoff": timedelta(seconds=3), "base": 2},
}
_CLIENT: Final["ClientConfig"] = {"timeout": "60s", "connect_timeout": "5s"}
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")
_STATUS = re.compile(r"status code: ([0-9]{3})")
_T = TypeVar("_T")

Expected = str | None
"""The ETag that must stand; None: nothing may stand."""


class ObjectHead(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an object without its content. `version` is empty in a bucket without versions."""

    key: str
    etag: str
    size_bytes: int
    version: str = ""
    at: Instant
    metadata: Mapping[str, str] = {}


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a write."""

    etag: str
    version: str = ""


class Bucket:
    """Objects below a prefix of a bucket, which every key is relative to.

    Concurrency: any thread.
    """

    def __init__(
        self,
        name: str,
        settings: AwsSettings,
        keys: KeySource,
        *,
        prefix: str = "",
        retries: "RetryConfig" = _RETRIES,
    ) -> None:
        """Nothing is sent before the first request. An address of one's own is asked by path, not by host."""
        self.name = name
        own = settings.own_endpoint(_SERVICE)
        config: S3Config = {
            "region": settings.region,
            "virtual_hosted_style_request": not own and "." not in name,
        }
        if own:
            config["endpoint"] = own.rstrip("/")
        self._store = S3Store(
            name,
            prefix=prefix or None,
            config=config,
            client_options={**_CLIENT, "allow_http": own.startswith("http://")},
            retry_config=retries,
            credential_provider=for_object_store(keys),
        )

    def head(self, key: str, *, version: str = "") -> ObjectHead | None:
        """What is known of an object, or None where there is none."""
        options: GetOptions = {"head": True, "version": version} if version else {"head": True}
        try:
            found = self._do("HeadObject", key, lambda: obstore.get(self._store, key, options=options))
        except NotFoundError:
            return None
        return _head(key, found.meta, found.attributes)

    def read(self, key: str, *, version: str = "") -> bytes:
        """An object's content.

        Raises: NotFoundError.
        """
        options: GetOptions = {"version": version} if version else {}
        found = self._do(
            "GetObject", key, lambda: obstore.get(self._store, key, options=options).bytes().to_bytes()
        )
        return bytes(found)

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object's content in pieces of a few megabytes.

        Raises: NotFoundError.
        """
        stream = iter(self._do("GetObject", key, lambda: obstore.get(self._store, key)).stream())
        while (chunk := self._do("GetObject", key, lambda: next(stream, None))) is not None:
            yield bytes(chunk)

    def put(
        self,
        key: str,
        content: bytes,
        *,
        headers: Mapping[str, str],
        expected: Expected | Literal[False] = False,
    ) -> Written:
        """Write an object, on condition of what stands there if `expected` says so.

        `headers` are content type, cache control and, under other names, the object's own metadata.
        Raises: ConflictError when something else stands there.
        """
        mode: Any = (
            "overwrite" if expected is False else "create" if expected is None else {"e_tag": expected}
        )
        found = self._do(
            "PutObject",
            key,
            lambda: obstore.put(
                self._store, key, content, attributes=dict(headers), mode=mode, use_multipart=False
            ),
        )
        version = found["version"] or ""
        return Written(etag=found["e_tag"] or "", version="" if version == "null" else version)

    def list(self, prefix: str = "") -> Iterator[ObjectHead]:
        """Every object below a folder, without versions and metadata; a thousand to a request."""
        pages = iter(obstore.list(self._store, prefix or None, chunk_size=1000))
        while (page := self._do("ListObjectsV2", prefix, lambda: next(pages, None))) is not None:
            yield from (_head(meta["path"], meta, {}) for meta in page)

    def delete(self, keys: Iterable[str]) -> None:
        """Take objects away; what is not there is let be."""
        gone = list(keys)
        if gone:
            self._do("DeleteObjects", gone[0], lambda: obstore.delete(self._store, gone))

    def _do(self, operation: str, key: str, perform: Callable[[], _T]) -> _T:
        try:
            return perform()
        except (BaseError, OSError) as error:
            raise _meaning(operation, f"{self.name}/{key}", error) from error


def _head(key: str, meta: Mapping[str, Any], attributes: Mapping[str, str]) -> ObjectHead:
    version = meta["version"] or ""
    return ObjectHead(
        key=key,
        etag=meta["e_tag"] or "",
        size_bytes=meta["size"],
        version="" if version == "null" else version,
        at=meta["last_modified"],
        metadata=attributes,
    )


def _meaning(operation: str, place: str, error: Exception) -> LaststopError:
    """The error for one of obstore's: by S3's code, which its text quotes, else by HTTP's status.

    A write that expects an object where none is any more is a conflict, not a missing object.
    """
    text = str(error)
    code, status = _CODE.search(text), _STATUS.search(text)
    number = int(status[1]) if status else 0
    if code is not None:
        said = code[1]
        if operation == "PutObject" and said == "NoSuchKey":
            said = "PreconditionFailed"
        found = failure(_SERVICE, operation, ServiceError(said, said, status=number))
    elif number:
        found = failure(_SERVICE, operation, ServiceError(f"Http{number}", "", status=number))
    else:
        found = TransientError("no answer", hint="try again")
    found.place = f"{_SERVICE} {operation} {place}"
    return found
