"""The page's own list of active versions, as a frontend ships it, against what the documents say.

Three shapes are understood, because a frontend may have one of them already:
`{algorithm: version}`, `{type: {algorithm: version}}` and
`{type: {"algorithms": {algorithm: {"version": version}}}}` (the metadata documents' own).
"""

import msgspec

from laststop.errors import UsageError

DIFFERENCES_SHOWN = 5

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None
Versions = dict[str, dict[str, str]]
"""Type -> algorithm -> active version."""


def differences(content: bytes, expected: Versions, *, place: str) -> tuple[str, ...]:
    """Where the file shows other versions than expected, one sentence each; none when it agrees.

    By type, an algorithm that should no longer be shown counts too. Keys that are neither a type nor an
    expected algorithm are the frontend's own affair.

    Raises: UsageError when the file has none of the shapes.
    """
    shown = _decoded(content, place)
    found: list[str] = []
    for type_name, algorithms in sorted(expected.items()):
        group = shown.get(type_name)
        by_type = isinstance(group, dict)
        listed = _listed(group) if isinstance(group, dict) else _listed(shown)
        for algorithm, version in sorted(algorithms.items()):
            actual = listed.get(algorithm)
            if actual is None:
                found.append(f"{algorithm} is missing, {version} is active")
            elif actual != version:
                found.append(f"{algorithm} is shown as {actual}, {version} is active")
        if by_type:
            extra = sorted(listed.keys() - algorithms.keys())
            found.extend(
                f"{algorithm} is shown as {listed[algorithm]}, none is active" for algorithm in extra
            )
    return tuple(found)


def _decoded(content: bytes, place: str) -> dict[str, Json]:
    try:
        shown = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"is no JSON ({error})", place=place) from error
    if not isinstance(shown, dict):
        raise UsageError(
            "is no list of versions", place=place, hint='write {"type": {"algorithm": "version"}} into it'
        )
    return shown


def _listed(group: dict[str, Json]) -> dict[str, str]:
    inner = group.get("algorithms")
    algorithms = inner if isinstance(inner, dict) else group
    listed: dict[str, str] = {}
    for algorithm, value in algorithms.items():
        version = value.get("version") if isinstance(value, dict) else value
        if isinstance(version, str):
            listed[algorithm] = version
    return listed
