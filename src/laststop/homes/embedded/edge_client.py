"""The other side of the edge: who is there, clear your memory, show me a page."""

import http.client
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from laststop.errors import (
    ConflictError,
    DeniedError,
    LaststopError,
    TransientError,
    UsageError,
)
from laststop.homes.embedded.edge.control import PURGE_PATH, PurgeDone, PurgeRefused, PurgeRequest
from laststop.homes.embedded.edge.registry import Registration, living
from laststop.homes.shared.page_fetch import KEPT_BYTES, Fetched, connection_to, fetch_page, reason_of

_T = TypeVar("_T")

_AGAIN_SECONDS = 0.05
_REFUSALS: Mapping[int, type[LaststopError]] = {
    400: UsageError,
    401: DeniedError,
    409: ConflictError,
    413: UsageError,
}


class EdgeClient:
    """Talks to every living edge of one project.

    Concurrency: has no state; any thread may use it.
    """

    def __init__(self, registry: Path, *, timeout_seconds: float = 5) -> None:
        """`registry` is the directory the edges register in."""
        self._registry = registry
        self._timeout_seconds = timeout_seconds

    def urls(self) -> tuple[str, ...]:
        """Where readers find the living edges."""
        return tuple(registration.url for registration in living(self._registry))

    def purge(self, paths: tuple[str, ...], reference: str) -> int:
        """Clear paths on every living edge; returns how many confirmed, each after it had done so.

        Call it after the pointer is switched: an edge that starts meanwhile registers before it reads the
        pointer, so it needs no purge. One that dies meanwhile takes its cache along and is not counted.
        Raises: TransientError when a living edge does not answer in time; UsageError, ConflictError or
        DeniedError when one refuses. The others are purged all the same, and doing it again is harmless.
        """
        body = msgspec.json.encode(PurgeRequest(reference=reference, paths=paths))
        confirmed = 0
        failures: list[LaststopError] = []
        for registration in living(self._registry):
            try:
                confirmed += self._purge_one(registration, body)
            except LaststopError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return confirmed

    def fetch(self, url: str, path: str, *, limit_bytes: int = KEPT_BYTES) -> Fetched:
        """What a reader gets at `path` of an edge: a plain GET that follows no redirect and busts no cache.

        Raises: as `fetch_page`.
        """
        return fetch_page(url, path, timeout_seconds=self._timeout_seconds, limit_bytes=limit_bytes)

    def _purge_one(self, registration: Registration, body: bytes) -> int:
        """1 when confirmed, 0 when the edge is gone."""
        deadline = time.monotonic() + self._timeout_seconds
        while True:
            try:
                return self._post(registration, body)
            except (OSError, http.client.HTTPException) as error:
                if not any(one.token == registration.token for one in living(self._registry)):
                    return 0
                if time.monotonic() >= deadline:
                    raise TransientError(
                        f"the edge at {registration.url} (process {registration.pid}) "
                        f"did not confirm the purge: {reason_of(error)}",
                        place=registration.control_url,
                        hint="if it hangs, stop it: an edge that is gone needs no purge",
                    ) from error
                time.sleep(_AGAIN_SECONDS)

    def _post(self, registration: Registration, body: bytes) -> int:
        connection = connection_to(registration.control_url, self._timeout_seconds)
        headers = {"Authorization": f"Bearer {registration.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", PURGE_PATH, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status == 200:  # noqa: PLR2004
            _decoded(content, PurgeDone, registration)
            return 1
        refused = _decoded(content, PurgeRefused, registration)
        kind = _REFUSALS.get(response.status, TransientError)
        raise kind(refused.message, place=refused.place or registration.control_url, hint=refused.hint)


def _decoded(content: bytes, kind: type[_T], registration: Registration) -> _T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.DecodeError as error:
        raise TransientError(
            f"what answers here is no edge of laststop: {error}", place=registration.control_url
        ) from error
