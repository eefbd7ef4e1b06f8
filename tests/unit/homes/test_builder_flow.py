import zipfile

import pytest

from laststop.build.order import BuildInput
from unit.homes.builder_workbench import Workbench, of, output_of, own_lines_of, phases_of

FAIL, OK = "exit 1", "true"
ALL = [
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
]


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


def failing_in(phase, **block):
    phases = {name: {"commands": [f"echo {name} $CODEBUILD_BUILD_SUCCEEDING"]} for name in ALL_COMMANDS}
    phases[phase] = {"commands": [*phases[phase]["commands"], "false", "echo never"], **block}
    return {"version": "0.2", "phases": phases, "artifacts": {"files": ["**/*"]}}


ALL_COMMANDS = ["install", "pre_build", "build", "post_build"]


@pytest.mark.parametrize(
    ("phase", "block", "entered"),
    [
        ("install", {}, [*ALL[:3], "FINALIZING"]),
        ("pre_build", {}, [*ALL[:4], "FINALIZING"]),
        ("build", {}, ALL),
        ("post_build", {}, ALL),
        ("build", {"on-failure": "ABORT"}, [*ALL[:5], "FINALIZING"]),
        ("build", {"on-failure": "RETRY-2"}, [*ALL[:5], "FINALIZING"]),
        ("post_build", {"on-failure": "ABORT"}, [*ALL[:6], "FINALIZING"]),
        ("install", {"on-failure": "CONTINUE"}, ALL),
        ("pre_build", {"on-failure": "CONTINUE"}, ALL),
    ],
)
def test_what_runs_after_a_failing_phase(bench, phase, block, entered):
    order, result, output = bench.build(failing_in(phase, **block), outputs=("site",))
    assert list(phases_of(result)) == entered
    assert [name for name, status in phases_of(result).items() if status != "SUCCEEDED"] == [phase.upper()]
    failed_at = ALL_COMMANDS.index(phase)
    assert output == [
        f"{name} {int(at <= failed_at)}" for at, name in enumerate(ALL_COMMANDS) if name.upper() in entered
    ]
    assert (result.succeeded, result.status, result.failure.phase) == (False, "FAILED", phase.upper())
    assert result.artifacts == ()
    assert any("RETRY aborts" in line for line in own_lines_of(order)) == ("RETRY-2" in block.values())


def test_a_build_that_succeeds_runs_everything_once(bench):
    _, result, _ = bench.commands("true")
    assert list(phases_of(result)) == ALL
    assert result.succeeded
    assert result.status == "SUCCEEDED"
    assert result.failure is None
    times = [at for phase in result.phases for at in (phase.started_at, phase.ended_at)]
    assert times == sorted(times)


def test_finally_runs_after_a_failure_and_knows_of_it(bench):
    spec = {
        "version": "0.2",
        "phases": {"build": {"commands": ["false"], "finally": ["echo $CODEBUILD_BUILD_SUCCEEDING"]}},
    }
    _, result, output = bench.build(spec)
    assert output == ["0"]
    assert result.failure.message == "phases.build.commands[0] ended with exit status 1: false"


def test_a_failing_finally_fails_the_phase(bench):
    spec = {
        "version": "0.2",
        "phases": {"build": {"commands": ["true"], "finally": ["(exit 9)", "echo never"]}},
    }
    _, result, output = bench.build(spec)
    assert output == []
    assert result.failure.message.startswith("phases.build.finally[0] ended with exit status 9")


def test_the_first_failure_is_the_one_told(bench):
    spec = {
        "version": "0.2",
        "phases": {"build": {"commands": ["echo first; exit 2"]}, "post_build": {"commands": ["exit 3"]}},
    }
    _, result, _ = bench.build(spec)
    assert (result.failure.exit_status, result.failure.lines) == (2, ("first",))


def test_a_failure_carries_the_last_lines_of_its_command_only(bench):
    _, result, _ = bench.commands(
        "seq 100 120", "seq 1 40; echo pw=hunter22 >&2; false", secrets=("hunter22",)
    )
    assert result.failure.lines == (*map(str, range(27, 41)), "pw=***")


def test_a_missing_buildspec_names_where_it_was_looked_for(bench):
    order, result, _ = bench.build(None, files={"readme.md": "x"}, buildspec="ci/build.yml")
    failure = result.failure
    assert (failure.code, failure.phase) == ("YAML_FILE_ERROR", "DOWNLOAD_SOURCE")
    assert failure.message.startswith(
        f"{order.workspace}/src/ci/build.yml: the input 'frontend' holds no file"
    )
    assert list(phases_of(result)) == ["PROVISIONING", "DOWNLOAD_SOURCE", "FINALIZING"]


def test_a_faulty_buildspec_names_the_line(bench):
    _, result, _ = bench.build("version: 0.2\nphases:\n  build:\n    comands: [make]\n")
    assert result.failure.code == "YAML_FILE_ERROR"
    assert result.failure.message.startswith("buildspec.yml:4 phases.build.comands: ")
    assert 'did you mean "commands"?' in result.failure.message


@pytest.mark.parametrize("name", ["../outside.yml", "/etc/hostname"])
def test_a_buildspec_outside_the_source_is_not_read(bench, name):
    (bench.path / "outside.yml").write_text("version: 0.2\nphases: {build: {commands: ['true']}}\n")
    _, result, _ = bench.build(of("true"), buildspec=name)
    assert result.failure.code == "YAML_FILE_ERROR"


def test_a_buildspec_may_lie_deeper(bench):
    text = "version: 0.2\nphases: {build: {commands: [pwd]}}\n"
    order, result, output = bench.build(None, files={"ci/b.yml": text}, buildspec="ci/b.yml")
    assert result.succeeded
    assert output == [f"{order.workspace}/src"]


def test_what_is_ignored_is_said(bench):
    spec = of("true") | {"run-as": "nobody"}
    order, result, _ = bench.build(spec)
    assert result.succeeded
    assert "run-as is ignored: commands run as the user that runs laststop" in own_lines_of(order)


def test_an_input_that_is_no_zip_says_which(bench):
    bare = bench.path / "routing.json"
    bare.write_text("{}")
    _, result, _ = bench.build(of("true"), more_inputs=(BuildInput(name="routing", archive=str(bare)),))
    assert (result.failure.code, result.failure.phase) == ("CLIENT_ERROR", "DOWNLOAD_SOURCE")
    assert result.failure.message.startswith("input 'routing': routing.json: is no zip archive")


@pytest.mark.parametrize("names", [("a-b", "a_b"), ("x", "x"), ("frontend",), ("../x",), ("",)])
def test_inputs_that_cannot_be_told_apart_or_placed_are_refused(bench, names):
    archive = bench.zip("more", {"x": "y"})
    more = tuple(BuildInput(name=name, archive=archive) for name in names)
    _, result, _ = bench.build(of("true"), more_inputs=more)
    assert result.failure.code == "CLIENT_ERROR"
    assert result.failure.message.startswith("inputArtifacts: ")


def test_an_output_whose_name_is_a_path_is_refused(bench):
    _, result, _ = bench.commands("true", outputs=("../../site",))
    assert result.failure.message == "outputArtifacts: '../../site' is no artifact name"


def test_what_no_shell_can_be_given_is_refused(bench):
    _, result, _ = bench.build('version: 0.2\nphases: {build: {commands: ["a\\0b"]}}\n')
    assert result.failure.message.startswith("buildspec.yml:2 phases.build.commands[0]: holds a character")
    _, result, _ = bench.commands("true", variables={"A": "\ud800"})
    assert result.failure.message.startswith("EnvironmentVariables.A: holds a character")
    _, result, _ = bench.commands("true", buildspec="a\0b")
    assert result.failure.code == "YAML_FILE_ERROR"


def test_a_primary_that_is_no_input_is_refused(bench):
    _, result, _ = bench.build(of("true"), primary="frontned")
    assert "'frontned' is none of the inputs: frontend" in result.failure.message


def test_the_executable_bit_of_an_input_is_kept(bench):
    archive = bench.path / "tools.zip"
    with zipfile.ZipFile(archive, "w") as writing:
        info = zipfile.ZipInfo("run.sh")
        info.external_attr = 0o100755 << 16
        writing.writestr(info, "#!/bin/sh\necho ran\n")
    _, result, output = bench.build(
        of("$CODEBUILD_SRC_DIR_tools/run.sh"), more_inputs=(BuildInput(name="tools", archive=str(archive)),)
    )
    assert result.succeeded
    assert output == ["ran"]


def test_a_workspace_is_wiped_before_the_build(bench):
    order = bench.order(of("ls -A; mkdir -p locked/deep; touch locked/deep/x; chmod 555 locked"))
    assert [bench.run(order).succeeded for _ in range(2)] == [True, True]
    assert output_of(order) == ["buildspec.yml"] * 2


def test_a_machine_that_cannot_is_a_fault_and_no_exception(bench, tmp_path):
    (tmp_path / "file").write_text("")
    order = bench.order(of("true"), log_file=str(tmp_path / "file" / "log"))
    result = bench.run(order)
    assert (result.succeeded, result.status, result.failure.code) == (False, "FAULT", "INTERNAL_ERROR")
    order = bench.order(of("true"), workspace=str(tmp_path / "file" / "work"))
    assert bench.run(order).status == "FAULT"
