import os
import shutil

import pytest

from laststop.build.order import BuildInput
from unit.homes.builder_workbench import Workbench, log_of, of, own_lines_of


@pytest.fixture
def bench(tmp_path):
    return Workbench(tmp_path)


def test_all_phases_share_one_shell(bench):
    _, result, output = bench.build(
        {
            "version": "0.2",
            "phases": {
                "install": {"commands": ["cd /usr", "plain=1; export SEEN=2", "f() { echo f $1; }"]},
                "post_build": {"commands": ['echo "$plain $SEEN"', "pwd; f 3", "sh -c 'echo $SEEN'"]},
            },
        }
    )
    assert result.succeeded
    assert output == ["1 2", "/usr", "f 3", "2"]


def test_a_block_is_one_command_and_its_last_line_decides(bench):
    _, result, output = bench.commands("false\necho after", "printf x | cat; echo; (exit 3)", "echo never")
    assert output == ["after", "x"]
    assert result.failure.exit_status == 3


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("exit 3", 3),
        ("return 4", 4),
        ("set -e\nfalse\necho never", 1),
        ("nosuchprogram", 127),
        ("kill -9 $$", 137),
        ("exec sh -c 'exit 5'", 5),
        ("set -u; echo $unset_at_all", None),
        ('echo "unbalanced', None),
        ("if true; then", None),
        (")", None),
        ("export 1x=2", None),
    ],
)
def test_however_a_command_fails_its_status_is_learnt(bench, command, status):
    _, result, output = bench.build(
        {
            "version": "0.2",
            "phases": {
                "build": {
                    "commands": ["cd /usr; export SEEN=1", command, "echo never"],
                    "finally": ["echo $SEEN"],
                },
                "post_build": {"commands": ["pwd; echo $CODEBUILD_BUILD_SUCCEEDING"]},
            },
        }
    )
    assert output[-3:] == ["1", "/usr", "0"]
    assert "never" not in output
    failure = result.failure
    assert (failure.code, failure.phase, failure.command) == ("COMMAND_EXECUTION_ERROR", "BUILD", command)
    assert failure.exit_status == status if status is not None else failure.exit_status != 0


def test_exit_0_ends_the_command_and_the_shell_but_not_the_build(bench):
    order, result, output = bench.commands(
        "cd /usr; plain=1; export SEEN='it''s\n\"two\" lines'",
        "exit 0",
        'pwd; echo "${plain-gone}"; echo "$SEEN"',
    )
    assert result.succeeded
    assert output == ["/usr", "gone", "its", '"two" lines']
    assert any("ended the shell" in line for line in own_lines_of(order))


def test_what_a_command_prints_is_never_taken_for_its_status(bench):
    _, result, _ = bench.commands("echo '1 0'; echo '1 0' >&2; printf '2 0\\n'; false")
    assert result.failure.exit_status == 1


@pytest.mark.parametrize(
    "command", ["break; true", "continue; true", "shift 0", "trap - EXIT", "set -C", "set -f"]
)
def test_a_command_cannot_disturb_what_runs_it(bench, command):
    _, result, output = bench.commands(command, "echo on", "false")
    assert output[-1] == "on"
    assert (result.failure.exit_status, result.failure.message[:24]) == (1, "phases.build.commands[2]")


def test_tracing_shows_the_commands_only(bench):
    order, _, output = bench.commands("set -x; echo a", "echo b")
    assert output == ["+ echo a", "a", "+ command . build-2", "+ echo b", "b"]
    assert not any("control" in line for line in log_of(order))


def test_commands_read_nothing(bench):
    _, result, output = bench.commands("read line; echo got=$line", "cat", "echo on")
    assert result.succeeded
    assert output == ["got=", "on"]


def test_a_redirection_of_the_shell_lasts(bench):
    _, result, output = bench.commands(
        "exec 3>&1 >/dev/null", "echo lost; echo kept >&3", "exec >&3; echo back"
    )
    assert result.succeeded
    assert output == ["kept", "back"]


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_the_buildspec_may_ask_for_bash(bench):
    _, result, output = bench.build(
        of("a=(1 2 3); echo ${#a[@]}", "set -o pipefail", "false | true", env={"shell": "bash"})
    )
    assert output == ["3"]
    assert result.failure.message.startswith("phases.build.commands[2] ended with exit status 1")


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_goes_on_after_an_exit_too(bench):
    _, result, output = bench.build(
        of(
            "cd /usr; export SEEN=1; declare -r FIXED=1; export FIXED",
            "exit 0",
            "pwd; echo $SEEN",
            env={"shell": "bash"},
        )
    )
    assert result.succeeded
    assert output == ["/usr", "1"]


def test_a_missing_bash_is_said(bench, monkeypatch):
    monkeypatch.setattr("unit.homes.builder_workbench.SERVER", {"PATH": "/nowhere"})
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    _, result, _ = bench.build(of("true", env={"shell": "bash"}))
    assert result.failure.phase == "DOWNLOAD_SOURCE"
    assert result.failure.message.startswith("env.shell: the buildspec asks for bash")


def test_exported_variables_are_read_at_the_end_exported_or_not(bench):
    spec = of(
        "plain='a b'; export SHIPPED=1; LINES_='x\ny'; EMPTY=",
        env={"exported-variables": ["plain", "SHIPPED", "LINES_", "EMPTY", "NEVER_SET", "KEY"]},
    )
    spec["phases"]["post_build"] = {"commands": ["SHIPPED=2; KEY=hunter22"]}
    _, result, _ = bench.build(spec, secrets=("hunter22",))
    assert result.exported == {"plain": "a b", "SHIPPED": "2", "LINES_": "x\ny", "EMPTY": "", "KEY": "***"}


def test_the_environment_is_small_and_the_action_wins(bench, monkeypatch):
    monkeypatch.setattr(
        "unit.homes.builder_workbench.SERVER",
        {"PATH": "/usr/bin:/bin", "HOME": "/h", "TOKEN": "t", "LANG": "C", "https_proxy": "p", "A": "server"},
    )
    order, result, output = bench.build(
        of(
            "env | cut -d= -f1 | sort | tr '\\n' ' '",
            "echo; echo $A $B $C",
            env={"variables": {"A": "spec", "B": "spec", "C": "$A"}},
        ),
        passed={"A": "passed", "D": "passed"},
        variables={"B": "action"},
    )
    assert result.succeeded
    assert output[-1] == "spec action $A"
    names = {
        name
        for name in output[0].split()
        if not name.startswith(("CODEBUILD_", "PWD", "OLDPWD", "_", "SHLVL"))
    }
    assert names == {"A", "B", "C", "D", "HOME", "LANG", "LASTSTOP_WORKSPACE", "PATH", "https_proxy"}
    assert "env.variables.C is taken literally: `$` fills nothing in there" in own_lines_of(order)


def test_codebuilds_variables_are_there(bench):
    archive = bench.zip("routing-data", {"routing.json": "{}"})
    routing = BuildInput(name="routing-data", archive=archive, revision="v7")
    order, result, output = bench.build(
        of(
            'echo "$CODEBUILD_BUILD_ID"; echo "$CODEBUILD_BUILD_NUMBER $CODEBUILD_INITIATOR $CODEBUILD_BUILD_SUCCEEDING"',
            'echo "$CODEBUILD_RESOLVED_SOURCE_VERSION ${#CODEBUILD_START_TIME}"; [ "$PWD" = "$CODEBUILD_SRC_DIR" ]',
            'ls "$CODEBUILD_SRC_DIR_routing_data"; env | grep SRC_DIR_frontend || :',
        ),
        more_inputs=(routing,),
    )
    assert result.succeeded, result.failure
    assert output == [
        result.build_id,
        f"{order.build_number} codepipeline/translations 1",
        "abc123 13",
        "routing.json",
    ]
    inputs = [line for line in own_lines_of(order) if line.startswith("input ")]
    assert inputs == [
        f"input frontend (primary): {order.workspace}/src, revision abc123",
        f"input routing-data: {order.workspace}/inputs/routing-data, revision v7",
    ]


def test_python_is_found_whatever_it_is_called(bench, monkeypatch, tmp_path):
    (tmp_path / "bin").mkdir()
    odd = tmp_path / "bin" / "python3.99"
    odd.write_text("#!/bin/sh\necho odd $*\n")
    odd.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(odd))
    _, _, output = bench.commands("python a; python3 'b c'")
    assert output == ["odd a", "odd b c"]


def test_variables_of_the_action_may_not_take_reserved_names(bench):
    _, result, _ = bench.commands("true", variables={"CODEBUILD_X": "1"})
    assert result.failure.message.startswith("EnvironmentVariables.CODEBUILD_X: 'CODEBUILD_X' is reserved")


def test_a_stored_parameter_must_be_given_and_is_then_a_secret(bench):
    spec = of("echo got $TOKEN", env={"parameter-store": {"TOKEN": "/site/token"}})
    _, result, _ = bench.build(spec)
    assert result.failure.code == "CLIENT_ERROR"
    assert "no parameter-store on this machine to read TOKEN from" in result.failure.message
    assert "pass under [build]" in result.failure.message
    _, result, output = bench.build(spec, passed={"TOKEN": "hunter22"})
    assert result.succeeded
    assert output == ["got ***"]


def test_the_shell_costs_no_second_process_per_command(bench):
    _, _, output = bench.commands(*["echo $$"] * 5)
    assert len(set(output)) == 1
    assert int(output[0]) != os.getpid()
