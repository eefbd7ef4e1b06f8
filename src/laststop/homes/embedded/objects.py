"""The versioned objects that S3 source actions read: the metadata documents."""

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
