"""Every code block of the pages is run, or loaded, or says by its language that it is neither.

`sh` is run as it stands; of `console` the lines behind `$ ` are run and the others are what they print (numbers may
differ, `...` leaves something out); `toml`, `yaml`, `json` and `python` are loaded, and `js` is what the test of a
frontend made by npm builds. `text`, and a fence without a
language, hold samples and drawings, and no command.
"""

import json
import os
import re
import subprocess
import textwrap
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from e2e.workbench import LASTSTOP, Project, project
from laststop.config.project_file import load_project
from laststop.homes.shared.signed_post import signature

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")] if "decisions" not in path.parts
)
FENCE = re.compile(r"^( *)```([\w-]*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
RUN, SHOWN, LOADED = {"sh"}, {"console"}, {"toml", "yaml", "json", "python", "js"}
SAMPLES = {"text", ""}
COMMAND = re.compile(r"(?:\$ |(?:laststop|curl|git|pip|python3?|bin/\w+|cd|mv|apt|brew|npm) [^|]*$)")
SECONDS = 120

UP = """\
#!/bin/sh
# `up` blocks: here it goes on in the background, on free ports, in the place of the one before.
if [ "$1" = up ]; then
  if [ -e "$DOCS_UP" ]; then kill "$(cat "$DOCS_UP")"; while kill -0 "$(cat "$DOCS_UP")" 2>&-; do sleep 0.05; done; fi
  shift
  {laststop} up --port 0 --edge-port 0 "$@" >"$DOCS_UP.said" 2>&1 </dev/null &
  echo $! >"$DOCS_UP"
  until grep -q ^serving "$DOCS_UP.said"; do kill -0 $! || {{ cat "$DOCS_UP.said" >&2; exit 1; }}; sleep 0.05; done
  cat "$DOCS_UP.said" >&2
  exit 0
fi
exec {laststop} "$@"
"""


class Block(NamedTuple):
    page: str
    line: int
    language: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    page = str(path.relative_to(ROOT))
    return [
        Block(page, text.count("\n", 0, each.start()) + 1, each[2], textwrap.dedent(each[3]))
        for each in FENCE.finditer(text)
    ]


EVERY = [block for path in PAGES for block in blocks(path)]
of_language = lambda *names: [block for block in EVERY if block.language in names]  # noqa: E731
named = pytest.mark.parametrize


def test_every_fence_is_closed_and_of_a_language_that_says_what_becomes_of_it():
    assert len(EVERY) > 40
    for path in PAGES:
        fences = re.findall(r"^ *```", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) == 2 * len(blocks(path)), path
    for block in EVERY:
        assert block.language in RUN | SHOWN | LOADED | SAMPLES, block.name


@pytest.mark.parametrize("block", of_language(""), ids=lambda block: block.name)
def test_what_has_no_language_hides_no_command(block):
    assert not [line for line in block.text.splitlines() if COMMAND.match(line)]


# what is run

SETUP = {
    "docs/guides/ci.md": "export LASTSTOP_TOKEN=$(laststop token new docs --scope admin)",
    "docs/concepts/console.md": "export LASTSTOP_TOKEN=$(laststop token new docs --scope admin)",
    "docs/guides/doctor.md": 'laststop up; mkdir -p "$HOME/.config"',
}
"""Page -> what its reader has done before; the server's address is in LASTSTOP_URL."""
BEFORE = {
    "laststop restore ../translations.tar": 'kill "$(cat "$DOCS_UP")"; rm -f "$DOCS_UP"; rm -rf .laststop',
    "mv .laststop .laststop.before": 'kill "$(cat "$DOCS_UP")"; rm -f "$DOCS_UP"',
    "$ laststop check": "sed -i 's/name: frontend}, {name: r/name: frontned}, {name: r/' pipeline.yml",
}
INSTEAD = {
    "<where you found laststop>": f"{ROOT}",
    "bin/demo --once": "laststop demo --once",
    "bin/demo\n": "laststop demo --once\ncd ..\n",
    "/var/backups": "$DOCS",
    "--project /srv/translations": "--project .",
    "http://laststop.example:7440": "$LASTSTOP_URL",
    "curl --no-buffer": "! timeout 2 curl --no-buffer",
    "sleep 10": "sleep 0.2",
    "https://git.example.org/acme/frontend.git": "frontend",
    "xoxb-…": "xoxb-1",
    "https://hooks.slack.com/services/…": "http://127.0.0.1:9/hook",
}
"""What cannot be had here: another machine, a stream that never ends. `bin/demo` in a fresh clone, which sets up an
environment of its own, is what `test_setup_script.py` is about."""


class Shell:
    """One page's reader: a folder, a home, and what has been exported so far."""

    def __init__(self, folder: Path, cwd: Path) -> None:
        self.folder, self.cwd = folder, cwd
        commands = folder / "bin"
        commands.mkdir()
        (commands / "laststop").write_text(UP.format(laststop=" ".join(LASTSTOP)))
        (commands / "laststop").chmod(0o755)
        kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
        self.environment = kept | {
            "PATH": f"{commands}:{os.environ['PATH']}",
            "HOME": str(folder / "home"),
            "DOCS": str(folder),
            "DOCS_UP": str(folder / "up"),
        }
        (folder / "home").mkdir()

    def run(self, script: str) -> tuple[str, str]:
        """Run a block, and be afterwards where it led; gives what it printed."""
        for said, done in INSTEAD.items():
            script = script.replace(said, done)
        address = 'export LASTSTOP_URL=$(sed -n "s/^console  //p" "$DOCS_UP.said" 2>&- | sed "s,/$,,")\n'
        after = f"\npwd >{self.folder}/cwd; export -p >{self.folder}/exported\n"
        before = f"[ ! -e {self.folder}/exported ] || . {self.folder}/exported\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", before + address + script + after],
            cwd=self.cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        if (self.folder / "cwd").exists():
            self.cwd = Path((self.folder / "cwd").read_text().strip())
        return done.stdout, done.stderr

    def close(self) -> None:
        if (self.folder / "up").exists():
            subprocess.run(
                [
                    "sh",
                    "-c",
                    'kill "$(cat "$DOCS_UP")"; while kill -0 "$(cat "$DOCS_UP")"; do sleep 0.05; done',
                ],
                env=self.environment,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )


def translated(made: Project) -> None:
    """The project of the guides: other types than those of `init`, two versions gone live."""
    for name in ("laststop.toml", "pipeline.yml"):
        text = (made.folder / name).read_text()
        made.write(name, text.replace("ranking", "routing").replace("pricing", "firewall"))


PAGES_WITH_COMMANDS = sorted({block.page for block in of_language("sh", "console")})


@pytest.fixture
def reader(request, tmp_path):
    """A shell where a reader of the page would be: on their own in a folder, or in a project that works."""
    page = request.node.callspec.params["page"]
    folder = tmp_path / "reader"
    folder.mkdir()
    if page in ("README.md", "docs/tutorial.md"):
        shell = Shell(folder, folder)
        yield shell
        shell.close()
        return
    with project(tmp_path, "translations") as made:
        translated(made)
        shell = Shell(folder, made.folder)
        shell.run(
            "laststop up\n"
            "laststop catalog put bgp-policy 2.0.0 --type routing --phase PACKAGE_TESTS_COMPLETE --follow\n"
            "laststop catalog put bgp-policy 2.1.0 --type routing --phase PACKAGE_TESTS_COMPLETE --follow\n"
        )
        if page in SETUP:
            shell.run(SETUP[page])
        yield shell
        shell.close()


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS)
def test_the_commands_of_a_page_work_from_its_top_to_its_end(page, reader):
    said = ""
    for block in blocks(ROOT / page):
        if block.language == "sh":
            prepare(reader, block)
            said, _ = reader.run(block.text)
        elif block.language == "console":
            prepare(reader, block)
            transcript(reader, block)
        elif block.language == "json" and said.startswith("{"):
            assert json.loads(said).keys() == json.loads(block.text).keys(), block.name
            said = ""
        elif block.language == "yaml":
            for script in scripts(yaml.safe_load(block.text)):
                reader.run(f"export GITHUB_REF_NAME=v2.2.0 ALGORITHM=bgp-policy TYPE=routing\n{script}")


def prepare(reader: Shell, block: Block) -> None:
    for first, hook in BEFORE.items():
        if block.text.startswith(first):
            reader.run(hook)


def scripts(value: Any) -> list[str]:
    """The steps of a workflow that talk to laststop."""
    jobs = value.get("jobs", {}) if isinstance(value, dict) else {}
    steps = [step for job in jobs.values() for step in job["steps"]]
    return [step["run"] for step in steps if "LASTSTOP_URL" in step.get("env", {})]


def transcript(reader: Shell, block: Block) -> None:
    """Run each command; the lines below it are among what it prints, in that order."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    for part in parts:
        command, _, expected = part.partition("\n")
        if command.startswith("laststop trace "):
            reader.run(f"{command} --follow")  # nobody types as fast as a test
        out, err = reader.run(f"{command} 2>&1" if block.page == "README.md" else f"{command} 2>&1 || true")
        printed = iter(plain(out + err).splitlines())
        for line in plain(expected).splitlines():
            if line.strip() != "...":
                assert any(each == line for each in printed), f"{block.name}: {line!r} is not in\n{out}{err}"


def plain(text: str) -> str:
    """Without what differs from run to run: times, ports, ids."""
    return re.sub(r" +", " ", re.sub(r"\d+(?:[.:]\d+)*", "0", text))


# what is loaded


@pytest.mark.parametrize("block", of_language("json"), ids=lambda block: block.name)
def test_json_can_be_read(block):
    json.loads(block.text)


@pytest.mark.parametrize("block", of_language("yaml"), ids=lambda block: block.name)
def test_yaml_can_be_read(block):
    assert isinstance(yaml.safe_load(block.text), dict | list)


OTHER_FILES = ("[parameter_store]",)
"""How examples of files begin that are TOML and not laststop.toml."""


@pytest.mark.parametrize("block", of_language("toml"), ids=lambda block: block.name)
def test_settings_are_settings_that_laststop_knows(block, tmp_path):
    text = block.text
    if text.startswith(OTHER_FILES):
        assert tomllib.loads(text)
        return
    if "[project]" not in text:
        text = f'[project]\nname = "translations"\ntypes = ["routing", "firewall"]\n\n{text}'
    (tmp_path / "laststop.toml").write_text(text)
    assert load_project(tmp_path).name == "translations"


@pytest.mark.parametrize("block", of_language("python"), ids=lambda block: block.name)
def test_python_can_be_compiled(block):
    compile(block.text, block.name, "exec")


def test_the_check_of_a_signature_takes_ours_and_no_other():
    [block] = [each for each in blocks(ROOT / "docs/concepts/messages.md") if each.language == "python"]
    names: dict[str, Any] = {}
    exec(block.text, names)
    headers = {
        "X-Laststop-Timestamp": "1790000000",
        "X-Laststop-Signature": signature("secret", "1790000000", b"body"),
    }
    assert names["genuine"]("secret", headers, b"body")
    assert not names["genuine"]("secret", headers, b"another body")
    assert not names["genuine"]("another secret", headers, b"body")


def test_the_files_of_the_guide_are_those_that_npm_builds_in_a_test():
    """See `test_npm_frontend.py`, which needs npm."""
    shown = [
        block.text
        for block in blocks(ROOT / "docs/guides/own-frontend.md")
        if block.language in ("yaml", "js")
    ]
    built = [
        (Path(__file__).parent / "vite" / name) for name in ("buildspec.yml", "documents.mjs", "shown.js")
    ]
    assert shown == [path.read_text(encoding="utf-8") for path in built]
