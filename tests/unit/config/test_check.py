from pathlib import Path

import pytest

from laststop.config.check import check_project
from laststop.config.finding import Finding
from laststop.config.project import Project
from laststop.errors import NotFoundError
from laststop.pipeline.declaration import Pipeline


def test_a_good_project_has_no_findings(make_project) -> None:
    assert check_project(make_project()) == ()


def test_every_file_is_checked_at_once(make_project, project_text: str, pipeline_text: str) -> None:
    folder = make_project(
        project=project_text.replace('"@net-team"', "5"), pipeline=pipeline_text.replace("V2", "yes")
    )
    assert [finding.text for finding in check_project(folder)] == [
        'laststop.toml:9 notices.owners.routing: expected text, found the number 5; put it in quotes: "5"',
        'pipeline.yml:2 pipelineType: yes is true or false to some readers; put it in quotes: "yes"',
    ]


def test_names_of_the_other_file_are_followed(make_project, project_text: str) -> None:
    folder = make_project(project=project_text.replace("acme/frontend", "acme/website"))
    assert [finding.text for finding in check_project(folder)] == [
        (
            "pipeline.yml:10 stages[0].actions[0].configuration.FullRepositoryId: laststop.toml does not say where "
            '"acme/frontend" is; add "acme/frontend" = "PATH or URL" under [repositories]'
        )
    ]


def test_the_other_home_asks_for_its_own_names(make_project, project_text: str) -> None:
    assert [finding.line for finding in check_project(make_project(), home="aws")] == [9]
    named = (
        project_text
        + '[names.aws]\nconnection_arn = "arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b"\n'
    )
    assert check_project(make_project(project=named), home="aws") == ()


def test_further_checks_see_a_usable_project_only(make_project, pipeline_text: str) -> None:
    def further(project: Project, pipeline: Pipeline) -> list[Finding]:
        return [Finding(file="frontend/buildspec.yml", message=f"missing for {project.name} {pipeline.name}")]

    (finding,) = check_project(make_project(), further=[further])
    assert finding.text == "frontend/buildspec.yml: missing for translations translations"
    broken = make_project(pipeline=pipeline_text.replace("runOrder: 3", "runOrder: 0"))
    assert [finding.line for finding in check_project(broken, further=[further])] == [52]


def test_a_missing_pipeline_is_a_finding(make_project) -> None:
    (finding,) = check_project(make_project(pipeline=None))
    assert finding.text.startswith("pipeline.yml: there is no such file; ")


def test_a_folder_of_no_project_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        check_project(tmp_path)


def test_a_pipeline_that_cannot_be_read_is_a_finding_whatever_the_other_file_says(make_project) -> None:
    for project in ("[project]\n", None):
        folder = make_project() if project is None else make_project(project=project)
        (folder / "pipeline.yml").write_bytes(b"\xff")
        assert check_project(folder)[-1].text == "pipeline.yml: it is not UTF-8; save the file as UTF-8"
