"""The part of S3's REST API that a function needs for its artifacts: read, write, and upload in parts.

Path style only. A request has to be signed, as every SDK does by itself, but the signature is not verified:
the endpoint listens on the loopback address alone, where whoever can reach it could read the files as well.
What the signature keeps out are web pages, which cannot make one without being asked for permission first.

Source: Amazon S3 API reference, 2026.
"""

import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import partial
from http import HTTPStatus
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from laststop.errors import DeniedError, LaststopError, NotFoundError, TransientError, UsageError
from laststop.homes.embedded.buckets.buckets import ObjectFacts
from laststop.homes.embedded.buckets.parts import PartUploads
from laststop.homes.embedded.buckets.shelf import Shelf, Shown
from laststop.homes.embedded.buckets.upload import Upload
from laststop.homes.embedded.edge.hosts import Hosts

_METADATA = "x-amz-meta-"
_SUBRESOURCES = frozenset({"acl", "tagging", "retention", "legal-hold", "torrent", "attributes", "select"})
_CODES: dict[type[Exception], str] = {
    NotFoundError: "NoSuchKey",
    DeniedError: "AccessDenied",
    TransientError: "SlowDown",
    UsageError: "InvalidRequest",
}
_BINARY = "binary/octet-stream"
_NO_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Changed = Callable[[str, str], None]
"""Told of bucket and key when an object has been put."""


class NotDoneError(UsageError):
    """S3 does it, and this endpoint does not."""

    http_status = HTTPStatus.NOT_IMPLEMENTED
    code = "NotImplemented"


def make_endpoint(shelf: Shelf, changed: Changed) -> Starlette:
    """The application; `changed` is told of every object that was put."""
    endpoint = _Endpoint(shelf, changed)
    return Starlette(
        routes=[
            Route("/{bucket}/{key:path}", endpoint.read, methods=["GET", "HEAD"]),
            Route("/{bucket}/{key:path}", endpoint.write, methods=["PUT"]),
            Route("/{bucket}/{key:path}", endpoint.post, methods=["POST"]),
            Route("/{bucket}/{key:path}", endpoint.delete, methods=["DELETE"]),
        ],
        exception_handlers={LaststopError: _refused},
    )


class _Endpoint:
    """One method per HTTP method; those that only touch files run in threads of the application."""

    def __init__(self, shelf: Shelf, changed: Changed) -> None:
        self._shelf = shelf
        self._parts = PartUploads(shelf.buckets)
        self._changed = changed
        self._hosts = Hosts("127.0.0.1", ())

    def read(self, request: Request) -> Response:
        """`GET` and `HEAD` of an object, whole or a range of it."""
        bucket, key = self._admitted(request)
        shown = self._shelf.read(bucket, key, request.query_params.get("versionId", ""))
        return _answer(shown)

    async def write(self, request: Request) -> Response:
        """`PUT` of an object, or of one part of an upload."""
        bucket, key = self._admitted(request)
        if "x-amz-copy-source" in request.headers:
            raise NotDoneError("copying is not done here", place="x-amz-copy-source")
        upload_id = request.query_params.get("uploadId", "")
        if upload_id:
            self._parts.check(upload_id, bucket, key)
        else:
            await run_in_threadpool(self._shelf.place, bucket, key)
        upload = Upload(self._shelf.buckets.draft(), request.headers)
        try:
            async for piece in request.stream():
                await run_in_threadpool(upload.feed, piece)
            upload.finish()
            if upload_id:
                number = request.query_params.get("partNumber", "")
                keep = partial(self._parts.put, upload_id, number, upload.draft)
                return Response(headers={"ETag": f'"{await run_in_threadpool(keep)}"'})
            put = partial(self._shelf.put, bucket, key, upload.draft, _facts_of(request.headers))
            digest = await run_in_threadpool(put)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        finally:
            upload.discard()
        self._changed(bucket, key)
        return Response(headers={"ETag": f'"{digest[:32]}"', "x-amz-version-id": digest})

    async def post(self, request: Request) -> Response:
        """Begin an upload in parts, or put its parts together."""
        bucket, key = self._admitted(request)
        if "uploads" in request.query_params:
            await run_in_threadpool(self._shelf.place, bucket, key)
            upload_id = self._parts.begin(bucket, key, _facts_of(request.headers))
            return _xml("InitiateMultipartUploadResult", Bucket=bucket, Key=key, UploadId=upload_id)
        upload_id = request.query_params.get("uploadId", "")
        facts = self._parts.check(upload_id, bucket, key)
        body = await request.body()
        draft = await run_in_threadpool(self._parts.join, upload_id, body)
        digest = await run_in_threadpool(self._shelf.put, bucket, key, draft, facts)
        self._parts.end(upload_id)
        self._changed(bucket, key)
        return _xml("CompleteMultipartUploadResult", Bucket=bucket, Key=key, ETag=f'"{digest[:32]}"')

    def delete(self, request: Request) -> Response:
        """Give up an upload in parts; objects are not deleted here."""
        bucket, key = self._admitted(request)
        upload_id = request.query_params.get("uploadId", "")
        if not upload_id:
            raise NotDoneError("objects are not deleted through this endpoint", place=f"{bucket}/{key}")
        self._parts.check(upload_id, bucket, key)
        self._parts.end(upload_id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    def _admitted(self, request: Request) -> tuple[str, str]:
        """Bucket and key of a request that may be answered.

        Raises: DeniedError, NotDoneError.
        """
        headers = request.headers
        if not self._hosts.accept(headers.get("host", "").encode("latin-1")):
            raise DeniedError("this host name is not ours", place="Host")
        if "origin" in headers:
            raise DeniedError("pages of the web have no business here", place="Origin")
        signed = headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
        if not signed and request.query_params.get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256":
            raise DeniedError("the request is not signed", place="Authorization", hint="use an SDK of AWS")
        asked = _SUBRESOURCES & set(request.query_params)
        if asked:
            raise NotDoneError(f"the {min(asked)} of objects is not kept here", place=min(asked))
        return request.path_params["bucket"], request.path_params["key"]


def _facts_of(headers: Mapping[str, str]) -> ObjectFacts:
    """What an upload says of its object."""
    return ObjectFacts(
        content_type=headers.get("content-type", ""),
        cache_control=headers.get("cache-control", ""),
        acl=headers.get("x-amz-acl", ""),
        metadata={
            name.removeprefix(_METADATA): value
            for name, value in headers.items()
            if name.startswith(_METADATA)
        },
    )


def _answer(shown: Shown) -> Response:
    facts = shown.facts
    headers = {
        "ETag": f'"{shown.etag}"',
        "x-amz-version-id": shown.version_id,
        **({"Cache-Control": facts.cache_control} if facts.cache_control else {}),
        **{f"{_METADATA}{name}": value for name, value in facts.metadata.items()},
    }
    media_type = facts.content_type or _BINARY
    if shown.path is not None:
        return FileResponse(shown.path, headers=headers, media_type=media_type)
    headers["Last-Modified"] = formatdate(usegmt=True)
    return Response(shown.content, headers=headers, media_type=media_type)


def _refused(_: Request, error: Exception) -> Response:
    """Errors in S3's shape and with its codes."""
    if not isinstance(error, LaststopError):
        raise error
    code = error.code if isinstance(error, NotDoneError) else ""
    code = code or next((name for kind, name in _CODES.items() if isinstance(error, kind)), "InternalError")
    return _xml("Error", status=error.http_status, Code=code, Message=str(error), Resource=error.place)


def _xml(root: str, *, status: int = HTTPStatus.OK, **members: str) -> Response:
    inside = "".join(f"<{name}>{escape(_NO_XML.sub('?', value))}</{name}>" for name, value in members.items())
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}>{inside}</{root}>'
    return Response(text, status_code=status, media_type="application/xml")
