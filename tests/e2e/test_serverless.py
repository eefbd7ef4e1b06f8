"""`infra/serverless.yml` through osls and cfn-lint: what would be deployed, without AWS and without a network."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from aws_rules.patterns import matches
from laststop.catalog.columns import OWN_COLUMNS, Columns
from laststop.catalog.phases import Phases
from laststop.catalog.stream_filter import stream_filters
from laststop.wiring.function_values import FUNCTIONS, FunctionValues, write_values
from unit.events import event

pytestmark = pytest.mark.npm
ROOT = Path(__file__).parents[2]
INFRA = ROOT / "infra"
PROJECT = "translations"
FILES = ("serverless.yml", "alarms.yml", "names.offline.yml", "names.ssm.yml", "package.json")
TEMPLATE = ".serverless/cloudformation-template-update-stack.json"
JOB_FUNCTIONS = ("deploy-site", "invalidate-edge", "verify-live", "announce")


def osls(folder: Path, *words: str) -> subprocess.CompletedProcess:
    binary = INFRA / "node_modules/.bin/osls"
    if shutil.which("node") is None or not binary.exists():
        pytest.skip("osls is not installed: npm ci --prefix infra")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [str(binary), *words],
        cwd=folder,
        env={**environment, "CI": "1", "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def prepared(folder: Path, columns: Columns = OWN_COLUMNS) -> Path:
    """A copy of the infrastructure's files, with a build that `laststop aws package` could have made."""
    for name in FILES:
        shutil.copy(INFRA / name, folder / name)
    build = folder / "build"
    build.mkdir()
    with zipfile.ZipFile(build / "functions.zip", "w") as archive:
        archive.writestr("nothing.py", "")
    values = FunctionValues(
        version="0.0.0",
        project=PROJECT,
        architecture="arm64",
        runtime="python3.13",
        document_keys=("routing.zip", "firewall.zip"),
        filter_patterns=stream_filters(Phases(), columns),
    )
    write_values(build / "functions.json", values)
    return folder


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> Path:
    folder = prepared(tmp_path_factory.mktemp("infra"))
    ended = osls(folder, "package", "--param", "names=offline")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "warning" not in (ended.stdout + ended.stderr).lower().replace("nodeversionsupportwarning", "")
    return folder


@pytest.fixture(scope="module")
def resources(packaged) -> dict[str, dict]:
    return json.loads((packaged / TEMPLATE).read_text())["Resources"]


def of_type(resources: dict[str, dict], kind: str) -> list[dict]:
    return [each["Properties"] for each in resources.values() if each["Type"] == kind]


def rules(resources) -> dict[str, dict]:
    """Rule -> its pattern, for rules that have one."""
    found = of_type(resources, "AWS::Events::Rule")
    return {rule["Name"]: rule["EventPattern"] for rule in found if "EventPattern" in rule}


def test_cfn_lint_finds_nothing(packaged):
    lint = Path(sys.executable).with_name("cfn-lint")
    if not lint.exists():
        pytest.skip("cfn-lint is not installed: bin/setup e2e")
    command = [str(lint), "--non-zero-exit-code", "informational", "-t", str(packaged / TEMPLATE)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_word_that_osls_does_not_know_is_an_error(tmp_path):
    folder = prepared(tmp_path)
    text = (folder / "serverless.yml").read_text()
    (folder / "serverless.yml").write_text(text.replace("bisectBatchOnFunctionError", "bisectTypo"))
    ended = osls(folder, "package", "--param", "names=offline")
    assert ended.returncode != 0
    assert "bisectTypo" in ended.stdout + ended.stderr


def test_every_function_is_deployed_under_its_name_with_an_entry_and_a_role_of_its_own(resources):
    functions = {each["FunctionName"]: each for each in of_type(resources, "AWS::Lambda::Function")}
    assert set(functions) == {f"{PROJECT}-{name.replace('_', '-')}" for name in FUNCTIONS}
    for name in FUNCTIONS:
        made = functions[f"{PROJECT}-{name.replace('_', '-')}"]
        module, _, entry = made["Handler"].rpartition(".")
        assert callable(getattr(importlib.import_module(module), entry))
        assert module == f"laststop.lambdas.{name}"
        assert made["Role"].endswith(f":role/{PROJECT}-{name.replace('_', '-')}")
        assert (made["Runtime"], made["Architectures"]) == ("python3.13", ["arm64"])
    assert of_type(resources, "AWS::IAM::Role") == []


def test_leases_are_longer_than_the_functions_that_hold_them():
    from laststop.functions import clerk, start

    text = (INFRA / "serverless.yml").read_text()
    timeouts = dict(re.findall(r"handler: laststop\.lambdas\.(\w+)\.handler\n.*\n +timeout: (\d+)", text))
    assert int(timeouts["start"]) < start.MARGIN_SECONDS < start.LEASE_SECONDS
    assert int(timeouts["announce"]) < clerk.LEASE_SECONDS


def test_the_stream_is_read_with_every_rule_on_failures(resources):
    (mapping,) = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    assert 0 < mapping["MaximumRetryAttempts"] < 10_000
    assert 60 <= mapping["MaximumRecordAgeInSeconds"] < 86_400
    assert mapping["DestinationConfig"]["OnFailure"]["Destination"].endswith("-stream-failures")
    patterns = [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]]
    assert patterns == msgspec.to_builtins(list(stream_filters(Phases(), OWN_COLUMNS)))


def test_an_existing_table_s_own_names_reach_the_filters(tmp_path):
    columns = Columns(algorithm="name", version="revision", phase="state")
    folder = prepared(tmp_path, columns)
    assert osls(folder, "package", "--param", "names=offline").returncode == 0
    made = json.loads((folder / TEMPLATE).read_text())["Resources"]
    (mapping,) = of_type(made, "AWS::Lambda::EventSourceMapping")
    assert '"state":' in mapping["FilterCriteria"]["Filters"][0]["Pattern"]


def test_a_dead_job_function_is_answered_for_and_every_other_failure_waits_in_a_queue(resources):
    settings = {
        each["FunctionName"]["Ref"]: each for each in of_type(resources, "AWS::Lambda::EventInvokeConfig")
    }
    names = {
        ref: resources[ref]["Properties"]["FunctionName"].removeprefix(f"{PROJECT}-") for ref in settings
    }
    assert set(names.values()) == {name.replace("_", "-") for name in FUNCTIONS} - {"publish"}
    for ref, each in settings.items():
        where = each["DestinationConfig"]["OnFailure"]["Destination"]
        if names[ref] in JOB_FUNCTIONS:
            assert where == {"Fn::GetAtt": ["AnswerFailureLambdaFunction", "Arn"]}
        else:
            assert where.endswith("-function-failures")
        if names[ref] in ("deploy-site", "invalidate-edge", "verify-live", "release"):
            assert each["MaximumRetryAttempts"] == 0


def test_new_documents_and_ended_runs_call_start_and_nothing_else_does(resources):
    patterns = [pattern for name, pattern in rules(resources).items() if "-start-" in name]

    def rings(given: dict) -> bool:
        return any(matches(pattern, given) for pattern in patterns)

    created, emulated = event("s3-object-created"), event("captured/start--object-created")
    assert rings(created)
    emulated["detail"]["bucket"] = created["detail"]["bucket"]
    emulated["detail"]["object"]["key"] = created["detail"]["object"]["key"]
    assert rings(emulated)
    for reason in ("CopyObject", "CompleteMultipartUpload", "PutObject"):
        created["detail"]["reason"] = reason
        assert rings(created)
    created["detail"]["object"]["key"] = "notes.txt"
    assert not rings(created)
    assert [state for state in STATES if rings(event(f"codepipeline-pipeline-{state}"))] == [
        "succeeded", "stopped", "canceled",
    ]  # fmt: skip
    other = event("codepipeline-pipeline-succeeded")
    other["detail"]["pipeline"] = "somebody-elses"
    assert not rings(other)


STATES = ("started", "succeeded", "failed", "stopped", "canceled", "superseded")


def test_every_step_of_a_run_of_this_pipeline_rings_the_clerk(resources):
    (pattern,) = [pattern for name, pattern in rules(resources).items() if "-announce-" in name]
    for state in STATES:
        assert matches(pattern, event(f"codepipeline-pipeline-{state}"))
    for state in ("started", "failed"):
        assert matches(pattern, event(f"codepipeline-stage-{state}"))
    other = event("codepipeline-stage-failed")
    other["detail"]["pipeline"] = "somebody-elses"
    assert not matches(pattern, other)
    assert not matches(pattern, event("s3-object-created"))


def test_what_eventbridge_cannot_deliver_waits_in_the_queue(resources):
    for rule in of_type(resources, "AWS::Events::Rule"):
        if "EventPattern" in rule:
            for target in rule["Targets"]:
                assert target["DeadLetterConfig"]["Arn"].endswith("-function-failures")
        else:
            assert rule["Name"] == f"{PROJECT}-sweep"
        assert rule["Name"].startswith(f"{PROJECT}-")


def test_every_alarm_has_a_page_in_the_runbook_and_the_other_way_round(resources):
    names = [
        each["AlarmName"].removeprefix(f"{PROJECT}-") for each in of_type(resources, "AWS::CloudWatch::Alarm")
    ]
    kinds = {re.sub(r"^errors-.*", "errors-<function>", name) for name in names}
    runbook = (ROOT / "docs/guides/aws-runbook.md").read_text()
    assert set(re.findall(r"^## `<project>-([a-z<>-]+)`", runbook, re.MULTILINE)) == kinds
    for name in names:
        if name.startswith("errors-"):
            assert name.removeprefix("errors-").replace("-", "_") in FUNCTIONS
            assert f"`{name.removeprefix('errors-')}`" in runbook
    assert len(kinds) == 5


def test_every_name_has_an_offline_twin_and_stands_in_the_contract():
    names = {name: (INFRA / f"names.{name}.yml").read_text() for name in ("ssm", "offline")}
    keys = {name: re.findall(r"^ *(\w+):", text, re.MULTILINE) for name, text in names.items()}
    assert keys["ssm"] == keys["offline"]
    contract = INFRA / "contract.md"
    if contract.exists():
        told = contract.read_text()
        for parameter in re.findall(r"/\$\{self:custom\.project\}(/[a-z/-]+)\}", names["ssm"]):
            known = f"`/<project>{parameter}`" in told or parameter.startswith("/roles/")
            assert known, parameter


def test_the_lock_file_names_no_addresses():
    assert '"resolved"' not in (INFRA / "package-lock.json").read_text()
