"""How algorithm types are dealt into document objects.

A CodeBuild action takes five inputs: the frontend's repository and four documents. Up to four types have one
object each; more are dealt round robin, in the order the project lists them.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from laststop.errors import UsageError

OBJECTS_MAX: Final = 4
"""Document objects of one project. Source: AWS's table of artifact counts (CodeBuild: 1 to 5 inputs)."""


class DocumentObject(msgspec.Struct, frozen=True, kw_only=True):
    """One object that carries the metadata documents of some types: its name, its key, its types."""

    object: str
    key: str
    types: tuple[str, ...]


def document_objects(types: Sequence[str], objects: int | None = None) -> tuple[DocumentObject, ...]:
    """Deal types into objects: the same types and number always give the same hands.

    Without `objects`, up to four types get an object of their own, named after the type; more share four.
    With it, the objects are `documents-1` to `documents-n`, or `documents` when there is one.
    Limit: adding a type to the end of the list moves no other type; any other change of it may.

    Raises: UsageError when there are no types, or `objects` is below 1, above 4 or above their number.
    """
    if not types:
        raise UsageError("a project needs at least one algorithm type", place="project.types")
    if objects is None and len(types) <= OBJECTS_MAX:
        return tuple(DocumentObject(object=name, key=f"{name}.zip", types=(name,)) for name in types)
    count = OBJECTS_MAX if objects is None else objects
    if not 1 <= count <= min(OBJECTS_MAX, len(types)):
        raise UsageError(
            f"{len(types)} types cannot be dealt into {count} document objects",
            place="documents.objects",
            hint=f"choose 1 to {min(OBJECTS_MAX, len(types))}",
        )
    names = ["documents"] if count == 1 else [f"documents-{number}" for number in range(1, count + 1)]
    return tuple(
        DocumentObject(object=name, key=f"{name}.zip", types=tuple(types[first::count]))
        for first, name in enumerate(names)
    )
