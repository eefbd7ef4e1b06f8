"""The output artifacts that functions upload while their job runs."""

import re
from collections.abc import Iterable
from pathlib import Path

from laststop.errors import DeniedError
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.disk import answering, make_folder
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.jobs.event import output_id_of
from laststop.pipeline.due import Command
from laststop.words.artifact import Artifact

_FOLDER_SUFFIX = ".outputs"
_ID = re.compile(r"[0-9a-f-]{36}")


class JobOutputs:
    """One file per promised output, beside the attempt's workspace, until the job has ended.

    A function that runs again overwrites what an earlier try had uploaded, as in S3.
    """

    def __init__(self, folders: Folders, blobs: Blobs) -> None:
        """Touches nothing."""
        self._folders = folders
        self._blobs = blobs

    def place(self, commands: Iterable[Command], object_id: str) -> Path:
        """Where the output of that id belongs; its folder is there when this returns.

        Raises: DeniedError when none of the commands promises such an output.
        """
        path = self.found(commands, object_id)
        if path is None:
            raise DeniedError("no job under way promises this output", place=object_id[:80])
        with answering(path.parent):
            make_folder(path.parent)
        return path

    def found(self, commands: Iterable[Command], object_id: str) -> Path | None:
        """Where the output of that id lies, or would lie; None when no command promises it."""
        if not _ID.fullmatch(object_id):
            return None
        for command in commands:
            for name in command.outputs:
                if output_id_of(command, name) == object_id:
                    return self._folder(command) / object_id
        return None

    def take(self, command: Command) -> tuple[tuple[Artifact, ...], tuple[str, ...]]:
        """The outputs that were uploaded, now kept as artifacts, and the names of those that were not.

        Raises: TransientError on a full disk; then nothing is lost, and it may be asked again.
        """
        taken: list[Artifact] = []
        missing: list[str] = []
        for name in command.outputs:
            path = self._folder(command) / output_id_of(command, name)
            if not path.is_file():
                missing.append(name)
                continue
            digest, size_bytes = self._blobs.put_file(path)
            taken.append(Artifact(name=name, digest=digest, size_bytes=size_bytes))
        return tuple(taken), tuple(missing)

    def _folder(self, command: Command) -> Path:
        workspace = self._folders.workspace(command.key)
        return workspace.with_name(f"{workspace.name}{_FOLDER_SUFFIX}")
