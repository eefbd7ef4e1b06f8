"""Reading a backup into a project without state: everything is checked, then it appears as a whole."""

import fcntl
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from laststop.errors import ConflictError, UsageError
from laststop.homes.embedded.backup_file import FORMAT, LISTING, STORE, Entry, Listing, Measured, is_member
from laststop.homes.embedded.disk import answering, sync, sync_all
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.store.database import Database

_LISTING_BYTES_MOST: Final = 1 << 30
_CHUNK_BYTES: Final = 1 << 20
_AGAIN: Final = "make another backup, or take an older one"


def restore(source: Path, folders: Folders, tell: Callable[[int], None]) -> Listing:
    """Read a backup into a project that has no state yet; nothing of it shows before all of it is there.

    `tell` hears how many bytes are read. The store is brought up to this release's schema.

    Raises: ConflictError when the project has a state, or somebody else restores one; UsageError when the
        file is no backup, is incomplete or damaged, or a newer laststop made it; NotFoundError when there
        is no such file; TransientError when the disk is full.
    Limit: a kill leaves `.laststop.restoring`, which the next restore removes.
    """
    refuse_state(folders)
    with answering(source), source.open("rb") as file, _staging(folders.root) as staging:
        listing = _unpacked(file, staging, str(source), tell)
        _check_store(staging / STORE, str(source))
        with answering(staging):
            _publish(staging, folders.root)
    return listing


def refuse_state(folders: Folders) -> None:
    """Only an empty project is restored into.

    Raises: ConflictError naming the way to move the state away.
    """
    if folders.root.exists() and any(folders.root.iterdir()):
        raise _state(folders.root)


def _state(root: Path) -> ConflictError:
    return ConflictError(
        "this project has a state already; nothing was changed",
        place=str(root),
        hint=f"end its server, then move the state away: mv {root} {root}.before",
    )


@contextmanager
def _staging(root: Path) -> Iterator[Path]:
    """An empty folder beside the state, locked; it has become the state at the end, or is removed."""
    staging = root.with_name(f"{root.name}.restoring")
    with answering(staging):
        staging.mkdir(exist_ok=True)
        descriptor = os.open(staging, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if not _own(descriptor, staging):
            raise ConflictError(
                "somebody else restores into this project", place=str(staging), hint="wait for its end"
            )
        try:
            with answering(staging):
                for left in staging.iterdir():
                    shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield staging
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
    finally:
        os.close(descriptor)


def _own(descriptor: int, folder: Path) -> bool:
    """Whether the open folder could be locked, and still has its name: who was faster has renamed it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _unpacked(file: BinaryIO, staging: Path, place: str, tell: Callable[[int], None]) -> Listing:
    """Every file of the backup, compared with the list at its end."""
    found: dict[str, Entry] = {}
    listing: Listing | None = None
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            for member in tar:
                _refuse_member(member, found, place, ended=listing is not None)
                content = tar.extractfile(member)
                if content is None:
                    raise _damaged(f"{member.name!r} cannot be read", place)
                if member.name == LISTING:
                    listing = _listing(content.read(_LISTING_BYTES_MOST), place)
                    continue
                measured = Measured(content, member.size)
                _keep(measured, staging / member.name)
                found[member.name] = Entry(
                    name=member.name, size_bytes=measured.size_bytes, digest=measured.digest
                )
                tell(file.tell())
    except tarfile.TarError as error:
        raise _damaged(f"is no backup, or damaged ({error})", place) from error
    if listing is None:
        raise _damaged("is incomplete: the list at its end is missing", place)
    _compare(listing, found, place)
    return listing


def _refuse_member(member: tarfile.TarInfo, found: dict[str, Entry], place: str, *, ended: bool) -> None:
    """Only plain files of the names that a backup has, each once, and none behind the list."""
    known = member.name == LISTING or is_member(member.name)
    if not known or not member.isreg() or member.issparse() or member.name in found or ended:
        raise _damaged(f"holds {member.name[:200]!r}, which no backup does", place)


def _keep(content: Measured, path: Path) -> None:
    with answering(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            while piece := content.read(_CHUNK_BYTES):
                file.write(piece)
        if path.parent.parent.name == "blobs":
            path.chmod(0o444)  # as the blobs' own writer leaves them


def _listing(content: bytes, place: str) -> Listing:
    """The list, once it is known that this laststop understands it."""
    try:
        made = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        number = msgspec.json.decode(made.get("format", b"0"), type=int)
        if number > FORMAT:
            raise UsageError(
                f"a newer laststop made this backup (format {number}, this one knows {FORMAT})",
                place=place,
                hint="restore it with the laststop that made it, or a newer one",
            )
        return msgspec.json.decode(content, type=Listing)
    except msgspec.DecodeError as error:
        raise _damaged(f"has a list that cannot be read ({error})", place) from error


def _compare(listing: Listing, found: dict[str, Entry], place: str) -> None:
    wanted = {entry.name: entry for entry in listing.entries}
    if STORE not in wanted:
        raise _damaged("holds no store", place)
    for name, entry in wanted.items():
        if name not in found:
            raise _damaged(f"lacks {name!r}", place)
        if found[name] != entry:
            raise _damaged(f"{name!r} is not what was backed up", place)
    if more := found.keys() - wanted.keys():
        raise _damaged(f"holds {min(more)!r}, which is not in its list", place)
    for name, entry in found.items():
        if name.startswith("blobs/") and entry.digest != name.removeprefix("blobs/").replace("/", ""):
            raise _damaged(f"{name!r} is not named by its digest", place)


def _check_store(path: Path, place: str) -> None:
    """Bring the store up to date, and see that it is whole."""
    database = Database(path)
    try:
        if trouble := database.trouble():
            raise _damaged(f"holds a damaged store ({trouble})", place)
    finally:
        database.close()


def _publish(staging: Path, root: Path) -> None:
    """Everything is on the disk, then everything is there under its name."""
    found = list(staging.rglob("*"))
    sync_all([path for path in found if path.is_file()])
    for folder in [staging, *(path for path in found if path.is_dir())]:
        sync(folder)
    try:
        staging.rename(root)  # an empty folder is replaced, any other refuses
    except OSError as error:
        if root.exists():
            raise _state(root) from error
        raise
    sync(root.parent)


def _damaged(what: str, place: str) -> UsageError:
    return UsageError(what, place=place, hint=_AGAIN)
