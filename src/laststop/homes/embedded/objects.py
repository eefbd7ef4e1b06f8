"""The metadata documents as objects with versions, for S3 source actions."""

import msgspec

from laststop.errors import NotFoundError
from laststop.homes.embedded.store.journal import Store, View
from laststop.homes.embedded.store.statements import load

_SQL = load("catalog.sql")


class StoredObject(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an object, with its bytes."""

    location: str
    version_id: str
    etag: str
    generation: int
    content: bytes


class Objects:
    """Reads objects by location, `bucket/key`."""

    def __init__(self, store: Store) -> None:
        """Reads only; documents are written by publishing."""
        self._store = store

    def has(self, location: str) -> bool:
        """Whether a metadata document stands at a location."""
        with self._store.view() as view:
            return head_at(view, location) is not None

    def version(self, location: str, version_id: str) -> StoredObject:
        """One version of the object at a location.

        Raises: NotFoundError when it has no such version, or does not keep it any more.
        """
        with self._store.view() as view:
            row = view.connection.execute(_SQL["version_at"], (location, version_id)).fetchone()
        if row is None:
            raise NotFoundError(
                f"{location} has no version {version_id[:80]}",
                hint="old ones go with the runs they were for",
            )
        return StoredObject(
            location=row[0], version_id=row[1], etag=row[2], generation=row[3], content=row[4]
        )

    def newest(self, location: str) -> StoredObject:
        """The newest version, as of now.

        Raises: NotFoundError when nothing stands there.
        """
        with self._store.view() as view:
            row = head_at(view, location)
            content = view.connection.execute(_SQL["content"], (row[2],)).fetchone() if row else None
        if row is None or content is None:
            raise NotFoundError(
                f"no object stands at {location}",
                hint="the documents are made by `laststop up`; see S3Bucket and S3ObjectKey in pipeline.yml",
            )
        return StoredObject(
            location=row[1], version_id=row[2], etag=row[3], generation=row[4], content=content[0]
        )


def head_at(view: View, location: str) -> tuple[str, str, str, str, int, int, str] | None:
    """The row of the newest version at a location."""
    row: tuple[str, str, str, str, int, int, str] | None = view.connection.execute(
        _SQL["head_at"], (location,)
    ).fetchone()
    return row
