"""The local copy of a remote: one commit of each branch asked for, kept in the cache folder.

The mirror is only a cache: it may be deleted at any time, and what it lacks is fetched again.
"""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from laststop.errors import NotFoundError, TransientError
from laststop.homes.embedded.disk import answering, make_folder
from laststop.homes.embedded.git_command import Answer, first_useful_line, refusal, run_git
from laststop.homes.embedded.git_location import RemoteRepository

ASK_SECONDS: Final = 60.0
FETCH_SECONDS: Final = 600.0
_PACKS_MAX: Final = 50
"""Each fetch leaves one pack; beyond this many they are joined."""
_NEEDS_KEY: Final = re.compile(
    r"(?i)authenticat|could not read (username|password)|permission denied|host key|access denied|403|401"
)
_SETTINGS: Final = ("-c", "fetch.unpackLimit=1", "-c", "core.fsync=all")
"""A pack appears whole or not at all, so a commit that is here is here with all its files."""


class GitMirror:
    """A bare repository of our own that holds what was fetched of one remote.

    Concurrency: any number of threads and processes; fetches of one remote follow one another.
    Limit: remotes with SHA-1 ids that give shallow copies, as every hosting service does; a plain web folder
        of git files does not.
    """

    def __init__(self, remote: RemoteRepository, *, cache: Path, place: str) -> None:
        """Touches nothing until it is asked."""
        readable = re.sub(r"[^A-Za-z0-9._-]+", "-", remote.shown.rsplit("/", 1)[-1])[:40].strip(".-")
        name = f"{readable or 'repository'}-{sha256(remote.url.encode()).hexdigest()[:16]}"
        self.git_dir = cache / f"{name}.git"
        self._lock_file = cache / f"{name}.lock"
        self._remote = remote
        self._place = place

    @property
    def url(self) -> str:
        """The remote's address, credentials and all; for git alone."""
        return self._remote.url

    def mask(self, text: str) -> str:
        """A text without the address's credentials."""
        return self._remote.mask(text)

    def branches(self, only: str = "") -> dict[str, str]:
        """Ask the remote for its branches and their commits, or for one branch alone.

        Raises: TransientError when the remote does not answer or asks for a password.
        """
        self._prepare()
        patterns = [f"refs/heads/{only}"] if only else []
        answer = self._ask(["ls-remote", "--heads", "--", self._remote.url, *patterns], ASK_SECONDS)
        # a pattern also matches the ends of longer names
        found = re.findall(r"(?m)^([0-9a-f]{40,64})\trefs/heads/(.+)$", answer.text)
        return {name: commit for commit, name in found if only in ("", name)}

    def refs(self) -> dict[str, str]:
        """Ask the remote for all branches and tags, by full name, and the commits they lead to.

        Raises: as `branches`.
        """
        self._prepare()
        answer = self._ask(["ls-remote", "--heads", "--tags", "--", self._remote.url], ASK_SECONDS)
        found = re.findall(r"(?m)^([0-9a-f]{40,64})\t(refs/(?:heads|tags)/.+)$", answer.text)
        peeled = {name[:-3]: commit for commit, name in found if name.endswith("^{}")}
        return {name: peeled.get(name, commit) for commit, name in found if not name.endswith("^{}")}

    def fetch_branch(self, branch: str) -> str:
        """Fetch the newest commit of a branch, without history, and name its reference in the mirror.

        Raises: TransientError when the remote does not answer or asks for a password.
        """
        # flat, so that a branch `a` may follow a deleted branch `a/b`
        reference = f"refs/laststop/{sha256(branch.encode()).hexdigest()[:16]}"
        self._fetch(f"+refs/heads/{branch}:{reference}")
        return reference

    def fetch_commit(self, commit: str) -> None:
        """Fetch one commit by its id.

        Raises: NotFoundError when the remote no longer has it, TransientError when it does not answer.
        """
        self._fetch(commit)

    def has(self, commit: str) -> bool:
        """Whether a commit is here, with all its files."""
        self._prepare()
        return run_git(["cat-file", "-e", f"{commit}^{{commit}}"], git_dir=self.git_dir).succeeded

    def _fetch(self, what: str) -> None:
        self._prepare()
        options = ["--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
        with self._locked() as lock:
            self._ask([*_SETTINGS, "fetch", *options, "--", self._remote.url, what], FETCH_SECONDS, lock)
            if len(list((self.git_dir / "objects" / "pack").glob("*.pack"))) > _PACKS_MAX:
                # commits that no branch shows any more stay: a run may still be built from them
                joined = run_git(
                    ["repack", "-a", "-d", "-k", "-q"],
                    git_dir=self.git_dir,
                    within_seconds=FETCH_SECONDS,
                    keep_open=lock,
                )
                _expect(joined, self._place)

    def _ask(self, arguments: list[str], within_seconds: float, lock: int | None = None) -> Answer:
        """Run a command that talks to the remote."""
        answer = run_git(
            arguments, git_dir=self.git_dir, remote=True, within_seconds=within_seconds, keep_open=lock
        )
        if answer.succeeded:
            return answer
        if "not our ref" in answer.complaint:
            raise no_such_commit(self._remote.shown, arguments[-1], self._place)
        reason = self._remote.mask(first_useful_line(answer.complaint))
        hint = "check the address and the network; the next look may succeed"
        if _NEEDS_KEY.search(reason):
            hint = "give this user's git a credential helper or an SSH key for it; laststop never asks"
        raise TransientError(
            f"{self._remote.shown} gave no answer to use: {reason}", place=self._place, hint=hint
        )

    def _prepare(self) -> None:
        """See that the mirror exists; a half-made one is made again."""
        if (self.git_dir / "laststop").exists():
            return
        with self._locked() as lock:
            made = run_git(
                ["init", "--quiet", "--bare", "--template=", "--", str(self.git_dir)], keep_open=lock
            )
            _expect(made, self._place)
            with answering(self.git_dir):
                (self.git_dir / "laststop").touch()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the mirror's lock, which git inherits: it lasts until the last of us is gone."""
        with answering(self._lock_file):
            make_folder(self._lock_file.parent)
            descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._wait_for(descriptor)
            # under our lock, a lock of git's can only have been left by a kill
            with answering(self.git_dir):
                for left in (*self.git_dir.glob("*.lock"), *self.git_dir.glob("refs/**/*.lock")):
                    left.unlink(missing_ok=True)
            yield descriptor
        finally:
            os.close(descriptor)

    def _wait_for(self, descriptor: int) -> None:
        deadline = time.monotonic() + FETCH_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise TransientError(
                        "another process has been fetching for too long", place=self._place
                    ) from error
                time.sleep(0.05)
            else:
                return


def no_such_commit(shown: str, commit: str, place: str) -> NotFoundError:
    """A commit that was there when a run took it, and is not any more."""
    return NotFoundError(
        f"{shown} has no commit {commit}",
        place=place,
        hint="its history was rewritten; start a new run, which takes the newest commit",
    )


def _expect(answer: Answer, place: str) -> None:
    """Go on only if git ended well."""
    if not answer.succeeded:
        raise refusal(answer, place)
