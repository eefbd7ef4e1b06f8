"""bin/setup with made-up interpreters and installers on PATH: no network, no real environment."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = (
    "cat",
    "cp",
    "date",
    "ln",
    "mkdir",
    "mktemp",
    "mv",
    "readlink",
    "rm",
    "sha256sum",
    "sleep",
    "tail",
    "touch",
)

PYTHON_SHIM = """#!/bin/sh
# Answers -c as the real interpreter would if it were version {version} and stood here; only pretends to install.
case "$*" in
  "-I -c "*)
    case "$3" in *fcntl*) exec {real} "$@" ;; esac
    exec {real} -I -c 'import sys
sys.version_info = {version}; sys._base_executable = sys.argv[1]; exec(sys.argv[2])' "$0" "$3" ;;
  "-m venv "*)
    printf '%s\\n' "venv $0" >>"$CALLS"
    mkdir -p .venv/bin; touch .venv/pyvenv.cfg; ln -s "$0" .venv/bin/python; touch .venv/bin/pip
    case "$BROKEN" in *venv*) exit 1 ;; esac
    case "$*" in *--without-pip*) rm .venv/bin/pip ;; *) [ "$BROKEN" != ensurepip ] || exit 1 ;; esac
    [ ! -e .venv/bin/pip ] || {chmod} +x .venv/bin/pip ;;
  "-m pip "*)
    shift 2
    printf '%s\\n' "pip $*" >>"$CALLS"
    sleep "${{SECONDS_TO_INSTALL:-0}}"
    [ "$BROKEN" != pip ] || {{ echo "no route to the index" >&2; exit 1; }}
    cp "$0" .venv/bin/laststop ;;
esac
"""

UV_SHIM = """#!/bin/sh
printf '%s\\n' "uv $*" >>"$CALLS"
[ "$BROKEN" != uv ] || exit 1
case "$1" in
  venv) mkdir -p .venv/bin; ln -s "$4" .venv/bin/python ;;
  pip) cp "$0" .venv/bin/laststop ;;
esac
"""


class Checkout:
    """A copy of bin/setup in a project of its own, with a PATH of our making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder.parent / "path"
        self.calls_file = folder.parent / "calls"
        self.stamp = folder / ".venv" / ".laststop-stamp"
        (folder / "bin").mkdir(parents=True)
        self.path.mkdir()
        shutil.copy(ROOT / "bin" / "setup", folder / "bin" / "setup")
        (folder / "pyproject.toml").write_text("[project]\nname = 'made-up'\n")
        for tool in TOOLS:
            found = shutil.which(tool)
            if found:
                (self.path / tool).symlink_to(found)

    def executable(self, name: str, text: str) -> Path:
        file = self.path / name
        file.write_text(text)
        file.chmod(0o755)
        return file

    def python(self, name: str = "python3", version: tuple[int, ...] = (3, 12, 1)) -> Path:
        text = PYTHON_SHIM.format(
            real=shlex.quote(sys.executable), version=version, chmod=shutil.which("chmod")
        )
        return self.executable(name, text)

    def uv(self) -> Path:
        return self.executable("uv", UV_SHIM)

    def environment(self, **more: str) -> Mapping[str, str]:
        return {
            "PATH": str(self.path),
            "CALLS": str(self.calls_file),
            "BROKEN": "",
            "HOME": "/nowhere",
            **more,
        }

    def start(self, level: str = "base", *, cwd: Path | None = None, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["/bin/sh", str(self.folder / "bin" / "setup"), level],
            cwd=cwd or self.folder,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def setup(
        self, level: str = "base", *, cwd: Path | None = None, **more: str
    ) -> subprocess.CompletedProcess[str]:
        process = self.start(level, cwd=cwd, **more)
        out, err = process.communicate(timeout=30)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    @property
    def installs(self) -> list[str]:
        calls = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [call for call in calls if " install " in call]

    @property
    def calls(self) -> str:
        return self.calls_file.read_text() if self.calls_file.exists() else ""


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    return Checkout(tmp_path / "check out's (1)")


def test_without_any_python_one_line_says_what_is_needed(checkout: Checkout) -> None:
    done = checkout.setup()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        "laststop: Python 3.11 or newer is needed, and none is on PATH "
        "(tried python3, python3.14 ... python3.11)\n"
    )
    assert not (checkout.folder / ".venv").exists()


def test_an_old_python_is_passed_over(checkout: Checkout) -> None:
    checkout.python("python3", (3, 10, 13))
    fitting = checkout.python("python3.11", (3, 11, 0))
    assert checkout.setup().returncode == 0
    assert f"venv {fitting}" in checkout.calls


def test_an_old_python_alone_counts_as_none(checkout: Checkout) -> None:
    checkout.python("python3", (3, 10, 13))
    assert checkout.setup().returncode == 2


def test_a_python_that_does_not_start_hides_none_behind_it(checkout: Checkout) -> None:
    checkout.executable("python3", "#!/bin/sh\necho 'shim: no such version' >&2\nexit 127\n")
    elsewhere = checkout.folder.parent / "elsewhere"
    elsewhere.mkdir()
    checkout.python("python3.13").rename(elsewhere / "python3")
    done = checkout.setup(PATH=f"{checkout.path}:{elsewhere}")
    assert done.returncode == 0, done.stderr
    assert "shim" not in done.stderr
    assert f"venv {elsewhere}/python3" in checkout.calls


def test_the_second_time_nothing_is_called_and_nothing_said(checkout: Checkout) -> None:
    shim = checkout.python()
    first = checkout.setup()
    assert first.returncode == 0
    assert "setting up .venv" in first.stderr
    assert "ready after" in first.stderr
    before = checkout.calls
    shim.write_text('#!/bin/sh\necho started >>"$CALLS"\n')
    second = checkout.setup()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    assert checkout.calls == before


def test_it_works_from_any_folder_with_nothing_set(checkout: Checkout, tmp_path: Path) -> None:
    checkout.python()
    done = checkout.setup(
        cwd=tmp_path, HOME="", PYTHONPATH="/wrong", VIRTUAL_ENV="/wrong", CDPATH=str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    assert checkout.stamp.exists()
    assert not (tmp_path / ".venv").exists()


def test_a_changed_pyproject_is_installed_on_top(checkout: Checkout) -> None:
    checkout.python()
    checkout.setup()
    (checkout.folder / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert checkout.setup().returncode == 0
    assert len(checkout.installs) == 2
    assert checkout.calls.count("venv ") == 1


def test_dev_serves_base_and_base_does_not_serve_dev(checkout: Checkout) -> None:
    checkout.python()
    for level in ("base", "dev", "base", "dev"):
        assert checkout.setup(level).returncode == 0
    assert [call.split()[-1] for call in checkout.installs] == [".", ".[dev]"]


def test_a_change_keeps_what_was_there_for_development(checkout: Checkout) -> None:
    checkout.python()
    checkout.setup("dev")
    (checkout.folder / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    checkout.setup("base")
    assert [call.split()[-1] for call in checkout.installs] == [".[dev]", ".[dev]"]


def test_e2e_contains_dev(checkout: Checkout) -> None:
    checkout.python()
    assert checkout.setup("e2e").returncode == 0
    assert checkout.setup("dev").returncode == 0
    assert [call.split()[-1] for call in checkout.installs] == [".[dev,e2e]"]


def test_an_unknown_level_is_refused(checkout: Checkout) -> None:
    done = checkout.setup("prod")
    assert done.returncode == 2
    assert 'base, dev and e2e, not "prod"' in done.stderr


def test_a_moved_checkout_is_set_up_anew(checkout: Checkout) -> None:
    checkout.python()
    checkout.setup()
    moved = checkout.folder.rename(checkout.folder.parent / "moved")
    checkout.folder = moved
    assert checkout.setup().returncode == 0
    assert checkout.calls.count("venv ") == 2


def test_an_environment_of_another_python_is_made_anew(checkout: Checkout) -> None:
    checkout.python("python3.11", (3, 11, 4))
    checkout.setup()
    checkout.python("python3.13", (3, 13, 0))
    link = checkout.folder / ".venv" / "bin" / "python"
    link.unlink()
    link.symlink_to(checkout.path / "python3.13")
    (checkout.folder / ".venv" / "left").touch()
    assert checkout.setup().returncode == 0
    assert not (checkout.folder / ".venv" / "left").exists()


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.python("python3.11", (3, 11, 4))
    checkout.setup()
    (checkout.path / "python3.11").unlink()
    checkout.python("python3.12")
    assert checkout.setup().returncode == 0
    assert checkout.calls.count("venv ") == 2


def test_an_environment_without_a_stamp_is_not_trusted(checkout: Checkout) -> None:
    checkout.python()
    (checkout.folder / ".venv" / "bin").mkdir(parents=True)
    (checkout.folder / ".venv" / "left").touch()
    assert checkout.setup().returncode == 0
    assert not (checkout.folder / ".venv" / "left").exists()


@pytest.mark.parametrize("text", ["", "\n\n\n", "9\nx\ny\n", "abc", "\0\0"])
def test_a_damaged_stamp_is_not_trusted(checkout: Checkout, text: str) -> None:
    checkout.python()
    checkout.setup()
    checkout.stamp.write_text(text)
    done = checkout.setup()
    assert done.returncode == 0, done.stderr
    assert len(checkout.installs) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stopped_setup_is_not_trusted(checkout: Checkout, number: signal.Signals) -> None:
    checkout.python()
    process = checkout.start(SECONDS_TO_INSTALL="20")
    wait_for_install(checkout)
    os.killpg(process.pid, number)
    process.communicate(timeout=10)
    assert process.returncode != 0
    assert not checkout.stamp.exists()
    again = checkout.setup()
    assert again.returncode == 0, again.stderr
    assert len(checkout.installs) == 2


def test_a_killed_change_takes_the_old_stamp_with_it(checkout: Checkout) -> None:
    checkout.python()
    checkout.setup()
    project = checkout.folder / "pyproject.toml"
    was = project.read_text()
    project.write_text("[project]\nname = 'other'\n")
    process = checkout.start(SECONDS_TO_INSTALL="20")
    wait_for_install(checkout, 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    project.write_text(was)
    assert checkout.setup().returncode == 0
    assert len(checkout.installs) == 3


def test_two_at_once_install_once(checkout: Checkout) -> None:
    checkout.python()
    first = checkout.start(SECONDS_TO_INSTALL="1")
    wait_for_install(checkout)
    second = checkout.start(SECONDS_TO_INSTALL="1")
    errors = [process.communicate(timeout=30)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), errors
    assert "another setup is at work here" in errors[1]
    assert len(checkout.installs) == 1


def test_uv_is_preferred(checkout: Checkout) -> None:
    shim = checkout.python()
    checkout.uv()
    assert checkout.setup("dev").returncode == 0
    assert checkout.calls.splitlines() == [
        f"uv venv --quiet --python {shim} .venv",
        "uv pip install --quiet --python .venv/bin/python -e .[dev]",
    ]


def test_where_uv_cannot_pip_does(checkout: Checkout) -> None:
    checkout.python()
    checkout.uv()
    done = checkout.setup(BROKEN="uv")
    assert done.returncode == 0, done.stderr
    assert "uv could not do it; trying pip" in done.stderr
    assert checkout.installs[-1].startswith("pip ")


def test_without_ensurepip_the_interpreters_own_pip_installs(checkout: Checkout) -> None:
    checkout.python()
    done = checkout.setup(BROKEN="ensurepip")
    assert done.returncode == 0, done.stderr
    assert checkout.installs == [
        "pip --python .venv/bin/python install --quiet --disable-pip-version-check -e ."
    ]


def test_without_venv_and_pip_the_missing_package_is_named(checkout: Checkout) -> None:
    shim = checkout.python()
    text = shim.read_text().replace("exec(sys.argv[2])", "sys.path = []; exec(sys.argv[2])")
    shim.write_text(text)
    done = checkout.setup(BROKEN="venv")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(
        "has neither venv nor pip; on Debian and Ubuntu: apt install python3-venv"
    )
    assert not (checkout.folder / ".venv").exists()


def test_the_installers_words_are_shown_when_it_fails_and_only_then(checkout: Checkout) -> None:
    checkout.python()
    failed = checkout.setup(BROKEN="pip")
    assert failed.returncode == 1
    assert "no route to the index" in failed.stderr
    assert "setting up failed" in failed.stderr
    assert not (checkout.folder / ".venv").exists()
    assert "no route" not in checkout.setup().stderr


def wait_for_install(checkout: Checkout, count: int = 1) -> None:
    deadline = time.monotonic() + 10
    while len(checkout.installs) < count:
        assert time.monotonic() < deadline, "the installer was never called"
        time.sleep(0.01)
