from pathlib import Path

import pytest

from laststop.errors import NotFoundError, UsageError
from laststop.homes.embedded.git_location import (
    LocalRepository,
    RemoteRepository,
    check_branch,
    git_folders,
    parse_location,
)
from unit.homes.git_workbench import Workbench

PLACE = 'laststop.toml [repositories] "acme/frontend"'


def parse(text: str, base: Path = Path("/project")) -> LocalRepository | RemoteRepository:
    return parse_location(text, base=base, place=PLACE)


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("./frontend", "/project/frontend"),
        ("../other", "/other"),
        ("/srv/git/front end.git", "/srv/git/front end.git"),
        ("./odd:name", "/project/odd:name"),
        ("frönt", "/project/frönt"),
    ],
)
def test_a_path_starts_at_the_project(text: str, folder: str) -> None:
    assert parse(text) == LocalRepository(folder=Path(folder))


def test_a_tilde_is_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert parse("~/frontend") == LocalRepository(folder=Path("/home/ada/frontend"))


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/acme/frontend.git",
        "ssh://git@example.org:2222/acme/frontend",
        "git@example.org:acme/frontend.git",
        "example.org:frontend",
        "git://example.org/frontend",
        "file:///srv/git/frontend.git",
    ],
)
def test_an_address_without_secrets_is_shown_as_it_is(text: str) -> None:
    assert parse(text) == RemoteRepository(url=text, shown=text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:s3cret@example.org/a.git", "https://***@example.org/a.git"),
        ("https://s3cret@example.org/a.git", "https://***@example.org/a.git"),
        ("https://ada:s3cret%21@example.org/a", "https://***@example.org/a"),
        ("ssh://ada:s3cret@example.org/a", "ssh://***@example.org/a"),
    ],
)
def test_credentials_in_an_address_are_never_shown(text: str, shown: str) -> None:
    remote = parse(text)
    assert isinstance(remote, RemoteRepository)
    assert (remote.url, remote.shown) == (text, shown)
    assert "s3cret" not in remote.mask(f"fatal: could not read {text}: s3cret! is wrong")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "--upload-pack=touch /tmp/owned",
        "-oProxyCommand=touch",
        "ext::sh -c touch% /tmp/owned",
        "fd::17",
        "ssh://-oProxyCommand=touch/x",
        "ssh://-l@host/x",
        "-host:path",
        "git@-oProxyCommand=touch:x",
        "host:-path",
        "ftp://example.org/a",
        "HTTPS-but-not::x",
        "javascript://x",
        "https:///nohost",
        "https://[bad/x",
        "./front\nend",
        "./front\0end",
    ],
)
def test_what_git_must_not_be_given_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.place == PLACE
    assert caught.value.hint


@pytest.mark.parametrize("name", ["main", "release/2026.1", "änderung", "a@b", "feature_x-y.z", "HEAD"])
def test_a_branch_that_git_allows_is_allowed(name: str) -> None:
    check_branch(name, place=PLACE)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-f",
        "--all",
        "a b",
        "a..b",
        "../../config",
        "a//b",
        "/a",
        "a/",
        ".a",
        "a/.b",
        "a.lock",
        "a~1",
        "a^",
        "a:b",
        *("a?", "a*", "a[b", "a\\b", "a@{1}", "@", "a\n", "a\0", "a.", "a.lock/b"),
    ],
)
def test_a_branch_that_git_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a branch"):
        check_branch(name, place=PLACE)


def test_the_folders_of_each_kind_of_repository_are_found(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "work")
    bench.commit()
    bench.git("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "other")
    bench.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    bench.git("clone", "-q", "--separate-git-dir", str(tmp_path / "apart"), ".", str(tmp_path / "separate"))
    main = tmp_path / "work" / ".git"
    found = {
        name: git_folders(tmp_path / name, place=PLACE) for name in ("work", "linked", "bare.git", "separate")
    }
    assert {name: folders.common for name, folders in found.items()} == {
        "work": main,
        "linked": main,
        "bare.git": tmp_path / "bare.git",
        "separate": tmp_path / "apart",
    }
    assert found["linked"].own == main / "worktrees" / "linked"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"there is no folder .*frontend") as caught:
        git_folders(tmp_path / "frontend", place=PLACE)
    assert caught.value.place == PLACE


@pytest.mark.parametrize("content", [None, "gitdir: /nowhere/at/all\n", "nonsense", ""])
def test_a_folder_without_a_repository_is_named(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / ".git").write_text(content)
    with pytest.raises(UsageError, match="is no git repository"):
        git_folders(tmp_path, place=PLACE)


def test_a_folder_inside_a_repository_is_not_taken_for_it(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "project")
    bench.write("frontend/page.html", "hello")
    with pytest.raises(UsageError, match="is no git repository") as caught:
        git_folders(bench.folder / "frontend", place=PLACE)
    assert f"({bench.folder} is one)" in caught.value.hint
