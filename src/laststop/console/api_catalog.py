"""The catalog over HTTP: what a CI job elsewhere writes, and what scripts read."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from laststop.catalog.version import WantedVersion
from laststop.console.answers import json_answer
from laststop.console.desk import Asked, Desk
from laststop.console.reading import read_body, read_count
from laststop.errors import NotFoundError
from laststop.functions.catalog import put_version
from laststop.homes.embedded.listing import version_lines
from laststop.homes.embedded.trace import trace
from laststop.homes.embedded.versions import StoredVersions
from laststop.homes.shared.listing import place_behind, read_place
from laststop.homes.shared.tracing import Trace

LISTED, LISTED_MOST = 100, 1000


class PutVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a version shall be; a member left out keeps what stands, and `null` is no way to leave it out."""

    type: str | UnsetType = UNSET
    phase: str | UnsetType = UNSET
    attributes: dict[str, Any] | UnsetType = UNSET


class VersionPut(msgspec.Struct, frozen=True, kw_only=True):
    """A version after it was put; `changed` is False when it stood so already."""

    algorithm: str
    version: str
    type: str
    phase: str
    changed: bool


def put(desk: Desk, asked: Asked) -> Response:
    """`PUT /api/v1/catalog/{algorithm}/{version}`: 201 for a new version, 200 for one that stood there."""
    algorithm, version = asked.names["algorithm"], asked.names["version"]
    body = read_body(asked, PutVersion)
    wanted = WantedVersion(
        algorithm=algorithm,
        version=version,
        type=_given(body.type),
        phase=_given(body.phase),
        attributes=None if body.attributes is UNSET else body.attributes,
    )
    with desk.home.store.transaction() as transaction:
        versions = StoredVersions(transaction, desk.clock)
        stood = versions.get(algorithm, version) is not None
        written = put_version(versions, wanted, desk.home.policy)
    if written.changed:
        desk.ring()
    answer = VersionPut(
        algorithm=algorithm,
        version=version,
        type=written.row.type,
        phase=written.row.phase,
        changed=written.changed,
    )
    return json_answer(answer, status=200 if stood else 201)


def listed(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/catalog?type=&algorithm=&limit=&after=`: versions with their verdicts, by name."""
    home, query = desk.home, asked.query
    limit = read_count(asked, "limit", default=LISTED, largest=LISTED_MOST)
    after = query.get("after")
    with home.store.view() as view:
        lines = version_lines(
            view,
            home.policy,
            home.locations,
            algorithm=query.get("algorithm"),
            type_=query.get("type"),
            after=("", "") if after is None else read_place(after, "after"),
            limit=limit + 1,
        )
    headers = {}
    if len(lines) > limit:
        kept = {name: query[name] for name in ("type", "algorithm") if name in query}
        more = urlencode({"limit": limit, "after": place_behind(lines[limit - 1])} | kept)
        headers = {"Link": f'</api/v1/catalog?{more}>; rel="next"'}
    return json_answer(lines[:limit], headers=headers)


def shown(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/catalog/{algorithm}/{version}`: one version with its verdict.

    Raises: NotFoundError.
    """
    algorithm, version = asked.names["algorithm"], asked.names["version"]
    home = desk.home
    with home.store.view() as view:
        lines = version_lines(view, home.policy, home.locations, algorithm=algorithm, only=version)
    if not lines:
        raise NotFoundError(
            f"the catalog has no version {version} of {algorithm}", hint="see: laststop catalog list"
        )
    return json_answer(lines[0])


def traced(desk: Desk, asked: Asked) -> Response:
    """`GET /api/v1/catalog/{algorithm}/{version}/trace`: where the version's newest change is."""
    return json_answer(trace_of(desk, asked.names["algorithm"], asked.names["version"]))


def trace_of(desk: Desk, algorithm: str, version: str) -> Trace:
    """A version's trace as things stand.

    Raises: NotFoundError.
    """
    home = desk.home
    with home.store.view() as view:
        return trace(
            view,
            algorithm,
            version,
            policy=home.policy,
            locations=home.locations,
            state=view.state(desk.pipeline),
            serving=desk.alive(),
        )


def _given(member: str | UnsetType) -> str | None:
    return None if member is UNSET else member
