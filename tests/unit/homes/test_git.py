import fcntl
import os
import socket
import stat
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from laststop.errors import NotFoundError, TransientError, UsageError
from laststop.homes.embedded import git as git_module
from laststop.homes.embedded import git_mirror
from laststop.homes.embedded.git import GitRepository
from laststop.homes.shared.safe_zip import unpack
from unit.homes.git_workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(tmp_path / "project" / "front end ü")


def repository_at(tmp_path: Path, location: str) -> GitRepository:
    return GitRepository(
        repository_id="acme/frontend",
        location=location,
        base=tmp_path / "project",
        cache=tmp_path / "mirrors",
    )


@pytest.fixture(params=["local", "remote"])
def repository(request: pytest.FixtureRequest, tmp_path: Path, bench: Workbench) -> GitRepository:
    return repository_at(tmp_path, "./front end ü" if request.param == "local" else f"file://{bench.folder}")


def names_in(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as file:
        return file.namelist()


def test_a_head_tells_commit_message_author_and_time(repository: GitRepository, bench: Workbench) -> None:
    bench.write("a.txt", "a")
    bench.git("add", "-A")
    bench.git("commit", "-qm", "Füge Seite hinzu\n\nLong story.", GIT_AUTHOR_DATE="2026-03-01T12:00:00+0200")
    head = repository.head("main")
    assert head.commit == bench.git("rev-parse", "main")
    assert (head.message, head.author) == ("Füge Seite hinzu", "Ada Brücke")
    assert head.author_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert repository.tip("main") == head.commit


def test_a_head_is_safe_to_show(repository: GitRepository, bench: Workbench) -> None:
    bench.commit("\x1b[31mred\t" + "long " * 100)
    message = repository.head("main").message
    assert message.isprintable()
    assert message.startswith("[31mred long long")
    assert len(message) <= 200


def test_a_commit_without_message_author_or_sane_date_has_a_head(
    repository: GitRepository, bench: Workbench
) -> None:
    tree = bench.git("mktree", "--missing")
    raw = f"tree {tree}\nauthor  <> 99999999999999999999 +0000\ncommitter x <x> 1 +0000\n\n"
    bench.write("../raw", raw)
    commit = bench.git("hash-object", "-t", "commit", "-w", "--literally", "../raw")
    bench.git("update-ref", "refs/heads/main", commit)
    head = repository.head("main")
    assert (head.commit, head.message, head.author) == (commit, "", "")


@pytest.mark.parametrize("move", ["commit", "amend", "reset", "rewrite"])
def test_a_head_follows_the_branch_wherever_it_goes(
    repository: GitRepository, bench: Workbench, move: str
) -> None:
    bench.commit("one")
    bench.commit("two")
    repository.head("main")
    match move:
        case "commit":
            bench.commit("three")
        case "amend":
            bench.git("commit", "-q", "--amend", "-m", "two, better")
        case "reset":
            bench.git("reset", "-q", "--hard", "HEAD~1")
        case _:
            bench.git("checkout", "-q", "--orphan", "new")
            bench.commit("other history")
            bench.git("branch", "-f", "main", "new")
    assert repository.head("main").commit == bench.git("rev-parse", "main")


def test_branches_that_replace_each_other_as_folders_are_read(
    repository: GitRepository, bench: Workbench
) -> None:
    bench.commit()
    bench.git("branch", "release/one")
    repository.head("release/one")
    bench.git("branch", "-D", "release/one")
    bench.git("branch", "release")
    assert repository.head("release").commit == bench.git("rev-parse", "release")
    assert repository.tip("release/one") is None


def test_only_the_branch_of_that_very_name_counts(repository: GitRepository, bench: Workbench) -> None:
    bench.commit("main")
    bench.git("checkout", "-qb", "other/refs/heads/main")
    bench.commit("other")
    bench.git("tag", "main", "other/refs/heads/main")
    assert repository.head("main").message == "main"


def test_a_missing_branch_is_answered_with_those_there_are(
    repository: GitRepository, bench: Workbench
) -> None:
    bench.commit()
    for name in ("a", "b", "c", "d", "master", "z"):
        bench.git("branch", name)
    assert repository.tip("mastre") is None
    with pytest.raises(NotFoundError) as caught:
        repository.head("mastre")
    assert "has no branch 'mastre'; it has a, b, c, d, main, …" in caught.value.message
    assert caught.value.hint == "did you mean 'master'?"
    assert caught.value.place == 'laststop.toml [repositories] "acme/frontend"'


def test_a_repository_without_commits_says_so(repository: GitRepository) -> None:
    assert repository.tip("main") is None
    with pytest.raises(UsageError, match="has no commits yet") as caught:
        repository.head("main")
    assert caught.value.hint


def test_a_branch_that_looks_like_an_option_is_refused(repository: GitRepository, tmp_path: Path) -> None:
    for ask in (repository.head, repository.tip):
        with pytest.raises(UsageError, match="cannot be the name of a branch"):
            ask(f"--output={tmp_path}/owned")
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "commit", ["main", "HEAD", "--output=/tmp/x", "", "A" * 40, "a" * 39, "a" * 41, "a" * 40 + "\n"]
)
def test_only_a_full_commit_id_is_archived(repository: GitRepository, tmp_path: Path, commit: str) -> None:
    with pytest.raises(UsageError, match="is no commit id"):
        repository.archive(commit, tmp_path / "source.zip")


def test_a_commit_that_is_not_there_is_named(
    repository: GitRepository, bench: Workbench, tmp_path: Path
) -> None:
    bench.commit()
    with pytest.raises(NotFoundError, match="has no commit aaaa") as caught:
        repository.archive("a" * 40, tmp_path / "source.zip")
    assert "start a new run" in caught.value.hint
    assert not (tmp_path / "source.zip").exists()


def test_an_archive_holds_the_tree_at_its_root(
    repository: GitRepository, bench: Workbench, tmp_path: Path
) -> None:
    bench.write("bin/build", "#!/bin/sh\n").chmod(0o755)
    bench.write("ünïcode name.txt", "text\r\n")
    bench.write("secret/notes.md", "not shipped")
    bench.write(".gitattributes", "secret export-ignore\n*.lfs filter=lfs -text\n")
    bench.write("d/" + "long/" * 30 + "end.txt", "deep")
    bench.write("big.lfs", "version https://git-lfs.github.com/spec/v1\n")
    (bench.folder / "link").symlink_to("bin/build")
    (bench.folder / "out").symlink_to("/etc/passwd")
    commit = bench.commit("all")
    # settings of the repository that would change what comes out
    for name, value in (
        ("core.autocrlf", "true"),
        ("filter.lfs.smudge", "false"),
        ("filter.lfs.required", "true"),
    ):
        bench.git("config", name, value)
    archive = tmp_path / "source.zip"
    repository.head("main")
    assert repository.archive(commit, archive) == archive.stat().st_size
    target = tmp_path / "tree"
    unpack(archive, target)
    assert not any(path.is_symlink() for path in target.rglob("*"))
    files = {str(path.relative_to(target)): path for path in target.rglob("*") if path.is_file()}
    deep = "d/" + "long/" * 30 + "end.txt"
    shipped = [".gitattributes", "big.lfs", "bin/build", "page.txt", "link", "out", "ünïcode name.txt", deep]
    assert sorted(files) == sorted(shipped)
    assert files["ünïcode name.txt"].read_bytes() == b"text\r\n"
    assert (files["link"].read_text(), files["out"].read_text()) == ("bin/build", "/etc/passwd")
    executable = [name for name, path in files.items() if path.stat().st_mode & stat.S_IXUSR]
    assert executable == ["bin/build"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("source.zip")] == ["source.zip"]


def test_equal_commits_give_equal_bytes_from_any_copy(bench: Workbench, tmp_path: Path) -> None:
    bench.write("b/x.txt", "x" * 5000)
    bench.write("b.txt", "y")
    commit = bench.commit()
    bench.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    (bench.folder / "page.txt").write_text("not committed")
    digests = set()
    for number, location in enumerate(
        (str(bench.folder), f"file://{bench.folder}", "../bare.git", "../bare.git")
    ):
        target = tmp_path / f"{number}.zip"
        repository_at(tmp_path, location).archive(commit, target)
        digests.add(sha256(target.read_bytes()).hexdigest())
        os.utime(bench.folder, (number, number))
    assert len(digests) == 1


def test_a_submodule_is_left_out(bench: Workbench, tmp_path: Path) -> None:
    other = Workbench(tmp_path / "other")
    other.commit()
    bench.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.folder), "module")
    commit = bench.commit()
    repository_at(tmp_path, str(bench.folder)).archive(commit, tmp_path / "source.zip")
    assert names_in(tmp_path / "source.zip") == [".gitmodules", "page.txt"]


def test_an_archive_of_many_bytes_goes_over_the_disk(
    repository: GitRepository, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("a.bin", os.urandom(5000))
    bench.write("b.bin", os.urandom(5000))
    commit = bench.commit()
    sizes = []
    for room_bytes in (0, 5100, 1 << 20):
        monkeypatch.setattr(git_module, "_IN_MEMORY_BYTES", room_bytes)
        repository.archive(commit, tmp_path / "source.zip")
        sizes.append(sha256((tmp_path / "source.zip").read_bytes()).hexdigest())
    assert len(set(sizes)) == 1
    with zipfile.ZipFile(tmp_path / "source.zip") as archive:
        assert archive.read("b.bin") == (bench.folder / "b.bin").read_bytes()


def test_what_a_killed_archive_left_is_cleared_by_the_next(bench: Workbench, tmp_path: Path) -> None:
    commit = bench.commit()
    spool = tmp_path / "source.zip.tree"
    spool.mkdir()
    (spool / "tree.tar").write_text("half")
    repository_at(tmp_path, str(bench.folder)).archive(commit, tmp_path / "source.zip")
    assert not spool.exists()
    assert names_in(tmp_path / "source.zip") == ["page.txt"]


def test_a_name_that_is_no_text_is_refused_and_leaves_nothing(bench: Workbench, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(bench.folder) + b"/bad\xff.txt")).write_text("x")
    commit = bench.commit()
    with pytest.raises(UsageError, match="no text"):
        repository_at(tmp_path, str(bench.folder)).archive(commit, tmp_path / "source.zip")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("source.zip")] == []


def test_a_hostile_environment_changes_nothing(
    repository: GitRepository, bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = bench.commit("the real one")
    other = Workbench(tmp_path / "other")
    other.commit("another repository")
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[log]\nshowSignature = true\n[commit]\ngpgSign = true\n[core]\npager = false\n[color]\nui = always\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    assert repository.head("main").commit == commit
    repository.archive(commit, tmp_path / "source.zip")
    assert names_in(tmp_path / "source.zip") == ["page.txt"]


def test_a_replaced_commit_is_still_what_its_id_says(bench: Workbench, tmp_path: Path) -> None:
    first = bench.commit("first", page="first")
    second = bench.commit("second", page="second")
    bench.git("replace", second, first)
    repository_at(tmp_path, str(bench.folder)).archive(second, tmp_path / "source.zip")
    with zipfile.ZipFile(tmp_path / "source.zip") as archive:
        assert archive.read("page.txt") == b"second"


def test_linked_work_trees_and_bare_repositories_are_read(bench: Workbench, tmp_path: Path) -> None:
    commit = bench.commit()
    bench.git("worktree", "add", "-q", str(tmp_path / "project" / "linked"), "-b", "other")
    bench.git("clone", "-q", "--bare", ".", str(tmp_path / "project" / "bare.git"))
    for name in ("linked", "bare.git"):
        repository = repository_at(tmp_path, name)
        assert repository.is_local
        assert repository.head("main").commit == commit
        repository.archive(commit, tmp_path / "source.zip")


def test_a_damaged_repository_is_said_to_be_so(bench: Workbench, tmp_path: Path) -> None:
    commit = bench.commit()
    for name in bench.git("rev-list", "--objects", "main").split():
        file = bench.folder / ".git" / "objects" / name[:2] / name[2:]
        if name != commit and file.is_file():
            file.unlink()
    with pytest.raises(UsageError, match="git refuses") as caught:
        repository_at(tmp_path, str(bench.folder)).archive(commit, tmp_path / "source.zip")
    assert "fsck" in caught.value.hint


def test_an_older_commit_of_a_remote_is_archived_even_from_an_empty_cache(
    bench: Workbench, tmp_path: Path
) -> None:
    first = bench.commit("first", page="first")
    bench.commit("second", page="second")
    repository_at(tmp_path, f"file://{bench.folder}").archive(first, tmp_path / "source.zip")
    with zipfile.ZipFile(tmp_path / "source.zip") as archive:
        assert archive.read("page.txt") == b"first"


def test_a_remote_is_fetched_once_per_commit(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = bench.commit()
    remote = repository_at(tmp_path, f"file://{bench.folder}")
    asked: list[str] = []
    real = git_mirror.run_git
    monkeypatch.setattr(
        git_mirror, "run_git", lambda a, **o: (asked.extend({"fetch", "ls-remote"} & set(a)), real(a, **o))[1]
    )
    for _ in range(3):
        assert remote.head("main").commit == commit
    remote.archive(commit, tmp_path / "source.zip")
    assert sorted(asked) == ["fetch", "ls-remote", "ls-remote", "ls-remote"]


def test_commits_that_no_branch_shows_any_more_outlive_the_joining_of_packs(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_mirror, "_PACKS_MAX", 2)
    remote = repository_at(tmp_path, f"file://{bench.folder}")
    commits = []
    for number in range(5):
        bench.commit(str(number), page=str(number))
        bench.git("commit", "-q", "--amend", "-m", "better")
        commits.append(remote.head("main").commit)
    packs = list((tmp_path / "mirrors").glob("*.git/objects/pack/*.pack"))
    assert len(packs) <= 3
    bench.folder.rename(tmp_path / "unreachable")
    for number, commit in enumerate(commits):
        remote.archive(commit, tmp_path / "source.zip")
        with zipfile.ZipFile(tmp_path / "source.zip") as archive:
            assert archive.read("page.txt") == str(number).encode()


def test_what_a_killed_fetch_left_does_not_block_the_next(bench: Workbench, tmp_path: Path) -> None:
    bench.commit()
    remote = repository_at(tmp_path, f"file://{bench.folder}")
    remote.head("main")
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    for name in ("shallow.lock", "config.lock", "packed-refs.lock", "refs/laststop/x.lock"):
        (mirror / name).touch()
    for reference in (mirror / "refs" / "laststop").iterdir():
        reference.with_name(f"{reference.name}.lock").touch()
    commit = bench.commit("next")
    assert remote.head("main").commit == commit


def test_a_half_made_mirror_is_made_again(bench: Workbench, tmp_path: Path) -> None:
    commit = bench.commit()
    remote = repository_at(tmp_path, f"file://{bench.folder}")
    remote.head("main")
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    (mirror / "laststop").unlink()
    (mirror / "HEAD").unlink()
    assert remote.head("main").commit == commit


def test_two_may_fetch_at_once(bench: Workbench, tmp_path: Path) -> None:
    commit = bench.commit()
    found: list[object] = []

    def look() -> None:
        try:
            found.append(repository_at(tmp_path, f"file://{bench.folder}").head("main").commit)
        except BaseException as error:  # noqa: BLE001
            found.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [commit] * 4


@pytest.mark.parametrize(
    ("location", "hint"),
    [
        ("https://ada:s3cret@127.0.0.1:9/x.git", "network"),
        ("http://s3cret@127.0.0.1:9/x.git", "network"),
        ("file:///nowhere/at/all", "address"),
        ("git://127.0.0.1:9/x", "network"),
    ],
)
def test_a_remote_that_does_not_answer_may_answer_later(tmp_path: Path, location: str, hint: str) -> None:
    remote = repository_at(tmp_path, location)
    for ask in (remote.head, remote.tip):
        with pytest.raises(TransientError, match="gave no answer to use") as caught:
            ask("main")
        assert hint in caught.value.hint
        assert "s3cret" not in str(caught.value)


@pytest.fixture
def locked_host() -> Iterator[str]:
    """A web server that asks everybody for a password."""

    class Asking(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Asking) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("user", ["", "ada@", "ada:wr0ng@"])
def test_a_remote_that_wants_a_password_is_not_given_one_and_nobody_is_asked(
    tmp_path: Path, locked_host: str, user: str
) -> None:
    with pytest.raises(TransientError) as caught:
        repository_at(tmp_path, f"http://{user}{locked_host}/x.git").head("main")
    assert "credential helper" in caught.value.hint
    assert not any(word in caught.value.message for word in ("ada", "wr0ng"))


def test_a_remote_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_mirror, "ASK_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = repository_at(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}/x.git")
        with pytest.raises(TransientError, match="took longer"):
            remote.tip("main")


def test_a_fetch_that_hangs_elsewhere_is_not_waited_for_without_end(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.commit()
    remote = repository_at(tmp_path, f"file://{bench.folder}")
    remote.tip("main")
    (lock,) = (tmp_path / "mirrors").glob("*.lock")
    monkeypatch.setattr(git_mirror, "FETCH_SECONDS", 0.1)
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TransientError, match="another process"):
            remote.head("main")


def test_branches_with_unusual_names_do_not_disturb(repository: GitRepository, bench: Workbench) -> None:
    bench.commit()
    for name in ("line\u2028break", "next\x85line", "a,b", "emoji-🚂"):
        bench.git("branch", name)
    assert repository.head("emoji-🚂").commit == repository.tip("main")
    with pytest.raises(NotFoundError) as caught:
        repository.head("none")
    assert "next line" in caught.value.message


def test_a_missing_local_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no folder"):
        repository_at(tmp_path, "./nothing").head("main")


def test_a_location_is_judged_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="remote helper"):
        repository_at(tmp_path, "ext::sh -c true")
    assert not (tmp_path / "mirrors").exists()
