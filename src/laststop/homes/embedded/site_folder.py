"""`site/`: a plain folder for each kept release, and `current`, which leads to the live one."""

import os
import shutil
from pathlib import Path

from laststop.errors import LaststopError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.disk import answering, names_in
from laststop.site.manifest import Manifest
from laststop.words.ids import ReleaseId

CURRENT = "current"


class SiteFolder:
    """For those who put a web server of their own in front; laststop's edge reads blobs.

    What is being made has a name of its own, `.name.pid`, and is renamed when it is complete.
    Concurrency: any number of processes.
    """

    def __init__(self, folder: Path, blobs: Blobs) -> None:
        """Nothing is made before it is needed."""
        self._folder = folder
        self._blobs = blobs

    def lay_out(self, release: ReleaseId, manifest: Manifest) -> None:
        """Make a release's folder, hard-linked to the blobs where the disk allows it; once is enough.

        Raises: TransientError on a full disk, UsageError for a name the disk does not take, NotFoundError
            for a blob that is not kept.
        """
        folder = self._folder / release
        if folder.is_dir():
            return
        draft = self._draft(release)
        shutil.rmtree(draft, ignore_errors=True)
        try:
            with answering(folder):
                for path, entry in manifest.files.items():
                    file = draft / path
                    file.parent.mkdir(parents=True, exist_ok=True)
                    _link(self._blobs.path(entry.digest), file)
                draft.replace(folder)
        except LaststopError:
            shutil.rmtree(draft, ignore_errors=True)
            if not folder.is_dir():  # somebody else laid it out meanwhile
                raise

    def leads_to(self, release: ReleaseId) -> bool:
        """Whether `current` leads to a release's folder, and that is there."""
        link = self._folder / CURRENT
        return link.is_symlink() and link.readlink() == Path(release) and (self._folder / release).is_dir()

    def lead_to(self, release: ReleaseId) -> None:
        """Let `current` lead to a release, in one step.

        Raises: UsageError when something else stands at its place.
        """
        draft = self._draft(CURRENT)
        with answering(self._folder / CURRENT):
            draft.unlink(missing_ok=True)
            draft.symlink_to(release)
            draft.replace(self._folder / CURRENT)

    def remove(self, release: ReleaseId) -> None:
        """Take a release's folder away."""
        shutil.rmtree(self._folder / release, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what a process was making when it was killed."""
        for name in names_in(self._folder):
            pid = name.rpartition(".")[2]
            if not (name.startswith(".") and pid.isdecimal()) or _lives(int(pid)):
                continue
            draft = self._folder / name
            if draft.is_symlink():
                draft.unlink(missing_ok=True)
            else:
                shutil.rmtree(draft, ignore_errors=True)

    def _draft(self, name: str) -> Path:
        return self._folder / f".{name}.{os.getpid()}"


def _lives(pid: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _link(blob: Path, file: Path) -> None:
    try:
        os.link(blob, file)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(blob, file)
