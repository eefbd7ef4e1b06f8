"""The inputs of a build, each unpacked into a directory of its own."""

import re
from collections.abc import Callable
from pathlib import Path

from laststop.build.order import BuildOrder
from laststop.errors import UsageError
from laststop.homes.embedded.builder.environment import source_variable
from laststop.homes.shared.safe_zip import unpack

Clone = Callable[[str, str, Path], None]
"""Clones a repository (FullRepositoryId) at a commit into a folder that is not there yet."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PRIMARY_DIRECTORY = "src"
_OTHER_DIRECTORY = "inputs"


def place_inputs(order: BuildOrder, workspace: Path) -> dict[str, Path]:
    """The directory of each input by name: `src` for the primary, `inputs/<name>` for the others.

    Raises: UsageError when the order names no usable inputs and outputs: their names become paths.
    """
    names = [source.name for source in order.inputs]
    if order.primary not in names:
        have = ", ".join(names) or "there are none"
        raise UsageError(
            f"the primary source {order.primary!r} is none of the inputs: {have}",
            place="PrimarySource",
            hint="name one of the action's input artifacts",
        )
    variables: dict[str, str] = {}
    for place, given in (("inputArtifacts", names), ("outputArtifacts", order.outputs)):
        for name in given:
            if not _NAME.fullmatch(name):
                raise UsageError(f"{name!r} is no artifact name", place=place)
    for name in names:
        other = variables.setdefault(source_variable(name), name)
        if other != name or names.count(name) > 1:
            raise UsageError(
                f"the inputs {other!r} and {name!r} would share the variable {source_variable(name)}",
                place="inputArtifacts",
                hint="rename one of them",
            )
    return {
        name: workspace / _PRIMARY_DIRECTORY if name == order.primary else workspace / _OTHER_DIRECTORY / name
        for name in names
    }


def unpack_inputs(order: BuildOrder, directories: dict[str, Path], clone: Clone) -> None:
    """Unpack every input, or clone it.

    Raises: UsageError for an archive that is missing, is no zip, or holds unsafe names: a bare file as a
        source must be zipped before it is built.
    """
    for source in order.inputs:
        try:
            if source.repository:
                clone(source.repository, source.revision, directories[source.name])
            else:
                unpack(Path(source.archive), directories[source.name])
        except UsageError as error:
            raise UsageError(
                error.message, place=f"input {source.name!r}: {error.place}", hint=error.hint
            ) from error


def input_map(order: BuildOrder, directories: dict[str, Path]) -> list[str]:
    """What was unpacked where, as lines for the log."""
    return [
        f"input {source.name}{' (primary)' if source.name == order.primary else ''}:"
        f" {directories[source.name]}, revision {source.revision or 'unknown'}"
        for source in order.inputs
    ]


def no_clone(repository: str, commit: str, folder: Path) -> None:
    """What a builder without repositories says."""
    del folder
    raise UsageError(f"this builder knows no repository {repository!r} to clone {commit[:12]} from")
