"""The one way git is called: a list of arguments, a clean environment, a time limit, a group that ends.

Nothing of the caller's environment but what is named here reaches git, so a `GIT_DIR` left over from a hook,
a signing key or a pager in somebody's settings change nothing. Settings of the user and of the machine are
read only when a remote is talked to, because credentials live there.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from laststop.errors import LaststopError, TransientError, UsageError

OLDEST_GIT: Final = (2, 32)
"""The first release that can be told to ignore the user's settings (GIT_CONFIG_GLOBAL).

Source: git's release notes for 2.32.0, read 2026-11.
"""
LOCAL_SECONDS: Final = 60.0
_GRACE_SECONDS: Final = 2.0
_ALWAYS: Final = ("PATH", "HOME", "TMPDIR")
_FOR_REMOTES: Final = (
    "XDG_CONFIG_HOME",
    "GIT_CONFIG_GLOBAL",
    "SSH_AUTH_SOCK",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    *(
        name
        for proxy in ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
        for name in (proxy, proxy.upper())
    ),
)
_SETTINGS: Final = (
    "protocol.ext.allow=never",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.autocrlf=false",
    "core.eol=lf",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "advice.addEmbeddedRepo=false",
    "i18n.logOutputEncoding=UTF-8",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
)
_FIXED: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # none, not even the one in somebody's settings
    "SSH_ASKPASS_REQUIRE": "never",
    "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",  # a commit means what its id says
    "GIT_AUTHOR_NAME": "laststop",
    "GIT_AUTHOR_EMAIL": "laststop@localhost",
    "GIT_COMMITTER_NAME": "laststop",
    "GIT_COMMITTER_EMAIL": "laststop@localhost",
}
_OURS_ALONE: Final = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1"}
_INSTALL: Final = "install git {}.{} or newer, for example with `apt install git` or `brew install git`"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How a git command ended; `complaint` is what it wrote for people."""

    status: int
    output: bytes
    complaint: str

    @property
    def succeeded(self) -> bool:
        """Whether git ended well."""
        return self.status == 0

    @property
    def text(self) -> str:
        """The output as text, without the line end."""
        return self.output.decode("utf-8", "replace").rstrip("\n")


def run_git(
    arguments: Sequence[str],
    *,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    remote: bool = False,
    within_seconds: float = LOCAL_SECONDS,
    keep_open: int | None = None,
) -> Answer:
    """Run git to its end and say how it ended; a bad end is an answer, not an exception.

    `git_dir` is named to git outright, so that it searches no parent folders; `remote` lets it read the
    user's settings, credentials and proxies; `keep_open` is a descriptor that git inherits, for a lock that
    must last as long as git does.

    Raises: UsageError when git is missing or too old, TransientError when it takes too long.
    """
    environment = _environment(remote=remote)
    executable = _executable(environment["PATH"])
    argv = [executable]
    for setting in _SETTINGS:
        argv += ["-c", setting]
    if git_dir is not None:
        argv += ["-c", f"safe.directory={work_tree or git_dir}", f"--git-dir={git_dir}"]
    if work_tree is not None:
        argv.append(f"--work-tree={work_tree}")
    argv += arguments
    return _run(argv, environment, work_tree or git_dir or Path("/"), within_seconds, keep_open)


def _run(
    argv: list[str],
    environment: dict[str, str],
    folder: Path,
    within_seconds: float,
    keep_open: int | None = None,
) -> Answer:
    try:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a group to end, and no terminal to ask on
            pass_fds=() if keep_open is None else (keep_open,),
        )
    except OSError as error:
        raise TransientError(
            f"git could not be started: {error.strerror}",
            place=str(folder),
            hint="see that the folder and git are still there, then try again",
        ) from error
    with process:
        try:
            output, complaint = process.communicate(timeout=within_seconds)
        except subprocess.TimeoutExpired as error:
            _end(process)
            raise TransientError(
                f"git took longer than {within_seconds:g} seconds and was ended",
                place=str(folder),
                hint="try again; a network or a disk may be slow",
            ) from error
        except BaseException:
            _end(process)
            raise
    return Answer(status=process.returncode, output=output, complaint=complaint.decode("utf-8", "replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End git and everything it started; asked first, so that it may remove its lock files."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE_SECONDS)


def _environment(*, remote: bool) -> dict[str, str]:
    names = (*_ALWAYS, *_FOR_REMOTES) if remote else _ALWAYS
    kept = {name: os.environ[name] for name in names if os.environ.get(name)}
    kept.setdefault("PATH", os.defpath)
    return kept | _FIXED | ({} if remote else _OURS_ALONE)


@lru_cache(maxsize=4)
def _executable(search_path: str) -> str:
    """The git that is found first, once it is known to be new enough."""
    hint = _INSTALL.format(*OLDEST_GIT)
    executable = shutil.which("git", path=search_path)
    if executable is None:
        raise UsageError("git is not installed, or not on PATH", place="git", hint=hint)
    answer = _run([executable, "version"], {"PATH": search_path} | _FIXED, Path("/"), LOCAL_SECONDS)
    found = re.search(r"(\d+)\.(\d+)", answer.text)
    if not answer.succeeded or found is None:
        raise UsageError(f"does not answer as git does: {answer.text[:80]!r}", place=executable, hint=hint)
    if (int(found[1]), int(found[2])) < OLDEST_GIT:
        raise UsageError(f"git {found[0]} is too old", place=executable, hint=hint)
    return executable


def first_useful_line(complaint: str) -> str:
    """The line of git's complaint that names the cause, without its label."""
    for line in complaint.splitlines():
        text = line.strip().removeprefix("remote:").strip()
        if re.search(r"\w", text) and not re.match(r"(?i)(warning|hint|note):|cloning into", text):
            return re.sub(r"^(?i:fatal|error):\s*", "", text)
    return "git gave no reason"


def refusal(answer: Answer, place: str) -> LaststopError:
    """What git's complaint about a repository of this machine means to who called.

    Git has no error codes; its untranslated words are all there is to go by.
    """
    reason = first_useful_line(answer.complaint)
    if "No space left" in answer.complaint:
        return TransientError("the disk is full", place=place, hint="free some space, then try again")
    if ".lock': File exists" in answer.complaint:
        return TransientError(
            f"another git is at work there: {reason}",
            place=place,
            hint="try again; if no git runs there, delete the lock file it names",
        )
    return UsageError(f"git refuses: {reason}", place=place, hint="run `git fsck` in the repository")
