"""CodeBuild and Commands actions over the real builder."""

import json
from datetime import timedelta

import pytest
import yaml

from laststop.errors import NotFoundError
from laststop.homes.embedded.actions.build_run import BuildRun, BuildSettings
from laststop.homes.embedded.actions.codebuild import CodeBuild
from laststop.homes.embedded.actions.commands import Commands
from laststop.homes.embedded.blobs import Blobs
from laststop.homes.embedded.build_log import read_log
from laststop.homes.embedded.builder import ShellBuilder
from laststop.homes.embedded.clone_ref import CloneRef, encode_clone_ref
from laststop.homes.embedded.folders import Folders
from laststop.homes.embedded.runs import BuildOrigin
from laststop.homes.embedded.secret_file import SecretFile
from laststop.homes.shared.safe_zip import SafeZip
from laststop.pipeline.declaration import EnvironmentVariable
from laststop.pipeline.due import Command
from laststop.pipeline.inputs import Succeeded
from laststop.words.artifact import Artifact
from laststop.words.ids import AttemptKey, RunId
from unit.homes.builder_workbench import SERVER
from unit.homes.home_workbench import EPOCH, Never, zipped


class Bench:
    def __init__(self, path):
        self.folders = Folders(path)
        self.folders.root.mkdir()
        self.blobs = Blobs(self.folders.blobs)
        secrets = SecretFile(self.folders.secrets)
        secrets.path.write_text(
            '[parameter_store]\n"/web/token" = "parameter-1"\n[secrets_manager]\n"web/db" = { pw = "secret-2" }\n'
        )
        secrets.path.chmod(0o600)
        runs = BuildRun(
            builder=ShellBuilder(server=SERVER, grace_seconds=0.3, secrets=secrets, clone=self.clone),
            blobs=self.blobs,
            folders=self.folders,
            settings=BuildSettings(timeout_seconds=20),
            secrets=secrets,
            origin_of=lambda _: BuildOrigin(number=1, revisions={}),
        )
        self.codebuild, self.commands = CodeBuild(runs), Commands(runs)

    def clone(self, repository, commit, folder):
        folder.mkdir(parents=True)
        (folder / "cloned.txt").write_text(f"{repository} {commit}")

    def artifact(self, name, files):
        content = zipped(files)
        return Artifact(name=name, digest=self.blobs.put_bytes(content), size_bytes=len(content))

    def command(self, provider, **more):
        defaults = {
            "key": AttemptKey(run=RunId("run-1"), stage="S", action=more.pop("action", "a"), attempt=1),
            "pipeline": "translations",
            "provider": provider,
            "configuration": {},
            "inputs": (),
            "outputs": (),
            "started_at": EPOCH,
            "deadline_at": EPOCH + timedelta(hours=1),
        }
        return Command(**(defaults | more))

    def build(self, spec, *, outputs=(), variables=()):
        source = self.artifact("frontend", {"buildspec.yml": yaml.safe_dump(spec).encode()})
        asked = self.command(
            "Build/AWS/CodeBuild/1",
            inputs=(source,),
            outputs=tuple(outputs),
            configuration={"ProjectName": "web", "EnvironmentVariables": json.dumps(list(variables))},
        )
        return self.codebuild.run(asked, Never())

    def run(self, *lines, **more):
        return self.commands.run(self.command("Compute/AWS/Commands/1", commands=lines, **more), Never())

    def files(self, artifact):
        with SafeZip(self.blobs.path(artifact.digest)) as archive:
            return {name: b"".join(archive.chunks(name)) for name in archive.names}

    def log(self, action="a"):
        key = self.command("x", action=action).key
        return [line.text for line in read_log(self.folders.log(key)).lines]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def of(*commands, **more):
    return {"version": 0.2, "phases": {"build": {"commands": list(commands)}}, **more}


def test_secondary_artifacts_and_exported_variables_come_home(bench):
    spec = of(
        "mkdir site docs; echo a > site/a; echo b > docs/b; VERSION=7",
        env={"exported-variables": ["VERSION"]},
        artifacts={
            "files": ["**/*"],
            "secondary-artifacts": {
                "site": {"files": ["**/*"], "base-directory": "site"},
                "docs": {"files": ["**/*"], "base-directory": "docs"},
            },
        },
    )
    outcome = bench.build(spec, outputs=["site", "docs"])
    assert {made.name: bench.files(made) for made in outcome.artifacts} == {
        "site": {"a": b"a\n"},
        "docs": {"b": b"b\n"},
    }
    assert outcome.variables == {"VERSION": "7"}


def test_an_actions_variables_win_and_come_from_text_parameters_and_secrets(bench):
    outcome = bench.build(
        of(
            'echo "$PLAIN $PARAMETER $SECRET"; ALL="$PLAIN ${#PARAMETER} ${#SECRET}"',
            env={"variables": {"PLAIN": "buildspec"}, "exported-variables": ["ALL"]},
        ),
        variables=[
            {"name": "PLAIN", "value": "action"},
            {"name": "PARAMETER", "value": "/web/token", "type": "PARAMETER_STORE"},
            {"name": "SECRET", "value": "web/db:pw", "type": "SECRETS_MANAGER"},
        ],
    )
    assert outcome.variables == {"ALL": "action 11 8"}
    assert "action *** ***" in bench.log()


def test_a_buildspecs_own_parameters_and_secrets_come_from_the_same_file(bench):
    spec = of(
        'echo "$TOKEN $PW"; LENGTHS="${#TOKEN} ${#PW}"',
        env={
            "parameter-store": {"TOKEN": "/web/token"},
            "secrets-manager": {"PW": "web/db:pw"},
            "exported-variables": ["LENGTHS"],
        },
    )
    assert bench.build(spec).variables == {"LENGTHS": "11 8"}
    assert "*** ***" in bench.log()


def test_a_secret_that_is_not_to_be_had_fails_the_action_with_the_file_that_lacks_it(bench):
    variable = {"name": "X", "value": "/absent", "type": "PARAMETER_STORE"}
    with pytest.raises(NotFoundError, match="holds '/absent'") as refused:
        bench.build(of("true"), variables=[variable])
    assert "secrets.toml" in refused.value.hint
    failed = bench.build(of("true", env={"secrets-manager": {"X": "absent"}}))
    assert "env.secrets-manager.X" in failed.message


def test_commands_run_in_one_shell_over_their_inputs_and_give_files_and_variables(bench):
    inputs = (bench.artifact("source", {"a.txt": b"1"}), bench.artifact("data", {"b.txt": b"2"}))
    outcome = bench.run(
        "cd sub 2>/dev/null || mkdir sub",
        'cat a.txt "$CODEBUILD_SRC_DIR_data/b.txt" > sub/both.txt',
        'LINES_READ=2; echo "$STAGE"',
        inputs=inputs,
        outputs=("made",),
        files={"made": ("sub/*",)},
        output_variables=("LINES_READ", "CODEBUILD_BUILD_ID"),
        environment=(EnvironmentVariable(name="STAGE", value="live"),),
    )
    assert isinstance(outcome, Succeeded), outcome
    assert bench.files(outcome.artifacts[0]) == {"sub/both.txt": b"12"}
    assert outcome.variables["LINES_READ"] == "2"
    assert outcome.variables["CODEBUILD_BUILD_ID"].startswith("commands:")
    assert "live" in bench.log()


def test_the_first_command_that_fails_ends_the_action_by_its_own_place(bench):
    outcome = bench.run("true", "exit 3", "echo never", inputs=(bench.artifact("source", {"a": b""}),))
    assert outcome.message == "commands[1] ended with exit status 3: exit 3"
    assert outcome.exit_status == 3
    assert "never" not in bench.log()


def test_a_secret_of_a_commands_action_is_masked(bench):
    secret = EnvironmentVariable(name="PW", value="web/db:pw", type="SECRETS_MANAGER")
    outcome = bench.run('echo "$PW"', inputs=(bench.artifact("source", {"a": b""}),), environment=(secret,))
    assert isinstance(outcome, Succeeded)
    assert "***" in bench.log()


def test_a_rule_runs_commands_without_any_input(bench):
    outcome = bench.run('test -z "$(ls)"', action="beforeEntry:gate")
    assert isinstance(outcome, Succeeded), outcome
    assert ":" not in str(bench.folders.workspace(bench.command("x", action="beforeEntry:gate").key))
    assert bench.log("beforeEntry:gate")


def test_an_input_that_is_a_reference_is_cloned_and_its_revision_told(bench):
    content = encode_clone_ref(CloneRef(repository="acme/frontend", commit="c" * 40))
    artifact = Artifact(name="source", digest=bench.blobs.put_bytes(content), size_bytes=len(content))
    outcome = bench.run(
        'cat cloned.txt; test "$CODEBUILD_RESOLVED_SOURCE_VERSION" = ' + "c" * 40, inputs=(artifact,)
    )
    assert isinstance(outcome, Succeeded), outcome
    assert f"acme/frontend {'c' * 40}" in bench.log()
