"""Buckets as plain folders: what a deploy, a function or a person puts into one can be looked at with `ls`.

```
.laststop/buckets/<bucket>/<key>      the objects, as files
.laststop/buckets/.facts/<bucket>/…   what S3 keeps beside an object: headers, versions that sources read
.laststop/buckets/.incoming/…         uploads under way
```

A file that somebody copies into a bucket by hand is an object like any other.
"""

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.disk import answering, make_folder, names_in, sync, sync_all
from laststop.pipeline.bucket_names import bucket_fault
from laststop.words.ids import Digest

VERSIONS_KEPT: Final = 100
KEY_BYTES_MAX: Final = 1024
_PART_BYTES_MAX: Final = 255
_FACTS: Final = ".facts"
_INCOMING: Final = ".incoming"
_DIGESTS_REMEMBERED: Final = 10_000

_Stat = tuple[int, int, int, int]


class ObjectFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept beside an object's bytes; `versions` are those a source has read, the newest last."""

    content_type: str = ""
    cache_control: str = ""
    acl: str = ""
    metadata: dict[str, str] = {}
    versions: tuple[str, ...] = ()


class Buckets:
    """The buckets of one project.

    Version id and ETag of an object follow from its content: equal content is the same version.

    Concurrency: any number of threads and processes; of two writers of one object the last one wins, whole.
    Limit: a file system cannot hold `a` and `a/b` side by side, as S3 can; the second is refused.
    """

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        """Touches nothing; `blobs` keep the versions that sources have read."""
        self.folder = folder
        self._blobs = blobs
        self._digests: dict[Path, tuple[_Stat, Digest]] = {}

    def ensure(self, bucket: str) -> None:
        """See that a bucket exists.

        Raises: UsageError for a name no bucket may have.
        """
        path = self._bucket(bucket)
        with answering(path):
            make_folder(path)

    def path(self, bucket: str, key: str) -> Path:
        """Where an object lies, or would lie.

        Raises: UsageError for a name that cannot be one, NotFoundError when there is no such bucket.
        """
        folder = self._bucket(bucket)
        if not folder.is_dir():
            raise NotFoundError(
                f'there is no bucket "{bucket}"',
                hint=f"buckets are those pipeline.yml names, and the folders in {self.folder}",
            )
        if not is_key(key):
            raise UsageError(
                "no object can have this key here",
                place=f"{bucket}/{key[:200]}",
                hint=f"it is a relative path of at most {KEY_BYTES_MAX} bytes",
            )
        return folder / key

    def find(self, bucket: str, key: str) -> Path | None:
        """The file of an object; None when there is none, or it is a link or no file. Raises as `path`."""
        path = self.path(bucket, key)
        inside = Path(os.path.realpath(path)) == Path(os.path.realpath(self._bucket(bucket))) / key
        return path if inside and path.is_file() else None

    def digest(self, path: Path) -> Digest:
        """The digest of an object's content; read again only when the file has changed.

        Raises: NotFoundError when it is gone.
        """
        with answering(path):
            facts = path.stat()
            stat = (facts.st_mtime_ns, facts.st_ctime_ns, facts.st_size, facts.st_ino)
            known = self._digests.get(path)
            if known is not None and known[0] == stat:
                return known[1]
            with path.open("rb") as file:
                content = sha256()
                while chunk := file.read(1 << 20):
                    content.update(chunk)
        if len(self._digests) >= _DIGESTS_REMEMBERED:
            self._digests.clear()
        digest = Digest(content.hexdigest())
        self._digests[path] = (stat, digest)
        return digest

    def sweep(self) -> None:
        """Remove what uploads that were cut off left behind; called before any upload begins."""
        for name in names_in(self.folder / _INCOMING):
            (self.folder / _INCOMING / name).unlink(missing_ok=True)

    def draft(self) -> Path:
        """An empty file for an upload, on the file system of the buckets; the caller removes or puts it."""
        incoming = self.folder / _INCOMING
        with answering(incoming):
            make_folder(incoming)
            handle, name = tempfile.mkstemp(dir=incoming)
            os.close(handle)
        return Path(name)

    def put(self, bucket: str, key: str, draft: Path, facts: ObjectFacts) -> None:
        """Make a draft the object; as `put_many`."""
        self.put_many(bucket, [(key, draft, facts)])

    def put_many(self, bucket: str, drafts: list[tuple[str, Path, ObjectFacts]]) -> None:
        """Make drafts objects, in order; each appears whole, and all survive a power cut once this returns.

        Raises: as `path`; UsageError where a file is in a folder's way or the other way round; TransientError
            on a full disk. Some may be put then; no draft is left.
        """
        try:
            paths = [self.path(bucket, key) for key, _, _ in drafts]
            with answering(self.folder):
                sync_all([draft for _, draft, _ in drafts])
            for path, (key, draft, facts) in zip(paths, drafts, strict=True):
                self._check_way(bucket, path)
                with answering(path):
                    draft.chmod(0o644)
                    make_folder(path.parent)
                    versions = self.facts(bucket, key).versions
                    self._keep(bucket, key, msgspec.structs.replace(facts, versions=versions))
                    draft.replace(path)
            with answering(self.folder):
                for folder in {path.parent for path in paths}:
                    sync(folder)
        finally:
            for _, draft, _ in drafts:
                draft.unlink(missing_ok=True)

    def facts(self, bucket: str, key: str) -> ObjectFacts:
        """What is kept beside an object; of one that was copied in by hand nothing is."""
        try:
            return msgspec.json.decode(self._facts_path(bucket, key).read_bytes(), type=ObjectFacts)
        except (FileNotFoundError, msgspec.DecodeError):  # none, or torn by a power cut
            return ObjectFacts()

    def pin(self, bucket: str, key: str) -> tuple[Digest, int]:
        """Keep the content an object has now, as a version that can be read later; gives digest and size.

        Raises: NotFoundError when there is no such object.
        """
        path = self.find(bucket, key)
        if path is None:
            raise NotFoundError(
                f"no object stands at {bucket}/{key}", hint=f"copy a file to {self.folder / bucket / key}"
            )
        digest, size_bytes = self._blobs.put_file(path)
        facts = self.facts(bucket, key)
        if digest not in facts.versions[-1:]:
            older = tuple(version for version in facts.versions if version != digest)
            versions = (*older, digest)[-VERSIONS_KEPT:]
            self._keep(bucket, key, msgspec.structs.replace(facts, versions=versions))
        return digest, size_bytes

    def version(self, bucket: str, key: str, version_id: str) -> tuple[Digest, Path]:
        """The file of a version that a source has read, or of the content the object has now.

        Raises: NotFoundError when no source has read it, or it is no longer kept.
        """
        now = self.find(bucket, key)
        if now is not None and self.digest(now) == version_id:
            digest, _ = self.pin(bucket, key)
            return digest, self._blobs.path(digest)
        if version_id not in self.facts(bucket, key).versions or not self._blobs.has(version_id):
            raise NotFoundError(
                f"{bucket}/{key} has no version {version_id[:80]}",
                hint="versions are kept as long as one of the newest runs was made of them",
            )
        return Digest(version_id), self._blobs.path(version_id)

    def _bucket(self, bucket: str) -> Path:
        if fault := bucket_fault(bucket):
            raise UsageError(f"{bucket[:80]!r} {fault}")
        return self.folder / bucket

    def _check_way(self, bucket: str, path: Path) -> None:
        """No link may lead out of the bucket, and nothing else may stand where the object is to be."""
        root = self._bucket(bucket)
        for parent in path.relative_to(root).parents:
            if (root / parent).is_symlink() or ((root / parent).exists() and not (root / parent).is_dir()):
                raise UsageError(
                    "a file stands where a folder is needed: one key cannot be the beginning of another",
                    place=f"{bucket}/{path.relative_to(root)}",
                )
        if path.is_dir() or path.is_symlink():
            raise UsageError(
                "a folder or a link stands where the object is to be",
                place=f"{bucket}/{path.relative_to(root)}",
            )

    def _facts_path(self, bucket: str, key: str) -> Path:
        return self.folder / _FACTS / bucket / f"{sha256(key.encode()).hexdigest()}.json"

    def _keep(self, bucket: str, key: str, facts: ObjectFacts) -> None:
        path = self._facts_path(bucket, key)
        with answering(path):
            if facts == ObjectFacts():
                path.unlink(missing_ok=True)
                return
            make_folder(path.parent)
            part = self.draft()
            part.write_bytes(msgspec.json.encode(facts))
            part.replace(path)  # not synced: what a power cut takes here is told as not kept


def is_key(key: str) -> bool:
    """Whether a key is a path that stays inside its bucket and that the file system can hold."""
    parts = key.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        return False
    plain = not any(letter < " " or letter == "\x7f" for letter in key)
    named = not any(part in ("", ".", "..") for part in parts)
    fits = max(sizes) <= _PART_BYTES_MAX and len(key.encode()) <= KEY_BYTES_MAX
    return plain and named and fits
