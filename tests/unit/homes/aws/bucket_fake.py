"""A bucket in memory, with S3's conditions, that can break at any operation."""

from collections.abc import Callable
from datetime import UTC, datetime

from laststop.catalog.document import Document
from laststop.catalog.document_zip import pack
from laststop.errors import ConflictError, NotFoundError
from laststop.homes.aws.bucket import ObjectHead, Written

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Broken(BaseException):
    """Stands for the end of the process: nobody catches it."""


class FakeBucket:
    """Objects by key. `after` operations that change something, it breaks; `meanwhile` runs before a write."""

    name = "site"

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, dict, str]] = {}
        self.writes: list[str] = []
        self.reads: list[str] = []
        self.after: int | None = None
        self.meanwhile: Callable[[str], None] | None = None
        self._count = 0

    def _change(self) -> None:
        if self.after is not None:
            if self.after <= 0:
                raise Broken
            self.after -= 1

    def head(self, key, *, version=""):
        found = self.objects.get(key)
        return _head(key, found) if found else None

    def read(self, key, *, version=""):
        self.reads.append(key)
        if key not in self.objects:
            raise NotFoundError("there is no such object", place=key)
        return self.objects[key][0]

    def put(self, key, content, *, headers, expected=False):
        if self.meanwhile is not None:
            self.meanwhile(key)
        self._change()
        stands = self.objects.get(key)
        if expected is not False and (stands[2] if stands else None) != expected:
            raise ConflictError("not as expected", place=key)
        self._count += 1
        etag = f'"{self._count}"'
        self.objects[key] = (bytes(content), dict(headers), etag)
        self.writes.append(key)
        return Written(etag=etag)

    def list(self, prefix=""):
        return [_head(key, found) for key, found in sorted(self.objects.items()) if key.startswith(prefix)]

    def delete(self, keys):
        keys = list(keys)
        self._change()
        for key in keys:
            if self.objects.pop(key, None):
                self.writes.append(f"-{key}")

    def shown(self) -> dict[str, bytes]:
        """What readers can reach."""
        return {
            key.removeprefix("site/"): found[0]
            for key, found in self.objects.items()
            if key.startswith("site/")
        }


class VersionedFake:
    """The documents' bucket: version -> generation; `plain` has those that were seeded without metadata."""

    name = "docs"

    def __init__(self, **generations: int) -> None:
        self.generations = generations
        self.plain: set[str] = set()
        self.heads: list[str] = []

    def head(self, key, *, version=""):
        self.heads.append(version)
        if version not in self.generations:
            return None
        told = {} if version in self.plain else {"generation": str(self.generations[version])}
        return ObjectHead(key=key, etag='"e"', size_bytes=3, version=version, at=AT, metadata=told)

    def read(self, key, *, version=""):
        name = key.removesuffix(".zip")
        return pack(Document(object=name, generation=self.generations[version], types={name: {}}))


def _head(key, found):
    return ObjectHead(key=key, etag=found[2], size_bytes=len(found[0]), at=AT)
