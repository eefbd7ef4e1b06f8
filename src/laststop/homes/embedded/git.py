"""A git repository as a source: its newest commit, and any commit as a zip."""

import difflib
import re
import shutil
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.disk import answering, make_folder
from laststop.homes.embedded.git_command import Answer, refusal, run_git
from laststop.homes.embedded.git_location import (
    GitFolders,
    LocalRepository,
    check_branch,
    git_folders,
    parse_location,
)
from laststop.homes.embedded.git_mirror import GitMirror, no_such_commit
from laststop.homes.shared.flat_zip import FlatFile, write_zip
from laststop.words.instants import Instant

ARCHIVE_SECONDS: Final = 600.0
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MESSAGE_CHARACTERS: Final = 200
_SHOWN_BRANCHES: Final = 5
_IN_MEMORY_BYTES: Final = 32 << 20
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_POINTERS_STAY: Final = (
    *("-c", "filter.lfs.smudge=", "-c", "filter.lfs.process=", "-c", "filter.lfs.required=false"),
    *("-c", "tar.umask=0022"),
)


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest commit of a branch; `message` is its first line."""

    commit: str
    message: str
    author: str
    author_at: Instant


class GitRepository:
    """What `FullRepositoryId` of a source action names, where this machine finds it.

    Concurrency: any number of threads and processes.
    """

    def __init__(self, *, repository_id: str, location: str, base: Path, cache: Path) -> None:
        """`location` is a path, relative to `base`, or an address; copies of remotes lie below `cache`.

        Raises: UsageError for a location that git must not be given. Nothing is read yet.
        """
        self.place = f'laststop.toml [repositories] "{repository_id}"'
        at = parse_location(location, base=base, place=self.place)
        self.shown = at.shown
        self._source: Path | GitMirror = (
            at.folder if isinstance(at, LocalRepository) else GitMirror(at, cache=cache, place=self.place)
        )

    @property
    def is_local(self) -> bool:
        """Whether it lies in a folder of this machine, where a look costs next to nothing."""
        return isinstance(self._source, Path)

    def local_folders(self) -> GitFolders | None:
        """Where git keeps a local repository; None for a remote one.

        Raises: NotFoundError when there is no such folder, UsageError when it is no repository.
        """
        return git_folders(self._source, place=self.place) if isinstance(self._source, Path) else None

    def tip(self, branch: str) -> str | None:
        """The newest commit's id, or None when there is no such branch; a remote is asked, not fetched.

        Raises: as `head`, except for a branch that does not exist.
        """
        check_branch(branch, place=self.place)
        return self._branches(branch).get(branch)

    def head(self, branch: str) -> Head:
        """The newest commit of a branch; of a remote it is fetched, so that `archive` finds it.

        Raises: NotFoundError when the repository or the branch does not exist, UsageError when it is no
            repository or has no commits, TransientError when a remote does not answer.
        """
        tip = self.tip(branch)
        if tip is None:
            raise self._no_such_branch(branch)
        if isinstance(self._source, GitMirror) and not self._source.has(tip):
            tip = self._source.fetch_branch(branch)
        return self._described(tip)

    def commit(self, commit: str) -> Head:
        """One commit, of whichever branch; of a remote it is fetched, so that `archive` finds it.

        Raises: NotFoundError when it is not there, UsageError for a text that is no full id, TransientError
            when a remote does not answer.
        """
        self._have(commit)
        return self._described(commit)

    def _described(self, tip: str) -> Head:
        form = "--format=tformat:%H%x00%an%x00%at%x00%B"
        answer = run_git(
            ["log", "-1", "-z", "-s", "--no-show-signature", form, tip, "--"], git_dir=self._git_dir
        )
        if not answer.succeeded:
            raise refusal(answer, self.place)
        found, author, author_at, message = answer.text.split("\0", 3)
        return Head(
            commit=found, message=_first_line(message), author=_plain(author), author_at=_instant(author_at)
        )

    def refs(self) -> dict[str, str]:
        """All branches and tags, by full name, and the commits they lead to; a remote is asked, not fetched.

        Raises: as `tip`.
        """
        if isinstance(self._source, GitMirror):
            return self._source.refs()
        form = "--format=%(objectname) %(*objectname) %(refname)"
        answer = run_git(["for-each-ref", form, "refs/heads", "refs/tags"], git_dir=self._git_dir)
        if not answer.succeeded:
            raise refusal(answer, self.place)
        found = (line.split(" ", 2) for line in answer.text.split("\n") if line)
        return {name: peeled or own for own, peeled, name in found}

    def changed_files(self, before: str, after: str, *, limit: int) -> tuple[str, ...] | None:
        """The first paths that differ between two commits, renames under both names; None if one is gone.

        Raises: UsageError for text that is no commit id, TransientError when a remote does not answer.
        """
        for commit in (before, after):
            if not _COMMIT.fullmatch(commit):
                raise UsageError(f"{commit[:80]!r} is no commit id", place=self.place)
            if isinstance(self._source, GitMirror) and not self._source.has(commit):
                try:
                    self._source.fetch_commit(commit)
                except NotFoundError:
                    return None
        options = ["--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv"]
        answer = run_git(["diff", *options, before, after, "--"], git_dir=self._git_dir)
        if not answer.succeeded:
            return None
        return tuple(path for path in answer.text.split("\0") if path)[:limit]

    def archive(self, commit: str, target: Path) -> int:
        """Write the files of a commit as a zip and return its size in bytes; equal commits, equal bytes.

        The files stand at the archive's root, without `.git`. Files marked `export-ignore` are left out, as
        `git archive` does. Executable files stay so. A symbolic link becomes a small file that holds the
        link's target, a submodule is left out, and a file of Git LFS stays its pointer.

        Raises: NotFoundError when the commit is not there, UsageError for a name that no zip may hold,
            TransientError when the disk is full or a remote does not answer.
        Source: what CodePipeline's CODE_ZIP holds; links as text files were seen by its users, read 2026-11.
        """
        self._have(commit)
        return self._write_zip(commit, target)

    def _have(self, commit: str) -> None:
        """See that a commit is here, with all its files."""
        if not _COMMIT.fullmatch(commit):
            raise UsageError(
                f"{commit[:80]!r} is no commit id", place=self.place, hint="give all of its 40 hex digits"
            )
        if isinstance(self._source, GitMirror) and not self._source.has(commit):
            self._source.fetch_commit(commit)
        if not run_git(["cat-file", "-e", f"{commit}^{{commit}}"], git_dir=self._git_dir).succeeded:
            raise no_such_commit(self.shown, commit, self.place)

    def clone(self, commit: str, target: Path) -> None:
        """Make `target`, which must not be there, a clone with the whole history, its files at a commit.

        Files of Git LFS stay pointers, submodules stay empty; `origin` is the place without credentials.

        Raises: NotFoundError when the commit is not there, TransientError when a remote does not answer or
            the disk is full.
        """
        self._have(commit)
        local = isinstance(self._source, Path)
        address = str(self._source) if isinstance(self._source, Path) else self._source.url
        options = ["--quiet", "--no-checkout", "--template=", "--no-hardlinks"]
        with answering(target.parent):
            make_folder(target.parent)
        self._expect(
            run_git(
                ["clone", *options, "--", address, str(target)],
                remote=not local,
                within_seconds=ARCHIVE_SECONDS,
            )
        )
        git_dir = target / ".git"
        if not run_git(["cat-file", "-e", f"{commit}^{{commit}}"], git_dir=git_dir).succeeded:
            fetch = ["fetch", "--quiet", "--no-write-fetch-head", "--", address, commit]
            self._expect(run_git(fetch, git_dir=git_dir, remote=not local, within_seconds=ARCHIVE_SECONDS))
        self._expect(run_git(["remote", "set-url", "origin", self.shown], git_dir=git_dir))
        checkout = ["checkout", "--quiet", "--detach", commit]
        self._expect(run_git(checkout, git_dir=git_dir, work_tree=target, within_seconds=ARCHIVE_SECONDS))

    def _expect(self, answer: Answer) -> None:
        """Go on only if git ended well; what it says may hold the address, and is masked."""
        if answer.succeeded:
            return
        complaint = answer.complaint
        if isinstance(self._source, GitMirror):
            complaint = self._source.mask(complaint)
        raise refusal(msgspec.structs.replace(answer, complaint=complaint), self.place)

    def _write_zip(self, commit: str, target: Path) -> int:
        spool = target.with_name(f"{target.name}.tree")  # a name that a repetition finds and clears
        with answering(spool):
            shutil.rmtree(spool, ignore_errors=True)
            spool.mkdir()
        try:
            tree = spool / "tree.tar"
            arguments = [*_POINTERS_STAY, "archive", "--format=tar", f"--output={tree}", commit]
            answer = run_git(arguments, git_dir=self._git_dir, within_seconds=ARCHIVE_SECONDS)
            if not answer.succeeded:
                raise refusal(answer, self.place)
            return write_zip(target, _files_of(tree, spool))
        finally:
            shutil.rmtree(spool, ignore_errors=True)

    @property
    def _git_dir(self) -> Path:
        if isinstance(self._source, GitMirror):
            return self._source.git_dir
        return git_folders(self._source, place=self.place).own

    def _branches(self, only: str = "") -> dict[str, str]:
        """The branches and their commits, or one branch alone."""
        if isinstance(self._source, GitMirror):
            return self._source.branches(only)
        form = "--format=%(objectname) %(refname)"
        answer = run_git(["for-each-ref", form, f"refs/heads/{only}"], git_dir=self._git_dir)
        if not answer.succeeded:
            raise refusal(answer, self.place)
        found = (line.split(" refs/heads/", 1) for line in answer.text.split("\n") if line)
        return {name: commit for commit, name in found}

    def _no_such_branch(self, branch: str) -> UsageError:
        names = sorted(_plain(name) for name in self._branches())
        if not names:
            return UsageError(
                f"{self.shown} has no commits yet", place=self.place, hint="commit and try again"
            )
        near = difflib.get_close_matches(branch, names, n=1)
        known = ", ".join(names[:_SHOWN_BRANCHES]) + (", …" if len(names) > _SHOWN_BRANCHES else "")
        return NotFoundError(
            f"{self.shown} has no branch {branch!r}; it has {known}",
            place=self.place,
            hint=f"did you mean {near[0]!r}?" if near else "correct BranchName in pipeline.yml, or create it",
        )


def _files_of(tree: Path, spool: Path) -> Iterator[FlatFile]:
    """The files of a tar, small ones in memory while there is room, others in the spool folder."""
    room_bytes = _IN_MEMORY_BYTES
    with answering(spool), tarfile.open(tree) as archive:
        for number, member in enumerate(archive):
            executable = bool(member.mode & 0o100)
            if member.issym():
                yield member.name, member.linkname.encode("utf-8", "surrogateescape"), False
                continue
            content = archive.extractfile(member)
            if content is None:
                continue  # a directory, or a submodule's empty place
            if member.size <= room_bytes:
                room_bytes -= member.size
                yield member.name, content.read(), executable
                continue
            path = spool / str(number)
            with path.open("wb") as file:
                shutil.copyfileobj(content, file)
            yield member.name, path, executable


def _first_line(message: str) -> str:
    return _plain(message.strip("\n").split("\n", 1)[0])[:_MESSAGE_CHARACTERS]


def _plain(text: str) -> str:
    """Text without control characters: it is shown on terminals and pages."""
    return _CONTROL.sub(" ", text).strip()


def _instant(seconds: str) -> Instant:
    """An author's date; one that is none, as broken tools write it, counts as the epoch."""
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return _EPOCH
