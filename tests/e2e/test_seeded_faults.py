"""Twelve faults of real tools through whole runs: the right action and cause are told, the secret nowhere.

Each build replays the recorded output of a tool with its exit status, command by command; half of the faults are in the
action `check`, half in `build-site`, and the action that has none succeeds.
"""

import json
import socket
import urllib.request
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from e2e.workbench import Project, project, until
from laststop.build.masking import MASK
from unit.homes.slack_stand_in import slack_running

LOGS = Path(__file__).parents[1] / "logs"
EXPECTED = json.loads((LOGS / "expected.json").read_text(encoding="utf-8"))
SECRET = EXPECTED["secret"]
SEEDED = EXPECTED["seeded"]
ACTIONS = ("check", "build-site")
SHOWN_CHARACTERS = 300
"""A longer line is cut in a message; so much of it stands in every one."""

CHECK = """
      - name: check
        runOrder: 1
        actionTypeId: {category: Test, owner: AWS, provider: CodeBuild, version: "1"}
        configuration:
          ProjectName: "${build_project}"
          PrimarySource: frontend
          EnvironmentVariables: '[{"name": "ACTION", "value": "check"}]'
        inputArtifacts: [{name: frontend}, {name: ranking}, {name: pricing}]
"""
REPLAY = """[ "$(cat fault/action)" = "$ACTION" ] || exit 0
cat "fault/$1.out"
exit "$(cat "fault/$1.status")"
"""


def recorded(name: str) -> list[list[str]]:
    """What each command of a recorded build wrote."""
    outputs: list[list[str]] = []
    for line in (LOGS / f"{name}.log").read_text(encoding="utf-8").splitlines():
        if line.startswith("[laststop] $ "):
            outputs.append([])
        elif outputs and not line.startswith("[laststop] "):
            outputs[-1].append(line)
    return outputs


def action_of(name: str) -> str:
    return ACTIONS[list(SEEDED).index(name) % 2]


def prepare(pages: Project) -> None:
    """A pipeline with two builds, and secrets that builds may see."""
    pages.replace("laststop.toml", '# pass = ["NPM_TOKEN"]', 'pass = ["TOKEN"]')
    pages.replace(
        "laststop.toml", "[notices]\n", '[notices]\nslack_channel = "#releases"\nfile = "messages.ndjson"\n'
    )
    pages.replace("pipeline.yml", "  - name: Build\n    actions:\n", f"  - name: Build\n    actions:{CHECK}")
    pages.replace(
        "pipeline.yml",
        """      - name: build-site
        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
        configuration: {ProjectName: "${build_project}", PrimarySource: frontend}
""",
        """      - name: build-site
        runOrder: 2
        actionTypeId: {category: Build, owner: AWS, provider: CodeBuild, version: "1"}
        configuration:
          ProjectName: "${build_project}"
          PrimarySource: frontend
          EnvironmentVariables: '[{"name": "ACTION", "value": "build-site"}]'
""",
    )
    pages.write("frontend/replay.sh", REPLAY)


def seed(pages: Project, name: str) -> None:
    """Commit a build that fails as the recorded one did."""
    outputs = recorded(name)
    for number, lines in enumerate(outputs):
        last = number == len(outputs) - 1
        pages.write(f"frontend/fault/{number}.out", "\n".join([*lines, ""]))
        pages.write(f"frontend/fault/{number}.status", str(SEEDED[name]["exit_status"] if last else 0))
    pages.write("frontend/fault/action", action_of(name))
    commands = [f"sh replay.sh {number}" for number in range(len(outputs))]
    spec = {
        "version": 0.2,
        "phases": {"build": {"commands": [*commands, "python3 build.py"]}},
        "artifacts": {"base-directory": "dist", "files": ["**/*"]},
    }
    pages.write("frontend/buildspec.yml", yaml.safe_dump(spec))
    pages.commit(f"Seed {name}")


class Told:
    """What was told of one failed run."""

    def __init__(self, pages: Project, slack, run: str) -> None:
        self.run = run
        self.shown = pages.json("run", "show", run)
        self.failed = [each for each in self.shown["attempts"] if each["failure"]]
        self.message = self.shown["message"]
        [self.posted] = [each for each in slack.posted() if run[:8] in json.dumps(each)]
        self.blocks = " ".join(texts(self.posted["blocks"]))


def texts(value) -> list[str]:
    """Every text in a Block Kit payload."""
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [text for each in value.values() for text in texts(each)]
    return [text for each in value for text in texts(each)] if isinstance(value, list) else []


def fail(pages: Project, slack, name: str) -> Told:
    count = len(pages.run_status())
    seed(pages, name)
    until(lambda: len(pages.run_status()) > count, f"a run of {name}")
    pages.wait_for_run("Failed")
    [(run,)] = pages.rows("SELECT id FROM run ORDER BY ordinal DESC LIMIT 1")

    def told() -> bool:
        mine = [each for each in slack.posted() if run[:8] in json.dumps(each)]
        return bool(mine) and bool(slack.replies(mine[0]))

    until(told, f"the message and the call about {name}")
    return Told(pages, slack, run)


def shortened(line: str) -> str:
    return line.replace(SECRET, MASK).strip()[:SHOWN_CHARACTERS]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Name -> what was told of it; and everything that anybody can read afterwards, by where it stands."""
    folder = tmp_path_factory.mktemp("seeded")
    with (
        slack_running() as (slack, api, _),
        project(folder, TOKEN=SECRET, LASTSTOP_SLACK_TOKEN="xoxb-test", LASTSTOP_SLACK_API_URL=api) as pages,
    ):
        prepare(pages)
        pages.write("frontend/fault/action", "none")
        pages.commit("Two builds")
        up = pages.up()
        pages.put(("rerank", "1.0.0", "ranking"))
        pages.wait_for_verdicts(1)
        faults = {name: fail(pages, slack, name) for name in SEEDED}
        said = dict(surfaces(pages, up, [each.run for each in faults.values()]))
        said["run show --json"] = json.dumps([each.shown for each in faults.values()])
        said["slack"] = json.dumps([slack.messages, slack.calls])
        assert up.end() == 0
        said["server"] = up.said + up.out.read_text()
        yield faults, said


def surfaces(pages: Project, up, runs: list[str]):
    """Everything that people, scripts and whoever finds the disk can read."""
    state = pages.folder / ".laststop"
    for path in [*state.rglob("*.ndjson"), pages.folder / "messages.ndjson"]:
        yield f"file {path.relative_to(pages.folder)}", path.read_text(encoding="utf-8")
    for path in state.glob("laststop.db*"):
        yield f"file {path.name}", path.read_bytes().decode("latin-1")
    addresses = ["/", "/runs", "/inbox", "/versions", "/versions/rerank", "/releases", "/metrics"]
    addresses += ["/api/v1/runs", "/api/v1/catalog", "/api/v1/releases", "/api/v1/catalog/rerank/1.0.0/trace"]
    for run in runs:
        addresses += [f"/runs/{run}", f"/api/v1/runs/{run}"]
        addresses += [f"/runs/{run}/log/Build/{action_of(list(SEEDED)[runs.index(run)])}/1?from=1"]
    for address in addresses:
        with urllib.request.urlopen(f"{up.console_url}{address}", timeout=10) as answer:
            yield address, answer.read().decode()
    yield "/api/v1/events", events(up)
    words = [["run", "list"], ["catalog", "list"], ["trace", "rerank"], ["doctor"]]
    words += [["run", verb, run] for run in runs for verb in ("show", "logs")]
    for each in words:
        done = pages.run(*each)
        yield f"laststop {' '.join(each)}", done.stdout + done.stderr


def events(up) -> str:
    """The whole journal as it is streamed."""
    where = urlsplit(up.console_url)
    request = f"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n"
    pieces = []
    with closing(socket.create_connection((where.hostname, where.port), timeout=2)) as connection:
        connection.sendall(request.encode())
        try:
            while piece := connection.recv(65536):
                pieces.append(piece)
        except TimeoutError:
            pass  # the stream has told everything there is, and waits for more
    return b"".join(pieces).decode()


def test_the_right_action_is_named_twelve_times_of_twelve(told):
    faults, _ = told
    for name, fault in faults.items():
        assert [(each["stage"], each["action"]) for each in fault.failed] == [("Build", action_of(name))]
        assert fault.failed[0]["failure"]["exit_status"] == SEEDED[name]["exit_status"]
        for text in (fault.message, fault.blocks):
            assert f"Build / {action_of(name)}" in text, name
    assert len(faults) == 12


def test_the_causal_line_is_told_at_least_eleven_times_of_twelve(told):
    faults, _ = told
    right = [
        name
        for name, fault in faults.items()
        if all(shortened(SEEDED[name]["line"]) in text for text in (fault.message, fault.blocks))
        and causes(fault)[0].startswith(shortened(SEEDED[name]["line"]))
    ]
    assert len(right) >= 11, set(SEEDED) - set(right)


def causes(fault: Told) -> list[str]:
    """The first causal line of a run, as scripts get it."""
    failure = fault.failed[0]["failure"]
    return [(failure.get("cause") or failure["message"]).strip()]


def test_the_planted_secret_stands_nowhere(told):
    """And it was there to be hidden: the mask stands wherever a log is shown."""
    faults, said = told
    leaks = [where for where, text in said.items() if SECRET in text]
    assert leaks == []
    assert MASK in said["slack"]
    assert MASK in said["/inbox"]
    for fault in faults.values():
        assert MASK in said[f"laststop run logs {fault.run}"]
        assert MASK in said[next(where for where in said if where.startswith(f"/runs/{fault.run}/log/"))]
