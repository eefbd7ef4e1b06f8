from pathlib import Path

import pytest

from laststop.errors import ConflictError, NotFoundError, TransientError, UsageError
from laststop.homes.embedded.git import GitRepository
from laststop.homes.embedded.git_commit import commit_all, create_repository
from unit.homes.git_workbench import Workbench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "my projekt ü"
    (folder / "pages").mkdir(parents=True)
    (folder / "pages" / "index.html").write_text("hello")
    (folder / "build.sh").write_text("#!/bin/sh\n")
    (folder / "build.sh").chmod(0o755)
    return folder


def git(folder: Path, *arguments: str) -> str:
    bench = Workbench.__new__(Workbench)
    bench.folder = folder
    return bench.git(*arguments)


def test_a_folder_becomes_a_repository_with_one_commit(folder: Path, tmp_path: Path) -> None:
    commit = create_repository(folder, message="First page")
    assert git(folder, "rev-parse", "main") == commit
    assert git(folder, "branch", "--show-current") == "main"
    assert git(folder, "ls-files").split("\n") == ["build.sh", "pages/index.html"]
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "log", "-1", "--format=%an <%ae> %s") == "laststop <laststop@localhost> First page"
    repository = GitRepository(repository_id="a/b", location=str(folder), base=tmp_path, cache=tmp_path)
    assert repository.head("main").commit == commit


def test_changes_are_committed_and_no_change_is_no_commit(folder: Path) -> None:
    first = create_repository(folder, message="First page")
    assert commit_all(folder, "Nothing new") == first
    (folder / "pages" / "index.html").unlink()
    (folder / "new.txt").write_text("new")
    second = commit_all(folder, "-m is no option here")
    assert second != first
    assert git(folder, "log", "-1", "--format=%s") == "-m is no option here"
    assert git(folder, "ls-files").split("\n") == ["build.sh", "new.txt"]


def test_settings_hooks_and_variables_of_others_change_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    hooks = home / "hooks"
    hooks.mkdir(parents=True)
    for name in ("pre-commit", "commit-msg", "post-commit", "reference-transaction"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
        (hooks / name).chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[core]\nhooksPath = {hooks}\nautocrlf = true\n[commit]\ngpgSign = true\ntemplate = /nowhere\n"
        "[user]\nuseConfigOnly = true\n[init]\ndefaultBranch = trunk\n[gpg]\nprogram = false\n"
    )
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "ignore").write_text("*.html\n")
    for name, value in {
        "HOME": str(home),
        "GIT_DIR": "/elsewhere",
        "GIT_AUTHOR_NAME": "Somebody",
        "GIT_TEMPLATE_DIR": str(home),
        "GIT_DEFAULT_HASH": "sha256",
    }.items():
        monkeypatch.setenv(name, value)
    commit = create_repository(folder, message="First page")
    assert len(commit) == 40
    (folder / ".git" / "hooks").mkdir()
    for hook in hooks.iterdir():
        (folder / ".git" / "hooks" / hook.name).write_bytes(hook.read_bytes())
        (folder / ".git" / "hooks" / hook.name).chmod(0o755)
    (folder / "crlf.txt").write_bytes(b"a\r\n")
    commit_all(folder, "Second")
    assert not (tmp_path / "ran").exists()
    assert "pages/index.html" in git(folder, "ls-files")
    assert git(folder, "log", "-1", "--format=%an") == "laststop"
    assert git(folder, "cat-file", "-s", "HEAD:crlf.txt") == "3"


def test_a_machine_without_a_home_can_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    assert create_repository(folder, message="First page")


def test_a_repository_with_commits_is_not_taken_over(folder: Path) -> None:
    commit = create_repository(folder, message="First page")
    with pytest.raises(ConflictError, match="commits already") as caught:
        create_repository(folder, message="Again")
    assert caught.value.hint
    assert git(folder, "rev-parse", "main") == commit


def test_what_a_kill_left_is_completed(folder: Path) -> None:
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    assert create_repository(folder, message="First page") == git(folder, "rev-parse", "main")


def test_an_empty_folder_can_become_a_repository(tmp_path: Path) -> None:
    assert create_repository(tmp_path, message="Nothing yet") == git(tmp_path, "rev-parse", "main")


def test_a_folder_inside_a_repository_gets_its_own(folder: Path) -> None:
    create_repository(folder, message="Outside")
    inside = folder / "pages"
    assert create_repository(inside, message="Inside") == git(inside, "rev-parse", "main")
    assert git(inside, "ls-files") == "index.html"


def test_a_missing_folder_and_a_plain_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        create_repository(tmp_path / "gone", message="x")
    with pytest.raises(UsageError, match="is no git repository"):
        commit_all(tmp_path, "x")


def test_another_git_at_work_is_waited_for_by_the_caller(folder: Path) -> None:
    create_repository(folder, message="First page")
    (folder / ".git" / "index.lock").touch()
    (folder / "new.txt").write_text("new")
    with pytest.raises(TransientError, match="another git is at work"):
        commit_all(folder, "Second")
