"""Committing on laststop's own account: the repositories that `init` and `demo` make."""

from pathlib import Path
from typing import Final

from laststop.errors import ConflictError, NotFoundError
from laststop.homes.embedded.git_command import refusal, run_git
from laststop.homes.embedded.git_location import git_folders

FIRST_BRANCH: Final = "main"


def create_repository(folder: Path, *, message: str) -> str:
    """Make a folder a repository with branch `main` and commit all its files; gives the commit's id.

    A repository without commits, as a kill leaves it, is completed.

    Raises: NotFoundError when there is no such folder, ConflictError when it has commits already.
    """
    folder = folder.resolve()
    if not folder.is_dir():
        raise NotFoundError("there is no such folder", place=str(folder), hint="create it first")
    made = run_git(["init", "--quiet", f"--initial-branch={FIRST_BRANCH}", "--template=", "--", str(folder)])
    if not made.succeeded:
        raise refusal(made, str(folder))
    if _head(folder) is not None:
        raise ConflictError(
            "is a repository with commits already",
            place=str(folder),
            hint="use it as it is, or choose an empty folder",
        )
    return _commit(folder, message)


def commit_all(folder: Path, message: str) -> str:
    """Commit every change in a work tree on its present branch; gives the commit's id, old if none changed.

    Raises: NotFoundError or UsageError when the folder is no repository, TransientError when another git
        is at work in it.
    """
    folder = folder.resolve()
    git_folders(folder, place=str(folder))
    return _commit(folder, message)


def _commit(folder: Path, message: str) -> str:
    _work(folder, "add", "--all")
    head = _head(folder)
    if head is not None and not _work(folder, "diff", "--cached", "--name-only"):
        return head
    _work(
        folder, "commit", "--quiet", "--no-verify", "--no-gpg-sign", "--allow-empty", f"--message={message}"
    )
    return _work(folder, "rev-parse", "HEAD")


def _head(folder: Path) -> str | None:
    """The commit of the present branch, if it has one."""
    answer = run_git(
        ["rev-parse", "--verify", "--quiet", "HEAD"], git_dir=git_folders(folder, place=str(folder)).own
    )
    return answer.text if answer.succeeded else None


def _work(folder: Path, *arguments: str) -> str:
    """Run git in a work tree; gives its output."""
    git_dir = git_folders(folder, place=str(folder)).own
    answer = run_git(arguments, git_dir=git_dir, work_tree=folder)
    if not answer.succeeded:
        raise refusal(answer, str(folder))
    return answer.text
