"""`Deploy/AWS/S3/1`: puts an artifact, or the files in it, into one of the project's buckets."""

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from laststop.engine.providers import Cancelled, Outcome
from laststop.errors import UsageError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.buckets.buckets import Buckets, ObjectFacts
from laststop.homes.embedded.disk import answering
from laststop.homes.shared.safe_zip import SafeZip
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.ids import derived_id

_BATCH_FILES: Final = 256
_COPY_BYTES: Final = 1 << 20


class S3Deploy:
    """Uploads and never deletes, as AWS does: what an earlier artifact had and this one has not stays.

    Limit: a reader may see some new and some old files while it runs; pages come last, behind what they load.
    """

    def __init__(self, buckets: Buckets, blobs: Blobs) -> None:
        """`blobs` is where artifacts lie."""
        self._buckets = buckets
        self._blobs = blobs

    def run(self, command: Command, cancelled: Cancelled) -> Outcome | None:
        """Put everything; done again it puts the same objects again.

        Raises: UsageError for an artifact that is no zip, a bucket or key that cannot be one; TransientError
            on a full disk.
        """
        configuration = command.configuration
        bucket = configuration["BucketName"]
        self._buckets.ensure(bucket)
        (artifact,) = command.inputs
        key = _filled(configuration.get("ObjectKey", ""), command)
        said = ObjectFacts(
            cache_control=configuration.get("CacheControl", ""), acl=configuration.get("CannedACL", "")
        )
        archive = self._blobs.path(artifact.digest)
        if configuration["Extract"] == "false":
            if not key:
                raise UsageError("with Extract false the action needs an ObjectKey")
            self._buckets.put(bucket, key, self._copied(archive), _typed(said, key))
            return Succeeded(summary=f"1 object to {bucket}/{key}")
        with SafeZip(archive) as opened:
            names = sorted(opened.names, key=_pages_last)
            for batch in _batches(names):
                if cancelled.is_set():
                    return None
                self._put(opened, batch, bucket, key.strip("/"), said)
        place = f"{bucket}/{key.strip('/')}".rstrip("/")
        return Succeeded(summary=f"{len(names)} {'object' if len(names) == 1 else 'objects'} to {place}")

    def _put(self, opened: SafeZip, names: list[str], bucket: str, prefix: str, said: ObjectFacts) -> None:
        drafts: list[tuple[str, Path, ObjectFacts]] = []
        try:
            for name in names:
                draft = self._buckets.draft()
                drafts.append((f"{prefix}/{name}" if prefix else name, draft, _typed(said, name)))
                with answering(draft), draft.open("wb") as file:
                    for chunk in opened.chunks(name):
                        file.write(chunk)
        except BaseException:
            for _, draft, _ in drafts:
                draft.unlink(missing_ok=True)
            raise
        self._buckets.put_many(bucket, drafts)

    def _copied(self, archive: Path) -> Path:
        draft = self._buckets.draft()
        with answering(archive), archive.open("rb") as source, draft.open("wb") as target:
            while chunk := source.read(_COPY_BYTES):
                target.write(chunk)
        return draft


def _filled(key: str, command: Command) -> str:
    """The key with its placeholders; the same attempt, issued again, fills in the same."""
    at = command.key
    drawn = derived_id(at.run, at.stage, at.action, str(at.attempt), "uuid")
    return key.replace("{datetime}", f"{command.started_at:%Y-%m-%d_%H-%M-%S}").replace("{uuid}", drawn)


def _typed(said: ObjectFacts, name: str) -> ObjectFacts:
    content_type, encoding = mimetypes.guess_type(name, strict=False)
    return msgspec.structs.replace(said, content_type="" if encoding else content_type or "")


def _pages_last(name: str) -> tuple[bool, str]:
    return name.endswith((".html", ".htm")), name


def _batches(names: list[str]) -> Iterator[list[str]]:
    return (names[at : at + _BATCH_FILES] for at in range(0, len(names), _BATCH_FILES))
