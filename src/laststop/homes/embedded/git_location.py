"""Where a repository lies: a folder of this machine, or a remote that git can reach."""

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.disk import answering

SCHEMES: Final = ("https", "http", "ssh", "git", "file")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HELPER: Final = re.compile(r"[A-Za-z0-9+.-]+::")
_SCP: Final = re.compile(r"(?:[^/:@]+@)?(?P<host>[^/:]+|\[[^\]/]+\]):(?P<path>.+)")
_NO_BRANCH: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^/|/$|\.$|(?:^|/)\.|\.lock(?:/|$)")
_WEB: Final = ("https", "http")


class LocalRepository(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of this machine that holds a repository or a work tree of one."""

    folder: Path

    @property
    def shown(self) -> str:
        """How messages call it."""
        return str(self.folder)


class RemoteRepository(msgspec.Struct, frozen=True, kw_only=True):
    """An address that git talks to; `shown` is fit for messages, `secrets` are what must not be in them."""

    url: str
    shown: str
    secrets: tuple[str, ...] = ()

    def mask(self, text: str) -> str:
        """The text without the address's credentials."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def parse_location(text: str, *, base: Path, place: str) -> LocalRepository | RemoteRepository:
    """Read a location as `laststop.toml` gives it; relative paths start at `base`.

    Raises: UsageError for what git must not be given: options, remote helpers, unknown schemes.
    """
    if not text.strip() or not text.isprintable():
        raise UsageError("is empty or holds control characters", place=place, hint=_example())
    if text.startswith("-"):
        raise UsageError(f"{text!r} would be read as an option of git", place=place, hint=_example())
    if _HELPER.match(text):
        raise UsageError(
            f"{text.split('::', maxsplit=1)[0]!r} is a remote helper", place=place, hint=_example()
        )
    if scheme := _SCHEME.match(text):
        return _parse_url(text, scheme[1], place)
    if found := _SCP.fullmatch(text):
        if found["host"].startswith("-") or found["path"].startswith("-"):
            raise UsageError(f"{text!r} would be read as an option of ssh", place=place, hint=_example())
        return RemoteRepository(url=text, shown=text)
    try:
        folder = base / Path(text).expanduser()
    except RuntimeError as error:
        raise UsageError(f"{text!r}: {error}", place=place, hint=_example()) from error
    return LocalRepository(folder=folder.resolve())


def check_branch(branch: str, *, place: str) -> None:
    """Refuse what git would not take as a branch's name, before it becomes part of a command or a path.

    Raises: UsageError.
    Source: the rules of git-check-ref-format, read 2026-11.
    """
    if not branch or branch.startswith("-") or branch == "@" or _NO_BRANCH.search(branch):
        raise UsageError(
            f"{branch[:80]!r} cannot be the name of a branch",
            place=place,
            hint="correct BranchName in pipeline.yml",
        )


def _parse_url(text: str, scheme: str, place: str) -> RemoteRepository:
    if scheme not in SCHEMES:
        raise UsageError(
            f"{scheme!r} is no scheme for a repository",
            place=place,
            hint=f"use one of {', '.join(SCHEMES)}, `user@host:path`, or a path",
        )
    try:
        parts = urlsplit(text)
        host, user, password = parts.hostname or "", parts.username or "", parts.password or ""
    except ValueError as error:
        raise UsageError("is no address", place=place, hint=_example()) from error
    if host.startswith("-") or user.startswith("-"):
        raise UsageError("would be read as an option of ssh", place=place, hint=_example())
    if not host and scheme != "file":
        raise UsageError("names no host", place=place, hint=_example())
    # a name alone is a token on the web, and only a name elsewhere
    hidden = [password, *([user] if scheme in _WEB else [])]
    secrets = {form for secret in hidden if secret for form in (secret, unquote(secret))}
    credentials, at, address = parts.netloc.rpartition("@")
    kept = "***@" if scheme in _WEB or password else f"{credentials}{at}"
    shown = text.replace(parts.netloc, f"{kept}{address}", 1) if at else text
    return RemoteRepository(url=text, shown=shown, secrets=tuple(sorted(secrets, key=len, reverse=True)))


def _example() -> str:
    return "give a path, or an address such as https://host/owner/name.git or git@host:owner/name.git"


class GitFolders(msgspec.Struct, frozen=True, kw_only=True):
    """Where git keeps a repository: `own` is the work tree's, `common` holds the branches."""

    own: Path
    common: Path


def git_folders(folder: Path, *, place: str) -> GitFolders:
    """Find git's folders for a work tree, a linked work tree, a submodule or a bare repository.

    Git's own search is not used: it would climb to a repository that merely surrounds the folder.

    Raises: NotFoundError when there is no such folder, UsageError when it is no repository.
    """
    with answering(folder):
        if not folder.exists():
            raise NotFoundError(
                f"there is no folder {folder}",
                place=place,
                hint="create it, or correct the path under [repositories] in laststop.toml",
            )
        own = _own_folder(folder)
        if own is None:
            raise UsageError(
                f"{folder} is no git repository",
                place=place,
                hint=f"run `git init` there and commit, or name the repository's top folder{_above(folder)}",
            )
        return GitFolders(own=own, common=_common_folder(own))


def _own_folder(folder: Path) -> Path | None:
    inside = folder / ".git"
    if inside.is_file():
        pointer = os.fsdecode(inside.read_bytes())
        pointed = pointer.removeprefix("gitdir:").strip()
        found = (folder / pointed).resolve()
        return found if pointer.startswith("gitdir:") and (found / "HEAD").is_file() else None
    for candidate in (inside, folder):
        if (candidate / "HEAD").is_file() and (
            (candidate / "objects").is_dir() or (candidate / "commondir").is_file()
        ):
            return candidate.resolve()
    return None


def _common_folder(own: Path) -> Path:
    """Where a linked work tree shares its branches with the others; otherwise its own folder."""
    try:
        return (own / os.fsdecode((own / "commondir").read_bytes()).strip()).resolve()
    except FileNotFoundError:
        return own


def _above(folder: Path) -> str:
    """The repository that surrounds a folder, as a suggestion."""
    around = next((parent for parent in folder.parents if (parent / ".git").exists()), None)
    return f" ({around} is one)" if around else ""
