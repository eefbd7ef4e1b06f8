import pytest

from laststop.build.buildspec import OnFailure
from laststop.build.decode import decode_buildspec
from laststop.build.phases import PhaseName
from laststop.errors import UsageError
from laststop.homes.shared.buildspec_file import MAX_BUILDSPEC_BYTES, parse_buildspec

WHOLE = """
version: 0.2
run-as: builder
env:
  shell: bash
  variables: {DEBUG: yes, LEVEL: 3.10, EMPTY: , no: "no"}
  parameter-store: {TOKEN: /site/token}
  secrets-manager: {KEY: "id:key"}
  exported-variables: [SITE, SITE, COUNT]
  git-credential-helper: yes
proxy: {upload-artifacts: no}
phases:
  install:
    runtime-versions: {python: 3.12}
    commands: [npm ci]
  pre_build:
    run-as: root
    commands:
      - true
      - 42
  build:
    on-failure: RETRY-3-timeout.*
    commands:
      - |
        cd site
        make
    finally:
      - rm -f lock
  post_build:
    on-failure: CONTINUE
reports:
  unit: {files: [junit.xml], base-directory: out}
artifacts:
  files: ['**/*']
  base-directory: dist
  discard-paths: no
  exclude-paths: ['**/*.map']
  enable-symlinks: yes
  name: site
  secondary-artifacts:
    docs: {files: [index.html], discard-paths: yes}
cache:
  key: npm-$(codebuild-hash-files package-lock.json)
  fallback-keys: [npm-]
  action: restore
  paths: [node_modules/**/*]
"""


def parse(text):
    return parse_buildspec(text.encode(), "buildspec.yml")


def minimal(**more):
    return {"version": "0.2", "phases": {"build": {"commands": ["make"]}}, **more}


def refused(data):
    with pytest.raises(UsageError) as caught:
        decode_buildspec(data)
    return caught.value


def test_a_whole_buildspec_is_read():
    spec = parse(WHOLE)
    build = spec.phase(PhaseName.BUILD)
    assert build.commands == ("cd site\nmake\n",)
    assert build.finally_commands == ("rm -f lock",)
    assert build.on_failure is OnFailure.RETRY
    assert spec.phase(PhaseName.POST_BUILD).on_failure is OnFailure.CONTINUE
    assert spec.environment.shell == "bash"
    assert spec.environment.parameter_store == {"TOKEN": "/site/token"}
    assert spec.environment.secrets_manager == {"KEY": "id:key"}
    assert spec.environment.exported_variables == ("SITE", "COUNT")
    assert spec.artifacts.exclude_paths == ("**/*.map",)
    assert (spec.artifacts.discard_paths, spec.artifacts.enable_symlinks) == (False, True)
    assert spec.secondary_artifacts["docs"].discard_paths
    assert (spec.cache.restores, spec.cache.saves) == (True, False)
    assert spec.reports[0].base_directory == "out"


def test_scalars_of_a_file_stay_as_they_are_written():
    spec = parse(WHOLE)
    assert spec.environment.variables == {"DEBUG": "yes", "LEVEL": "3.10", "EMPTY": "", "no": "no"}
    assert spec.phase(PhaseName.PRE_BUILD).commands == ("true", "42")
    assert spec.phase(PhaseName.INSTALL).runtime_versions == {"python": "3.12"}


def test_a_text_that_begins_like_nothing_is_a_text():
    spec = parse("version: 0.2\nphases: {build: {commands: [~/bin/x, nullify, <<x]}}\n")
    assert spec.phase(PhaseName.BUILD).commands == ("~/bin/x", "nullify", "<<x")


def test_booleans_and_numbers_of_plain_data_become_text():
    spec = decode_buildspec(minimal(env={"variables": {"A": True, "B": False, "C": 7, "D": 1.5}}))
    assert spec.environment.variables == {"A": "true", "B": "false", "C": "7", "D": "1.5"}


def test_what_has_no_effect_here_is_named():
    assert [line.split(" is ignored")[0] for line in parse(WHOLE).ignored] == [
        "run-as",
        "proxy",
        "phases.install.runtime-versions",
        "phases.pre_build.run-as",
    ]


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (None, "", "is empty"),
        ([], "", "expected keys and values, found a list"),
        ("make", "", "found 'make'"),
        ({"phases": {}}, "version", "it is missing"),
        ({"version": "0.1"}, "version", "0.1"),
        ({"version": 0.3}, "version", "found '0.3'"),
        ({"version": 0.2}, "phases", "needs phases"),
        ({"version": "0.2", "phases": {"build": None}}, "phases", "no phase has a command"),
        (minimal(phase={}), "phase", 'did you mean "phases"?'),
        ({"version": "0.2", "phases": {"biuld": {}}}, "phases.biuld", 'did you mean "build"?'),
        ({"version": "0.2", "phases": {"pre-build": {}}}, "phases.pre-build", 'did you mean "pre_build"?'),
        ({"version": "0.2", "phases": {"build": {"command": []}}}, "phases.build.command", '"commands"'),
        ({"version": "0.2", "phases": {"build": {"commands": "make"}}}, "phases.build.commands", "a list"),
        (
            {"version": "0.2", "phases": {"build": {"commands": ["a", "b", {"echo": "x"}]}}},
            "phases.build.commands[2]",
            "found keys and values",
        ),
        ({"version": "0.2", "phases": {"build": {"commands": [" "]}}}, "phases.build.commands[0]", "empty"),
        (
            {"version": "0.2", "phases": {"build": {"commands": ["a"], "runtime-versions": {}}}},
            "phases.build.runtime-versions",
            "no key here",
        ),
        (
            {"version": "0.2", "phases": {"build": {"commands": ["a"], "on-failure": "ABRT"}}},
            "phases.build.on-failure",
            'did you mean "ABORT"?',
        ),
        (minimal(env={"variables": {"CODEBUILD_X": "1"}}), "env.variables.CODEBUILD_X", "reserved"),
        (minimal(env={"variables": {"1X": "1"}}), "env.variables.1X", "no variable name"),
        (minimal(env={"variables": {"X": []}}), "env.variables.X", "expected text"),
        (minimal(env={"shell": "powershell.exe"}), "env.shell", "no shell"),
        (minimal(env={"exported-variables": ["AWS_KEY"]}), "env.exported-variables", "cannot be exported"),
        (minimal(env={"git-credential-helper": "maybe"}), "env.git-credential-helper", "yes or no"),
        (minimal(artifacts={"name": "x"}), "artifacts.files", "needs files"),
        (minimal(artifacts={"files": ["../x"]}), "artifacts.files", "leads out"),
        (minimal(artifacts={"files": ["/etc/*"]}), "artifacts.files", "leads out"),
        (
            minimal(artifacts={"files": ["a"], "secondary-artifacts": {"docs": {"file": ["a"]}}}),
            "artifacts.secondary-artifacts.docs.file",
            '"files"',
        ),
        (minimal(cache={"fallback-keys": list("abcdef")}), "cache.fallback-keys", "at most 5"),
        (minimal(cache={"action": "keep"}), "cache.action", "restore, save"),
        (minimal(reports={str(n): {} for n in range(6)}), "reports", "at most 5"),
    ],
)
def test_a_fault_names_its_place(data, place, message):
    error = refused(data)
    assert error.place == place
    assert message in error.message


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "version: 0.2\nphases:\n  biuld:\n    commands: [a]\n",
            "buildspec.yml:4 phases.biuld",
            "did you mean",
        ),
        (
            "version: 0.2\nphases:\n  build: {}\nphases: {}\n",
            "buildspec.yml:4",
            "stands twice, first in line 2",
        ),
        ("version: 0.2\nphases: [", "buildspec.yml:2", "is no YAML"),
        ("version: 0.2\nphases: !!python/object:os.system {}", "buildspec.yml:2", "is no YAML"),
        ("version: &a 0.2\nenv: &b {variables: *b}\n", "buildspec.yml", "refers to itself"),
        ("x: " + "[" * 5000, "buildspec.yml", "nests too deeply"),
    ],
)
def test_a_fault_in_a_file_names_its_line(text, place, message):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.place == place
    assert message in caught.value.message


def test_aliases_may_repeat_a_block_but_not_without_end():
    spec = parse(
        "version: 0.2\nphases:\n  install: &one {commands: [a]}\n"
        "  build: *one\n  post_build:\n    <<: *one\n    finally: [b]\n"
    )
    assert spec.phase(PhaseName.POST_BUILD).commands == ("a",)
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(UsageError, match="too many values"):
        parse("\n".join(rows))


def test_a_file_that_is_no_text_or_too_large_is_refused():
    with pytest.raises(UsageError, match="UTF-8"):
        parse_buildspec(b"version: \xff", "buildspec.yml")
    with pytest.raises(UsageError, match="larger"):
        parse_buildspec(b"#" * (MAX_BUILDSPEC_BYTES + 1), "buildspec.yml")


def test_a_byte_order_mark_is_no_fault():
    assert parse("\ufeffversion: 0.2\nphases: {build: {commands: [make]}}\n").phase(PhaseName.BUILD).commands
