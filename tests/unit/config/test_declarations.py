"""Declarations in the manner of AWS's documentation and of public repositories: judged as AWS and we would."""

from pathlib import Path

import pytest

from laststop.config.pipeline_file import examine_pipeline, rules_of_home
from laststop.config.project_file import load_project
from laststop.homes.shared.yaml_file import load_yaml

FOLDER = Path(__file__).parents[2] / "declarations"
FILES = sorted(path.name for path in FOLDER.iterdir())
PROJECT = """\
[project]
name = "shop"
types = ["routing"]

[repositories]
"acme/frontend" = "./frontend"
"acme/content" = "./content"
"""
RUNS_HERE = {
    "approval-before-production.yml",
    "commands-with-variables.yml",
    "monorepo.yml",
    "pull-request-checks.yml",
    "release-by-tag.yml",
    "several-sources.yml",
    "site-from-git.yml",
    "smoke-test-and-back.yml",
    "stage-conditions.yml",
}
WHY_NOT = {
    "blue-green.json": {"V-101", "V-105"},
    "containers-on-ecs.yml": {"V-101"},
    "lambda-with-parameters.json": {"V-107"},  # a function of the project's own that this project lacks
    "own-build-server.json": {"V-101"},
    "s3-to-codedeploy.json": {"V-101"},
    "stack-by-change-set.yml": {"V-101"},
    "state-machine.yml": {"V-101"},
    "two-regions.json": {"V-101", "V-109", "V-110"},
    "windows-and-alarms.yml": {"V-108"},
}


def test_there_are_at_least_a_dozen_and_each_is_expected_to_run_or_not() -> None:
    assert len(FILES) >= 12
    assert RUNS_HERE | set(WHY_NOT) == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_codepipeline_takes_it(name: str) -> None:
    read = examine_pipeline(load_yaml(FOLDER / name, file=name), names={}, file=name)
    told = [finding.text for finding in read.findings]
    assert read.usable, told
    unknown = ["V-46"] if name == "own-build-server.json" else []  # a custom action is its maker's affair
    assert [finding.rule for finding in read.findings] == unknown, told


@pytest.mark.parametrize("name", FILES)
def test_the_embedded_home_says_whether_it_runs_and_why_not(name: str, tmp_path: Path) -> None:
    (tmp_path / "laststop.toml").write_text(PROJECT)
    rules = rules_of_home(load_project(tmp_path), "embedded", flow=False)
    read = examine_pipeline(load_yaml(FOLDER / name, file=name), names={}, file=name, extra=rules)
    assert {finding.rule for finding in read.findings if finding.is_error} == WHY_NOT.get(name, set())
    assert all(finding.line for finding in read.findings)
