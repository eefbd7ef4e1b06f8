"""What a connection hands on as `CODEBUILD_CLONE_REF`: not the files, but where a build clones them from."""

from pathlib import Path

import msgspec

_BYTES_MAX = 4096


class CloneRef(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="clone-ref"):
    """A commit of one of the project's repositories, by its FullRepositoryId."""

    repository: str
    commit: str


def encode_clone_ref(ref: CloneRef) -> bytes:
    """The artifact's bytes; no zip, so that only a build can use it, as on AWS."""
    return msgspec.json.encode(ref)


def read_clone_ref(path: Path) -> CloneRef | None:
    """The reference an artifact is; None when it is anything else, or not there."""
    try:
        with path.open("rb") as file:
            content = file.read(_BYTES_MAX + 1)
        return msgspec.json.decode(content, type=CloneRef) if len(content) <= _BYTES_MAX else None
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        return None
