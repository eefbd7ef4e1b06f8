import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laststop.errors import TransientError, UsageError
from laststop.homes.embedded.git_command import Answer, first_useful_line, refusal, run_git
from unit.homes.git_workbench import Workbench


def fake_git(folder: Path, script: str) -> None:
    folder.mkdir()
    git = folder / "git"
    git.write_text(f"#!/bin/sh\n{script}\n")
    git.chmod(0o755)


def alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


def ends(pid: int) -> bool:
    """Whether a process that was killed is gone soon: its files close a moment before it counts as dead."""
    patient_until = time.monotonic() + 5
    while alive(pid) and time.monotonic() < patient_until:
        time.sleep(0.01)
    return not alive(pid)


def test_a_bad_end_is_an_answer(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "work")
    answer = run_git(["rev-parse", "--verify", "nothing"], git_dir=bench.folder / ".git")
    assert (answer.succeeded, answer.status) == (False, 128)
    assert first_useful_line(answer.complaint) == "Needed a single revision"


def test_a_missing_git_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is not installed") as caught:
        run_git(["version"])
    assert "install git 2.32" in caught.value.hint


@pytest.mark.parametrize(
    ("says", "message"),
    [
        ("git version 2.31.9", "git 2.31 is too old"),
        ("git version 1.8.3.1", "too old"),
        ("hello", "as git does"),
    ],
)
def test_a_git_that_is_too_old_or_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, message: str
) -> None:
    fake_git(tmp_path / "bin", f"echo {says}")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(UsageError, match=message) as caught:
        run_git(["status"])
    assert caught.value.place == str(tmp_path / "bin" / "git")


def test_a_git_that_hangs_is_ended_with_all_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = tmp_path / "pids"
    fake_git(
        tmp_path / "bin",
        f"""[ "$1" = version ] && {{ echo git version 2.50.0; exit; }}
        trap '' TERM
        sleep 60 & echo $$ $! > {note}; wait; sleep 60""",
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    started: list[int] = []
    for patience in (0.3, 3.0, 12.0):  # a busy machine may need a while until the second process runs
        begun = time.monotonic()
        with pytest.raises(TransientError, match=f"took longer than {patience:g} seconds"):
            run_git(["fetch"], within_seconds=patience)
        assert time.monotonic() - begun < patience + 10
        started = [int(pid) for pid in note.read_text().split()] if note.exists() else []
        if len(started) == 2:
            break
    assert len(started) == 2
    assert all(ends(pid) for pid in started)


def test_the_environment_of_the_caller_does_not_reach_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_git(tmp_path / "bin", '[ "$1" = version ] && { echo git version 2.50.0; exit; }; env; echo "$@"')
    for name, value in {
        "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
        "GIT_DIR": "/elsewhere",
        "GIT_INDEX_FILE": "/elsewhere/index",
        "GIT_CONFIG_PARAMETERS": "'alias.log=!touch /tmp/owned'",
        "GIT_SSH_COMMAND": "touch",
        "GIT_EXTERNAL_DIFF": "touch",
        "LD_PRELOAD": "",
        "SECRET_OF_THE_SERVER": "hidden",
        "https_proxy": "http://proxy:1",
        "SSH_AUTH_SOCK": "/agent",
    }.items():
        monkeypatch.setenv(name, value)
    local, remote = run_git(["log"]).text, run_git(["fetch"], remote=True).text
    for text in (local, remote):
        assert not any(word in text for word in ("elsewhere", "touch", "hidden", "EXTERNAL_DIFF"))
        assert "GIT_TERMINAL_PROMPT=0" in text
        assert "LC_ALL=C" in text
        assert "protocol.ext.allow=never" in text
    assert "GIT_CONFIG_GLOBAL=/dev/null" in local
    assert "proxy:1" not in local
    assert "GIT_CONFIG_GLOBAL" not in remote
    assert "https_proxy=http://proxy:1" in remote
    assert "SSH_AUTH_SOCK=/agent" in remote


def test_git_works_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Workbench(tmp_path / "work")
    commit = bench.commit()
    for home in ("", "/nowhere/at/all"):
        monkeypatch.setenv("HOME", home)
        assert run_git(["rev-parse", "main"], git_dir=bench.folder / ".git").text == commit


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_another_owner_can_be_read(tmp_path: Path) -> None:
    bench = Workbench(tmp_path / "work")
    commit = bench.commit()
    for path in (bench.folder, *bench.folder.rglob("*")):
        os.chown(path, 65534, 65534)
    with pytest.raises(subprocess.CalledProcessError):
        bench.git("status")
    assert run_git(["rev-parse", "main"], git_dir=bench.folder / ".git").text == commit


def test_an_unstartable_git_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="could not be started"):
        run_git(["log"], git_dir=tmp_path / "gone")


def test_a_lock_that_git_inherits_stays_open_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "note"
    fake_git(
        tmp_path / "bin",
        """[ "$1" = version ] && { echo git version 2.50.0; exit; }
        for last; do :; done
        echo held >"/dev/fd/$last\"""",
    )
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    with note.open("wb") as file:
        assert run_git([str(file.fileno())], keep_open=file.fileno()).succeeded
    assert note.read_text() == "held\n"


@pytest.mark.parametrize(
    ("complaint", "line"),
    [
        ("fatal: repository 'x' not found\n", "repository 'x' not found"),
        ("warning: redirecting\nremote: Repository not found.\nfatal: later", "Repository not found."),
        ("@@@@@@@\n@ WARNING: CHANGED! @\n", "@ WARNING: CHANGED! @"),
        ("Cloning into 'x'...\nhint: use y\nerror: cannot lock", "cannot lock"),
        ("", "git gave no reason"),
        ("\n \n", "git gave no reason"),
    ],
)
def test_the_first_line_that_names_a_cause_is_shown(complaint: str, line: str) -> None:
    assert first_useful_line(complaint) == line


@pytest.mark.parametrize(
    ("complaint", "kind", "message"),
    [
        ("fatal: write error: No space left on device", TransientError, "disk is full"),
        (
            "fatal: Unable to create '/r/.git/index.lock': File exists.",
            TransientError,
            "another git is at work",
        ),
        ("fatal: bad object HEAD", UsageError, "bad object HEAD"),
    ],
)
def test_complaints_about_a_local_repository_become_errors_with_a_next_step(
    complaint: str, kind: type[TransientError | UsageError], message: str
) -> None:
    error = refusal(Answer(status=128, output=b"", complaint=complaint), "here")
    assert isinstance(error, kind)
    assert message in error.message
    assert (error.place, bool(error.hint)) == ("here", True)


def test_importing_starts_no_process() -> None:
    program = "import sys; sys.addaudithook(lambda e, a: e == 'subprocess.Popen' and sys.exit(9)); import laststop.homes.embedded.git"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
