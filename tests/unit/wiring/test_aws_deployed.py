"""What a command needs before it can work against AWS, and what is said when it is not there."""

import importlib.util
import os
import subprocess
import sys

import pytest

from laststop.wiring import aws_deployed
from unit.cli.cli_workbench import Cli

LOADED = """
import sys
from laststop.cli.app import run
for words in {words!r}:
    run(words)
print(sorted({{"boto3", "botocore", "obstore", "laststop.homes.aws"}} & set(sys.modules)))
"""
COMMANDS = (
    ("catalog", "put", "bgp", "1.0", "--type", "routing"),
    ("catalog", "list"),
    ("trace", "bgp"),
    ("release", "list"),
    ("sweep",),
)


@pytest.fixture
def cli(tmp_path, capsys, monkeypatch):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    return Cli(tmp_path / "project", capsys)


def test_the_embedded_commands_import_nothing_of_aws(cli):
    script = LOADED.format(words=[[*words, "-C", str(cli.folder)] for words in COMMANDS])
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:2]))
def test_without_a_region_every_command_says_where_to_name_one(cli, words):
    refused = cli(*words, "--home", "aws")
    assert refused.code == 2
    assert "no AWS region is named" in refused.err
    assert "[names.aws]" in refused.err


def test_without_the_packages_it_says_which_extra_has_them(cli, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        aws_deployed.importlib.util, "find_spec", lambda name: None if name == "obstore" else real(name)
    )
    refused = cli("catalog", "list", "--home", "aws")
    assert (refused.code, "obstore" in refused.err) == (2, True)
    assert "pip install 'laststop[aws]'" in refused.err


def test_without_credentials_it_says_how_to_sign_in(cli, monkeypatch, tmp_path):
    for name, value in {
        "AWS_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    refused = cli("catalog", "list", "--home", "aws")
    assert refused.code == 5
    assert "there are no AWS credentials here" in refused.err
    assert "AWS_PROFILE" in refused.err


def test_the_variable_chooses_the_home_and_the_option_goes_before_it(cli, monkeypatch):
    monkeypatch.setenv("LASTSTOP_HOME", "aws")
    assert "no AWS region" in cli("catalog", "list").err
    assert cli("catalog", "list", "--home", "embedded").code == 0
    monkeypatch.setenv("LASTSTOP_HOME", "moon")
    assert cli("catalog", "list").code == 2
