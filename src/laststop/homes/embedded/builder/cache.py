"""What a project keeps from one build to the next.

A cache is one tar file per key in the project's cache directory, beside a `.key` file with the key's text.
It is taken from builds that succeeded, replaced whole, and never worth a failed build: whatever goes wrong
with it is said in the log.
"""

import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from laststop.build.buildspec import Cache
from laststop.build.selection import expand, matching
from laststop.errors import LaststopError, UsageError
from laststop.homes.embedded.builder.tree import tree_below
from laststop.homes.shared.entry_name import name_fault

MAX_CACHES = 5
"""How many keys of a project are kept: the newest."""

_DEFAULT_KEY = "default"
_HASH_FILES = re.compile(r"\$\(codebuild-hash-files\s+([^)\s]+)\s*\)")
_FAILURES = (OSError, tarfile.TarError, LaststopError, EOFError)

Say = Callable[[str], None]


class BuildCache:
    """The cache of one build: restored before its commands, saved after them.

    Concurrency: builds of one project may save side by side; the last one wins, whole.
    """

    def __init__(
        self, cache: Cache, cache_dir: Path, source: Path, variables: Mapping[str, str], say: Say
    ) -> None:
        """`source` is the directory that paths are relative to, `variables` may stand in keys."""
        self._cache = cache
        self._cache_dir = cache_dir
        self._source = source
        self._variables = variables
        self._say = say
        self._key: str | None = None
        self._paths = tuple(path for path in cache.paths if self._is_kept(path))

    def restore(self) -> None:
        """Put back what was saved under the key, or else the newest under a key that a fallback starts.

        The key is settled here, before the build may change the files it is made of.
        """
        if not self._paths:
            return
        try:
            self._key = self._key_text(self._cache.key or _DEFAULT_KEY)
            found = self._find(self._key) if self._cache.restores else None
            if found is not None:
                self._unpack(found)
                self._say(f"cache: restored {_key_of(found)!r}")
            elif self._cache.restores:
                self._say(f"cache: nothing saved under {self._key!r}")
        except _FAILURES as error:
            self._say(f"cache: not restored: {error}")

    def save(self) -> None:
        """Save the paths under the key, and drop the oldest caches of the project."""
        if not self._cache.saves or self._key is None:
            return
        try:
            files = self._files()
            if not files:
                self._say(f"cache: no file matches {', '.join(self._paths)}")
                return
            self._write(self._key, files)
            self._drop_oldest()
            self._say(f"cache: saved {len(files)} files under {self._key!r}")
        except _FAILURES as error:
            self._say(f"cache: not saved: {error}")

    def _is_kept(self, path: str) -> bool:
        if path.startswith(("/", "~", "$")) or ".." in path.split("/"):
            self._say(f"cache: {path} lies outside the sources; on one machine it stays where it is")
            return False
        return True

    def _files(self) -> tuple[str, ...]:
        tree = tree_below(self._source, "", (self._source,))
        patterns = [pattern.removeprefix("./").rstrip("/") for pattern in self._paths]
        return matching(tree.files, [*patterns, *(f"{pattern}/**/*" for pattern in patterns)])

    def _write(self, key: str, files: tuple[str, ...]) -> None:
        self._cache_dir.mkdir(parents=True, exist_ok=True)
        archive = self._archive(key)
        part = archive.with_name(f"{archive.name}.{os.getpid()}-{id(self)}.part")
        try:
            with tarfile.open(part, "w", dereference=True) as writing:
                for name in files:
                    writing.add(self._source / name, arcname=name, recursive=False)
            archive.with_suffix(".key").write_text(key, encoding="utf-8")
            part.replace(archive)
        finally:
            part.unlink(missing_ok=True)

    def _unpack(self, archive: Path) -> None:
        """Put files back with their times, which tools like `make` compare."""
        with tarfile.open(archive) as reading:
            for member in reading:
                content = reading.extractfile(member) if member.isreg() else None
                if content is None or name_fault(member.name):
                    raise UsageError(f"is no cache of ours: {member.name!r}", place=archive.name)
                target = self._source / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    shutil.copyfileobj(content, file)
                target.chmod(member.mode & 0o777)
                os.utime(target, (member.mtime, member.mtime))

    def _find(self, key: str) -> Path | None:
        exact = self._archive(key)
        if exact.exists():
            return exact
        for prefix in map(self._key_text, self._cache.fallback_keys):
            for archive in self._newest_first():
                if _key_of(archive).startswith(prefix):
                    return archive
        return None

    def _newest_first(self) -> list[Path]:
        archives = list(self._cache_dir.glob("*.tar"))
        return sorted(archives, key=lambda archive: archive.stat().st_mtime_ns, reverse=True)

    def _drop_oldest(self) -> None:
        for archive in self._newest_first()[MAX_CACHES:]:
            archive.unlink(missing_ok=True)
            archive.with_suffix(".key").unlink(missing_ok=True)

    def _archive(self, key: str) -> Path:
        return self._cache_dir / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.tar"

    def _key_text(self, key: str) -> str:
        """The key with the digests of files and the values of variables filled in."""
        hashed = _HASH_FILES.sub(lambda match: self._digest_of_files(match[1]), key)
        return expand(hashed, self._variables, place="cache.key")

    def _digest_of_files(self, pattern: str) -> str:
        digest = hashlib.sha256()
        for name in matching(tree_below(self._source, "", (self._source,)).files, (pattern,)):
            digest.update(f"{name}\0".encode("utf-8", "surrogateescape"))
            digest.update(hashlib.sha256((self._source / name).read_bytes()).digest())
        return digest.hexdigest()


def _key_of(archive: Path) -> str:
    return archive.with_suffix(".key").read_text(encoding="utf-8")
